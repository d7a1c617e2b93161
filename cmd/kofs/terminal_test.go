package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/kofs/kofs/internal/output"
)

// What is seen on terminals of several widths, and in a pipe.
func TestGoldenWidths(t *testing.T) {
	t.Parallel()
	addrs := goldenWorld(t)
	for _, c := range []struct{ name, args string }{
		{"lag", "lag audit shipping"},
		{"inspect", "inspect shipping"},
		{"reset", "reset billing --topic orders:0,2 --to-datetime 2026-01-02T03:00:10Z --show 1"},
		{"reset-days", "reset audit --topic orders:1 --to-offset 0 --isolation-level read_committed"},
		{"records", "records --topic orders:1 --from-offset 0 --until-offset 5 --include-control"},
		{"record-keys", "records --topic orders:1 --from-offset 0 --until-offset 5 --by-key"},
		{"record-timeline", "records --topic orders:0,1 billing --to-offset 0 --clamp --timeline"},
	} {
		code, piped, stderr := runGolden(t, addrs, testProcess(t, nil), strings.Fields(c.args)...)
		if code != exitDone {
			t.Fatalf("kofs %s: exit code %d: %s", c.args, code, stderr)
		}
		if strings.Contains(piped, "…") || strings.Contains(piped, "\x1b") {
			t.Errorf("kofs %s: shortened or coloured in a pipe:\n%s", c.args, piped)
		}
		compareGolden(t, "width/"+c.name+"-pipe.txt", scrub(piped))
		var rows int
		for _, width := range []int{60, 80, 120, 200} {
			seen := onTerminal(t, addrs, width, nil, strings.Fields(c.args)...)
			if strings.Contains(seen, "\x1b") {
				t.Errorf("kofs %s: coloured with NO_COLOR:\n%q", c.args, seen)
			}
			checkLines(t, seen, 1000)
			compareGolden(t, fmt.Sprintf("width/%s-%d.txt", c.name, width), scrub(seen))
			if n := strings.Count(seen, "\n"); rows > 0 && n > rows+1 {
				t.Errorf("kofs %s: %d lines at %d columns, %d before", c.args, n, width, rows)
			}
			rows = strings.Count(seen, "\n")
		}
	}
}

// Colour needs a terminal that nobody said no to.
func TestColour(t *testing.T) {
	t.Parallel()
	addrs := goldenWorld(t)
	skips := strings.Fields("reset billing --topic orders:0 --to-datetime 2026-01-02T03:00:28Z")
	for _, c := range []struct {
		name   string
		env    map[string]string
		flags  []string
		colour bool
	}{
		{name: "on a terminal", env: map[string]string{}, colour: true},
		{name: "with NO_COLOR", env: map[string]string{"NO_COLOR": "1"}},
		{name: "with an empty NO_COLOR, which says nothing", env: map[string]string{"NO_COLOR": ""}, colour: true},
		{name: "on a dumb terminal", env: map[string]string{"TERM": "dumb"}},
		{name: "with --no-color", env: map[string]string{}, flags: []string{"--no-color"}},
		{name: "with -o csv", env: map[string]string{}, flags: []string{"-o", "csv"}},
		{name: "with -o json", env: map[string]string{}, flags: []string{"-o", "json"}},
	} {
		seen := onTerminal(t, addrs, 200, c.env, append(skips, c.flags...)...)
		if got := strings.Contains(seen, "\x1b["); got != c.colour {
			t.Errorf("%s: colour %v, want %v:\n%q", c.name, got, c.colour, seen)
		}
	}
}

// The columns do not depend on the terminal: only what is in them is shortened.
func TestSameColumnsEverywhere(t *testing.T) {
	t.Parallel()
	addrs := goldenWorld(t)
	for _, args := range []string{"lag audit shipping", "inspect shipping", "reset billing --topic orders --to-earliest", "records --topic orders:1 --from-offset 0 --until-offset 5"} {
		_, piped, _ := runGolden(t, addrs, testProcess(t, nil), strings.Fields(args)...)
		seen := onTerminal(t, addrs, 60, nil, strings.Fields(args)...)
		want := headers(piped)
		want, seen = strings.ReplaceAll(want, " RECORD", ""), strings.ReplaceAll(seen, " RECORD", "") // FIRST, LAST where it is very narrow
		if got := headers(seen); len(want) == 0 || got != want {
			t.Errorf("kofs %s: columns %q, in a pipe %q", args, got, want)
		}
	}
}

// headers are the words of the lines that are all in capitals.
func headers(text string) string {
	var words []string
	for _, line := range strings.Split(text, "\n") {
		if line != "" && line == strings.ToUpper(line) && strings.ContainsAny(line, "ABC") {
			words = append(words, strings.Fields(line)...)
		}
	}
	return strings.Join(words, " ")
}

// onTerminal runs kofs with a terminal of this width as standard output, and
// returns what came out of it. Without an environment there is NO_COLOR.
func onTerminal(t *testing.T, addrs []string, width int, env map[string]string, args ...string) string {
	t.Helper()
	if env == nil {
		env = map[string]string{"NO_COLOR": "1"}
	}
	screen, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	if err := pty.Setsize(screen, &pty.Winsize{Rows: 50, Cols: uint16(width)}); err != nil {
		t.Fatal(err)
	}
	var seen bytes.Buffer
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(&seen, screen) // it ends with an error of the kernel's when the other side is closed
	}()
	files := testProcess(t, nil)
	code := runInTime(t, process{
		args: append(args, "-b", strings.Join(addrs, ",")), in: files.in, out: terminal, err: files.err,
		getenv: func(name string) string { return env[name] }, now: goldenNow, pause: pause, zone: seedStart.Location(),
	})
	terminal.Close()
	<-read
	if code != exitDone {
		message, _ := os.ReadFile(files.err.Name())
		t.Fatalf("kofs %s: exit code %d: %s", strings.Join(args, " "), code, message)
	}
	text := strings.ReplaceAll(seen.String(), "\r\n", "\n")
	if width := widest(text); width == 0 {
		t.Fatalf("kofs %s: nothing on the terminal", strings.Join(args, " "))
	}
	return text
}

func widest(text string) int {
	n := 0
	for _, line := range strings.Split(text, "\n") {
		n = max(n, output.Width(line))
	}
	return n
}
