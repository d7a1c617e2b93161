package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/kofs/kofs/internal/kafkatest"
)

// demo runs all of it, in a folder for temporary files that must be empty again
// at the end.
func demo(ctx context.Context, t *testing.T, out *watched, stay bool) error {
	t.Helper()
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	err := run(ctx, out, stay)
	left, readErr := os.ReadDir(temp)
	if readErr != nil {
		t.Fatal(readErr)
	}
	for _, entry := range left {
		t.Errorf("%s was left behind", entry.Name())
	}
	return err
}

// watched keeps what is written and calls seen when it holds text for the first time.
type watched struct {
	bytes.Buffer
	text string
	seen func()
}

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	if w.seen != nil && strings.Contains(w.String(), w.text) {
		w.seen()
		w.seen = nil
	}
	return n, err
}

func TestTheTourEndsByItselfWithoutATerminal(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), kafkatest.Deadline)
	defer cancel()
	var out watched
	if err := demo(ctx, t, &out, false); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, want := range []string{"consumed again", `"order_id"`, "$ echo $?\n4", "applied", " lost", "(1800 offsets)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("nothing says %q:\n%s", want, out.String())
		}
	}
	if n := strings.Count(out.String(), "billing: classic, Empty, total lag"); n != 2 {
		t.Errorf("the lag was shown %d times, want before and after", n)
	}
}

func TestAtATerminalTheShopStaysOpenUntilASignal(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), kafkatest.Deadline)
	defer cancel()
	out := &watched{text: "kofs inspect shipping", seen: cancel}
	if err := demo(ctx, t, out, true); err != nil {
		t.Errorf("ended with %v, want no error", err)
	}
	if out.seen != nil || !strings.HasSuffix(out.String(), "closing the shop\n") {
		t.Errorf("it did not say how to go on, and then close:\n%s", out.String())
	}
}

func TestASignalBeforeTheEndOfTheTourIsNoSuccess(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), kafkatest.Deadline)
	defer cancel()
	out := &watched{text: "Building", seen: cancel}
	if err := demo(ctx, t, out, false); !errors.Is(err, errInterrupted) || exitCode(err) != 130 {
		t.Errorf("ended with %v, want %v", err, errInterrupted)
	}
}

func TestATourEndsAtACommandThatEndsOtherwise(t *testing.T) {
	var out bytes.Buffer
	tour := tour{binary: "false", out: &out, steps: []step{{"look", "lag billing", 0}, {"never", "groups", 0}}}
	err := tour.run(t.Context())
	if err == nil || err.Error() != "kofs lag billing: exit code 1, want 0" {
		t.Errorf("ended with %v", err)
	}
	if strings.Contains(out.String(), "never") {
		t.Error("it went on")
	}
}
