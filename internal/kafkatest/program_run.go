package kafkatest

import (
	"context"
	"fmt"
	"os"
	"time"
)

// RunWithKofs is what a TestMain does whose tests all run kofs: it builds the
// program into *built, runs the tests, and leaves nothing behind. It returns the
// exit code.
func RunWithKofs(tests interface{ Run() int }, built *Program) int {
	code, err := runWithKofs(tests, built)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return code
}

func runWithKofs(tests interface{ Run() int }, built *Program) (code int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "kofs-built-")
	if err != nil {
		return 1, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if *built, err = BuildKofs(ctx, dir); err != nil {
		return 1, err
	}
	return tests.Run(), nil
}
