package twice

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Row is one run of a scenario: what happened, and what kofs said of it.
type Row struct {
	Truth   Truth
	Verdict Verdict
}

// Total is what is promised of all runs together.
type Total struct {
	Twice, Covered, Likely int
	// Windows that hold records processed twice, and those of them that are too wide
	// ([Verdict.Wide]).
	Windows int
	Wide    []string
	// MedianWidth is the median of the likely windows' widths, in multiples of the
	// truth; nil without a window.
	MedianWidth *float64
	// Quiet runs, and how many of them yielded no window at all.
	Quiet, Silent int
}

// Sum adds up the rows.
func Sum(rows []Row) (t Total) {
	for _, r := range rows {
		t.Twice += r.Verdict.Twice
		t.Covered += r.Verdict.Covered
		t.Likely += r.Verdict.Likely
		t.Windows += len(r.Verdict.Widths)
		t.Wide = append(t.Wide, r.Verdict.Wide()...)
		if r.Truth.Cause == "" {
			t.Quiet++
			if len(r.Verdict.Said) == 0 {
				t.Silent++
			}
		}
	}
	t.MedianWidth = median(rows)
	return t
}

// Problems are the promises that all runs together do not keep: 95 % of the
// records in likely windows, which are in the median at most twice the truth and
// in all but 5 % of the cases not too wide, and most quiet runs without a window.
func (t Total) Problems() []string {
	var problems []string
	if t.Likely*100 < t.Twice*95 {
		problems = append(problems, fmt.Sprintf("the likely windows hold %d of %d records", t.Likely, t.Twice))
	}
	if len(t.Wide)*20 > t.Windows {
		problems = append(problems, fmt.Sprintf("%d of %d likely windows are too wide, such as %s", len(t.Wide), t.Windows, t.Wide[0]))
	}
	if t.MedianWidth != nil && *t.MedianWidth > 2 {
		problems = append(problems, fmt.Sprintf("likely windows are in the median %.2f times the truth", *t.MedianWidth))
	}
	if t.Silent*2 < t.Quiet {
		problems = append(problems, fmt.Sprintf("only %d of %d quiet runs yield no window", t.Silent, t.Quiet))
	}
	return problems
}

func median(rows []Row) *float64 {
	var ratios []float64
	for _, r := range rows {
		for _, w := range r.Verdict.Widths {
			ratios = append(ratios, w.Ratio())
		}
	}
	if len(ratios) == 0 {
		return nil
	}
	slices.Sort(ratios)
	middle := (ratios[(len(ratios)-1)/2] + ratios[len(ratios)/2]) / 2
	return &middle
}

// Table writes one line of Markdown a scenario, in the order in which they first
// come, and one for all together: for docs/explain.md.
func Table(w io.Writer, rows []Row) error {
	var b strings.Builder
	b.WriteString("| scenario | runs | processed twice | cause | kofs said | in its windows | in the likely ones | width, median |\n")
	b.WriteString("| --- | --: | --: | --- | --- | --: | --: | --: |\n")
	for _, same := range byScenario(rows) {
		writeLine(&b, same[0].Truth.Scenario, expected(same[0].Truth), said(same), same)
	}
	writeLine(&b, "all", "", "", rows)
	_, err := io.WriteString(w, b.String())
	return err
}

func byScenario(rows []Row) [][]Row {
	index := map[string]int{}
	var groups [][]Row
	for _, r := range rows {
		i, ok := index[r.Truth.Scenario]
		if !ok {
			i = len(groups)
			index[r.Truth.Scenario] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], r)
	}
	return groups
}

func writeLine(b *strings.Builder, scenario, cause, said string, rows []Row) {
	t := Sum(rows)
	width := ""
	if t.MedianWidth != nil {
		width = fmt.Sprintf("%.2f", *t.MedianWidth)
	}
	fmt.Fprintf(b, "| %s | %d | %d | %s | %s | %s | %s | %s |\n",
		scenario, len(rows), t.Twice, cause, said, percent(t.Covered, t.Twice), percent(t.Likely, t.Twice), width)
}

func expected(t Truth) string {
	if t.Cause == "" {
		return "-"
	}
	return "`" + t.Cause + "`"
}

// said is what kofs said in all runs, with how often where it was not always.
func said(rows []Row) string {
	var order []string
	times := map[string]int{}
	for _, r := range rows {
		for _, s := range r.Verdict.Said {
			if times[s] == 0 {
				order = append(order, s)
			}
			times[s]++
		}
	}
	for i, s := range order {
		if times[s] < len(rows) {
			order[i] = fmt.Sprintf("%s in %d", s, times[s])
		}
	}
	if len(order) == 0 {
		return "nothing"
	}
	return strings.Join(order, ", ")
}

// percent rounds down: 100 % is all.
func percent(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%d %%", part*100/whole)
}
