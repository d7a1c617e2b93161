package kafkatest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Program is a built kofs, run as users run it. Documents are read from the
// contract, not with kofs's own types: a renamed field then shows.
type Program struct {
	Path   string
	Server string // -b; host:port, several with commas
}

// BuildKofs builds the program of this checkout into a folder.
func BuildKofs(ctx context.Context, dir string) (Program, error) {
	root, err := ProjectRoot()
	if err != nil {
		return Program{}, err
	}
	p := Program{Path: filepath.Join(dir, "kofs")}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", p.Path, "./cmd/kofs")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return Program{}, fmt.Errorf("building kofs: %w\n%s", err, out)
	}
	return p, nil
}

// At is the same program for another cluster.
func (p Program) At(servers ...string) Program {
	p.Server = strings.Join(servers, ",")
	return p
}

// Ran is how a command ended.
type Ran struct {
	Args           []string
	Stdout, Stderr string
	Exit           int
}

// Run runs one command with an environment of its own. An exit code other than 0
// is no error here, a command that could not be run is.
func (p Program) Run(ctx context.Context, args ...string) (Ran, error) {
	cmd := exec.CommandContext(ctx, p.Path, append(args, "-b", p.Server)...)
	cmd.Env = []string{"HOME=/nonexistent", "NO_COLOR=1", "KOFS_SETTLE=0s", "KOFS_STATE_DIR=" + filepath.Join(filepath.Dir(p.Path), "state")}
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	ran := Ran{Args: args, Stdout: out.String(), Stderr: said.String(), Exit: cmd.ProcessState.ExitCode()}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && ran.Exit >= 0 {
		err = nil
	}
	if err != nil {
		return ran, fmt.Errorf("%s: %w", ran, err)
	}
	return ran, nil
}

// String is the command line with all that it said.
func (r Ran) String() string {
	return fmt.Sprintf("kofs %s: exit %d\n%s%s", strings.Join(r.Args, " "), r.Exit, r.Stdout, r.Stderr)
}

// Document decodes the JSON document on stdout, which must be of the schema.
func (r Ran) Document(schema string, doc any) error {
	var head struct{ Schema string }
	if err := errors.Join(json.Unmarshal([]byte(r.Stdout), &head), json.Unmarshal([]byte(r.Stdout), doc)); err != nil {
		return fmt.Errorf("%s: %w", r, err)
	}
	if head.Schema != schema {
		return fmt.Errorf("%s: schema %q, want %q", r, head.Schema, schema)
	}
	return nil
}

// Requests are the requests that a command run with -v says it has sent, in
// order, such as "OffsetFetch v8".
func (r Ran) Requests() []string {
	var sent []string
	for line := range strings.Lines(r.Stderr) {
		fields := strings.Fields(line) // 127.0.0.1:9092: OffsetFetch v8 (1.2ms)
		if len(fields) == 4 && strings.HasSuffix(fields[0], ":") && strings.HasPrefix(fields[3], "(") {
			sent = append(sent, fields[1]+" "+fields[2])
		}
	}
	return sent
}
