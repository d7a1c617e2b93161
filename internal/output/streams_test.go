package output

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFactsOfFilesThatAreNoTerminals(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	env := map[string]string{"COLUMNS": "60"}
	if got := FactsOf(f, f, f, func(k string) string { return env[k] }); got != (Facts{}) {
		t.Errorf("a file has %+v: what is piped must not be shortened", got)
	}
}

func TestColumnsGoesBeforeTheTerminal(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for columns, want := range map[string]int{"60": 60, "": 0, "0": 0, "-5": 0, "wide": 0} {
		if got := widthOf(f, columns); got != want {
			t.Errorf("COLUMNS=%q gives width %d, want %d", columns, got, want)
		}
	}
}

func TestColourIsForbiddenByTheEnvironment(t *testing.T) {
	for name, tc := range map[string]struct {
		env  map[string]string
		want bool
	}{
		"nothing set":       {nil, false},
		"NO_COLOR":          {map[string]string{"NO_COLOR": "1"}, true},
		"an empty NO_COLOR": {map[string]string{"NO_COLOR": ""}, false},
		"a dumb terminal":   {map[string]string{"TERM": "dumb"}, true},
		"another terminal":  {map[string]string{"TERM": "xterm"}, false},
	} {
		got := FactsOf(os.Stdin, os.Stdout, os.Stderr, func(k string) string { return tc.env[k] })
		if got.NoColor != tc.want {
			t.Errorf("%s: NoColor is %v", name, got.NoColor)
		}
	}
}

func TestPaletteGoesByItsStream(t *testing.T) {
	terminal := Facts{OutTerminal: true}
	if got := terminal.OutPalette().Bold("x"); got != "\x1b[1mx\x1b[0m" {
		t.Errorf("on a terminal: %q", got)
	}
	for name, p := range map[string]Palette{
		"the other stream": terminal.ErrPalette(),
		"NoColor":          Facts{OutTerminal: true, NoColor: true}.OutPalette(),
		"the zero palette": {},
	} {
		if got := p.Bold("x") + p.Dim("x") + p.Red("x") + p.Yellow("x"); got != "xxxx" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestQuestionsNeedInputAndErrorOutput(t *testing.T) {
	for _, f := range []Facts{{}, {InTerminal: true, OutTerminal: true}, {OutTerminal: true, ErrTerminal: true}} {
		if f.CanPrompt() {
			t.Errorf("%+v may prompt", f)
		}
	}
	if !(Facts{InTerminal: true, ErrTerminal: true}).CanPrompt() {
		t.Error("a file as standard output forbids a prompt")
	}
}

func TestOutputRemembersTheFirstError(t *testing.T) {
	pipe := &brokenPipe{takes: 1}
	s := New(strings.NewReader(""), pipe, io.Discard, Facts{})
	if _, err := s.Out.Write([]byte("a")); err != nil || s.Out.Err() != nil {
		t.Fatalf("a good write: %v, %v", err, s.Out.Err())
	}
	if err := Line(s.Out, "b"); !errors.Is(err, errPipe) || !errors.Is(s.Out.Err(), errPipe) {
		t.Fatalf("a broken write: %v, %v", err, s.Out.Err())
	}
	pipe.takes = 5
	if err := Line(s.Out, "c"); !errors.Is(err, errPipe) || pipe.takes != 5 {
		t.Errorf("wrote on after a lost line: %v", err)
	}
}

func TestOutputTakesAShortWriteForAnError(t *testing.T) {
	o := NewOutput(shortWriter{})
	_, _ = o.Write([]byte("ab"))
	if !errors.Is(o.Err(), io.ErrShortWrite) {
		t.Errorf("got %v", o.Err())
	}
}

type shortWriter struct{}

func (shortWriter) Write(p []byte) (int, error) { return len(p) - 1, nil }

func TestNewWrapsOut(t *testing.T) {
	var out, err bytes.Buffer
	s := New(nil, &out, &err, Facts{OutWidth: 7})
	_ = Line(s.Out, "data")
	_ = Line(s.Err, "note")
	if out.String() != "data\n" || err.String() != "note\n" || s.OutWidth != 7 {
		t.Errorf("out %q, err %q, width %d", out.String(), err.String(), s.OutWidth)
	}
}
