package output_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"github.com/kofs/kofs/internal/output"
)

type csvFault struct {
	Code    *int16 `json:"code"`
	Message string `json:"message"`
}

type level int8

func (level) MarshalText() ([]byte, error) { return []byte("read_committed"), nil }

type csvInner struct {
	Offset *int64    `json:"offset"`
	Error  *csvFault `json:"error"`
}

type csvRow struct {
	Group string `json:"group"`
	csvInner
	Level level    `json:"level"`
	Notes []string `json:"notes"`
	Done  bool     `json:"done"`
}

func TestCSV(t *testing.T) {
	offset, code := int64(-7), int16(3)
	const header = "group,offset,error.code,error.message,level,notes,done\n"
	for _, c := range []struct {
		name     string
		rows     []csvRow
		terminal bool
		want     string
	}{
		{name: "a header without a row", want: ""},
		{name: "what is not known is empty, also inside an object that is null", rows: []csvRow{{Group: "g"}}, want: "g,,,,read_committed,,false\n"},
		{name: "objects are columns, lists are JSON", rows: []csvRow{{Group: "g", csvInner: csvInner{&offset, &csvFault{&code, "no"}}, Notes: []string{"a", "b\u202e"}, Done: true}},
			want: `g,-7,3,no,read_committed,"[""a"",""b\u202e""]",true` + "\n"},
		{name: "commas, quotes and newlines stay in their cell", rows: []csvRow{{Group: "a,\"b\"\nc"}}, want: "\"a,\"\"b\"\"\nc\",,,,read_committed,,false\n"},
		{name: "a formula is data", rows: []csvRow{{Group: "=1+1"}}, want: "=1+1,,,,read_committed,,false\n"},
		{name: "a pipe is given the bytes", rows: []csvRow{{Group: "a\x1b[2Jb"}}, want: "a\x1b[2Jb,,,,read_committed,,false\n"},
		{name: "a terminal is given none that it acts upon", terminal: true, rows: []csvRow{{Group: "a\x1b[2Jb\nc"}}, want: `a\x1b[2Jb\x0ac,,,,read_committed,,false` + "\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			w, err := output.NewCSV(&out, csvRow{}, c.terminal)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range c.rows {
				if err := w.Write(row); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			if out.String() != header+c.want {
				t.Errorf("got\n%q, want\n%q", out.String(), header+c.want)
			}
		})
	}
}

// Every string comes back from a reader of CSV as it went in. (A carriage return
// before a newline does not: encoding/csv's reader drops it, as RFC 4180's
// newline.)
func FuzzCSVRoundTrip(f *testing.F) {
	for _, s := range []string{"", `"`, "a,b", "x\ny", " blank", `\.`, "\xff", "\x1b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.Contains(s, "\r") {
			return
		}
		var out bytes.Buffer
		w, err := output.NewCSV(&out, csvRow{}, false)
		if err == nil {
			err = w.Write(csvRow{Group: s})
		}
		if err == nil {
			err = w.Flush()
		}
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != 2 || rows[1][0] != s {
			t.Errorf("%q came back as %q, %v", s, rows, err)
		}
	})
}
