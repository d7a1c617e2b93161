package output

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
)

func atTerminal(in io.Reader) (*Streams, *bytes.Buffer) {
	var err bytes.Buffer
	return New(in, io.Discard, &err, Facts{InTerminal: true, ErrTerminal: true}), &err
}

func TestConfirm(t *testing.T) {
	for name, tc := range map[string]struct {
		typed string
		want  bool
	}{
		"y":                     {"y\n", true},
		"yes":                   {"yes\n", true},
		"yes on Windows":        {"yes\r\n", true},
		"blanks around":         {"  yes \n", true},
		"Enter":                 {"\n", false},
		"no":                    {"n\n", false},
		"a capital":             {"Y\n", false},
		"more than yes":         {"yes please\n", false},
		"yep":                   {"yep\n", false},
		"end of input":          {"", false},
		"y and end of input":    {"y", false},
		"yes on the next line":  {"\nyes\n", false},
		"something with blanks": {"y es\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			s, shown := atTerminal(strings.NewReader(tc.typed))
			got, err := s.Confirm(t.Context(), "apply to billing?")
			if err != nil || got != tc.want {
				t.Errorf("typed %q: %v, %v", tc.typed, got, err)
			}
			if shown.String() != "apply to billing? [y/N] " {
				t.Errorf("shown %q", shown.String())
			}
		})
	}
}

func TestAskLeavesWhatIsTypedAhead(t *testing.T) {
	s, shown := atTerminal(strings.NewReader("3\nyes\n"))
	for _, want := range []string{"3", "yes"} {
		if got, err := s.Ask(t.Context(), "how many \x1b[2Jgroups?"); err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	if strings.ContainsRune(shown.String(), '\x1b') {
		t.Errorf("the question let an escape through: %q", shown.String())
	}
}

func TestAskEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, typing := io.Pipe()
		defer typing.Close()
		s, shown := atTerminal(in)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			_, err := s.Ask(ctx, "go on?")
			ended <- err
		}()
		synctest.Wait() // until the question stands there and the read waits
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if got := shown.String(); got != "go on? \n" {
			t.Errorf("shown %q: the next message would start on the question's line", got)
		}
	})
}

func TestAskReadsNothingWithoutATerminal(t *testing.T) {
	in := strings.NewReader("yes\n")
	s := New(in, io.Discard, io.Discard, Facts{InTerminal: true})
	if ok, err := s.Confirm(t.Context(), "go on?"); ok || !errors.Is(err, ErrNoTerminal) || in.Len() != 4 {
		t.Errorf("%v, %v, %d bytes left", ok, err, in.Len())
	}
}

func TestAskFails(t *testing.T) {
	broken := errors.New("input/output error")
	for name, in := range map[string]io.Reader{
		"a terminal that went away": iotest.ErrReader(broken),
		"an endless line":           strings.NewReader(strings.Repeat("y", 2*longestAnswer)),
	} {
		s, _ := atTerminal(in)
		if ok, err := s.Confirm(t.Context(), "go on?"); ok || err == nil {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
}
