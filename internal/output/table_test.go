package output

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files")

func previewTable() Table {
	return Table{
		Header: []string{"TOPIC", "PARTITION", "COMMITTED", "NEW", "CONSUMED AGAIN", "CLIENT ID"},
		Rows: [][]string{
			{"orders", "0", "18320", "17002", "1318", "consumer-billing-1"},
			{"payments.billing.invoices.eu-west.v1", "11", "9223372036854775807", "17100", "1299 (1302 offsets)", "-"},
			{"注文履歴-東京-本番環境-注文履歴-二", "2", "-", "17040", "first read 1320", "Überweisung-🚀"},
			{"forged\x1b[2J\nrow", "3", "1", "2", "", "名"},
			{"total", "consumed again 2617 records (412 KiB), first read 1320, skipped 0"},
		},
		Shrink: []string{"TOPIC", "CLIENT ID"},
	}
}

func TestTableGolden(t *testing.T) {
	for _, width := range []int{0, 60, 80, 200} {
		t.Run(strconv.Itoa(width), func(t *testing.T) {
			golden(t, "preview-"+strconv.Itoa(width)+".txt", render(t, previewTable(), width))
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || got != string(want) {
		t.Errorf("%v; got\n%s\nwant\n%s", err, got, want)
	}
}

func TestTable(t *testing.T) {
	for name, tc := range map[string]struct {
		table Table
		want  string
	}{
		"the words of the header stay as they are": {
			Table{Header: []string{"logEnd_offset", "A"}, Rows: [][]string{{"1", "2"}}}, "logEnd_offset  A\n1              2\n"},
		"only a header": {Table{Header: []string{"A", "B"}}, "A  B\n"},
		"no header":     {Table{Rows: [][]string{{"state", "Empty"}, {"type", "classic"}}}, "state  Empty\ntype   classic\n"},
		"nothing":       {Table{}, ""},
		"an empty row":  {Table{Header: []string{"A", "B"}, Rows: [][]string{{}, {"1", "2"}}}, "A  B\n\n1  2\n"},
		"empty cells":   {Table{Header: []string{"A", "B", "C"}, Rows: [][]string{{"", "", "1"}, {"1", "", ""}}}, "A  B  C\n      1\n1\n"},
		"an empty column": {
			Table{Header: []string{"", "B"}, Rows: [][]string{{"", "1"}}}, "  B\n  1\n"},
		"equal neighbours are not merged": {Table{Rows: [][]string{{"1", "1"}, {"1", "1"}}}, "1  1\n1  1\n"},
		"tabs and blanks": {
			Table{Rows: [][]string{{"a\tb", "c"}, {"  x ", "d"}}}, "a\\x09b  c\n  x     d\n"},
		"a longer row than the header": {Table{Header: []string{"A"}, Rows: [][]string{{"1", "2"}}}, "A\n1  2\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := render(t, tc.table, 0); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

func TestTableKeepsBothEndsOfAName(t *testing.T) {
	table := Table{
		Header: []string{"TOPIC", "LAG"},
		Rows:   [][]string{{"payments.billing.orders.v1", "1"}, {"payments.billing.orders.v2", "12345678901234567890"}},
		Shrink: []string{"TOPIC"},
	}
	want := "TOPIC     LAG\npaym….v1  1\npaym….v2  12345678901234567890\n"
	if got := render(t, table, 10); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestColourLeavesTheTableAsItIs(t *testing.T) {
	table := previewTable()
	plain := render(t, table, 80)
	red := Facts{OutTerminal: true}.OutPalette().Red
	table.Paint = func(row, col int) Style {
		if row == col {
			return nil
		}
		return red
	}
	coloured := render(t, table, 80)
	if !strings.Contains(coloured, "\x1b[31mpaym") {
		t.Errorf("no colour in\n%s", coloured)
	}
	stripped := strings.NewReplacer("\x1b[31m", "", "\x1b[0m", "").Replace(coloured)
	if stripped != plain {
		t.Errorf("got\n%s\nwant\n%s", stripped, plain)
	}
}

func TestTableInvariants(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		table := Table{Header: []string{"TOPIC", "OFFSET", "HOST"}, Shrink: []string{"TOPIC", "HOST"}}
		for range rapid.IntRange(0, 5).Draw(rt, "rows") {
			offset := strconv.FormatUint(rapid.Uint64().Draw(rt, "offset"), 10)
			table.Rows = append(table.Rows, []string{nasty().Draw(rt, "topic"), offset, nasty().Draw(rt, "host")})
		}
		width := rapid.IntRange(0, 100).Draw(rt, "width")
		got := strings.Split(strings.TrimSuffix(render(t, table, width), "\n"), "\n")
		if len(got) != len(table.Rows)+1 {
			rt.Fatalf("%d rows became %d lines", len(table.Rows), len(got)-1)
		}
		for i, line := range got {
			if line != strings.TrimRight(line, " ") {
				rt.Fatalf("blanks at the end of %q", line)
			}
			if i > 0 && !strings.Contains(line, table.Rows[i-1][1]) {
				rt.Fatalf("%q lost offset %s", line, table.Rows[i-1][1])
			}
			if most := max(width, 8+2+20+2+8); width > 0 && displayWidth(line) > most {
				rt.Fatalf("%q is wider than %d", line, most)
			}
		}
	})
}

func TestTableReportsTheWriter(t *testing.T) {
	if err := previewTable().Render(&brokenPipe{}, 0); !errors.Is(err, errPipe) {
		t.Errorf("got %v", err)
	}
}

func render(t *testing.T, table Table, width int) string {
	t.Helper()
	var b bytes.Buffer
	if err := table.Render(&b, width); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func BenchmarkTable(b *testing.B) {
	table := previewTable()
	for len(table.Rows) < 10_000 {
		table.Rows = append(table.Rows, table.Rows[:4]...)
	}
	for b.Loop() {
		_ = table.Render(&bytes.Buffer{}, 80)
	}
}
