package explain

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/kofs/kofs/inspect/history"
)

// clock is an instant as evidence shows it: UTC, to the millisecond.
func clock(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// brief is a duration without digits that nobody needs.
func brief(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	}
	return d.Round(time.Millisecond).String()
}

func round(n float64) string { return strconv.FormatFloat(math.Round(n), 'f', 0, 64) }

// amount is a number of offsets. How many records they are is not known here.
func amount(n int64) string {
	if n == 1 {
		return "1 offset"
	}
	return fmt.Sprintf("%d offsets", n)
}

func member(m history.Member) string {
	name := "member " + strconv.Quote(m.ID)
	if m.ClientID != "" {
		name = fmt.Sprintf("consumer %q on %s", m.ClientID, m.Host)
	}
	if m.InstanceID != nil {
		name += fmt.Sprintf(" (instance %q)", *m.InstanceID)
	}
	return name
}
