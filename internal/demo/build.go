package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// build builds kofs from the module that the working directory lies in.
func build(ctx context.Context, binary string) error {
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, goCommand(), "build", "-o", binary, "./cmd/kofs")
	cmd.Dir = root
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building kofs: %w\n%s", err, said)
	}
	return nil
}

// moduleRoot is the folder of go.mod.
func moduleRoot(ctx context.Context) (string, error) {
	said, err := exec.CommandContext(ctx, goCommand(), "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("asking go for the module: %w", err)
	}
	gomod := strings.TrimSpace(string(said))
	if filepath.Base(gomod) != "go.mod" {
		return "", errors.New("finding kofs: run this inside its checkout")
	}
	return filepath.Dir(gomod), nil
}

// goCommand is the go that make was told to use (make GO=...), else the one in PATH.
func goCommand() string { return cmp.Or(os.Getenv("GO"), "go") }
