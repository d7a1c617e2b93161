package kafkatest

import (
	"bufio"
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

//go:embed java/*.java
var javaSources embed.FS

// Oracle is a JVM with Kafka's own clients. Its methods may be called from
// several goroutines; the JVM does them at the same time.
type Oracle struct {
	child *process
	in    io.WriteCloser
	log   *os.File

	mu      sync.Mutex
	next    int
	waiting map[int]chan<- reply
}

// reply is one line from the JVM.
type reply struct {
	ID     int             `json:"id"`
	Answer json.RawMessage `json:"answer"`
	Error  string          `json:"error"`
}

// StartOracle compiles the Java side, once for its source and Kafka version,
// and starts it against the cluster. The clients of 4.x talk to brokers from
// 2.1 on, so the libs need not be the cluster's.
func StartOracle(ctx context.Context, libs string, addrs []string) (*Oracle, error) {
	classes, err := compile(ctx, libs)
	if err != nil {
		return nil, err
	}
	log, err := os.CreateTemp("", "kofs-oracle-*.log")
	if err != nil {
		return nil, err
	}
	cmd := javaWith(context.Background(), []string{classes}, libs, "512m", "Oracle", []string{strings.Join(addrs, ",")})
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, answers, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = answers, log
	child, err := startProcess(cmd)
	_ = answers.Close() // the child has its own
	if err != nil {
		return nil, err
	}
	o := &Oracle{child: child, in: in, log: log, waiting: map[int]chan<- reply{}}
	go o.listen(out)
	return o, nil
}

// Close ends the JVM: its members leave no trace but a session timeout, its
// transactions stay open.
func (o *Oracle) Close() {
	_ = o.in.Close()
	o.child.kill()
	_ = o.log.Close()
	_ = os.Remove(o.log.Name())
}

// listen hands every line to the call that waits for it, and at the end fails
// all that still wait.
func (o *Oracle) listen(out io.ReadCloser) {
	defer func() { _ = out.Close() }()
	lines := bufio.NewReaderSize(out, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			o.failAll("the oracle's JVM ended")
			return
		}
		var r reply
		if err := json.Unmarshal(line, &r); err != nil {
			o.failAll(fmt.Sprintf("the oracle said %q: %v", line, err))
			return
		}
		o.mu.Lock()
		waiting := o.waiting[r.ID]
		delete(o.waiting, r.ID)
		o.mu.Unlock()
		if waiting != nil { // nil: the caller gave up
			waiting <- r
		}
	}
}

func (o *Oracle) failAll(why string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, waiting := range o.waiting {
		waiting <- reply{ID: id, Error: why}
	}
	o.waiting = nil
}

// call sends one request and waits for its answer, which it decodes into answer.
func (o *Oracle) call(ctx context.Context, do string, args, answer any) error {
	got := make(chan reply, 1)
	if err := o.ask(do, args, got); err != nil {
		return fmt.Errorf("asking the oracle to %s: %w", do, err)
	}
	select {
	case r := <-got:
		if r.Error != "" {
			return fmt.Errorf("asking the oracle to %s: %s\n%s", do, r.Error, o.tail())
		}
		return json.Unmarshal(r.Answer, answer)
	case <-ctx.Done():
		return fmt.Errorf("asking the oracle to %s: %w\n%s", do, ctx.Err(), o.tail())
	}
}

func (o *Oracle) ask(do string, args any, got chan<- reply) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.waiting == nil {
		return errors.New("the JVM has ended\n" + o.tail())
	}
	o.next++
	o.waiting[o.next] = got
	return json.NewEncoder(o.in).Encode(map[string]any{"id": o.next, "do": do, "args": args})
}

func (o *Oracle) tail() string {
	log, _ := os.ReadFile(o.log.Name())
	return tail(log)
}

// compile compiles the Java side into the cache, by the source's digest.
func compile(ctx context.Context, libs string) (string, error) {
	files, err := javaSources.ReadDir("java")
	if err != nil {
		return "", err
	}
	names, contents := []string{}, [][]byte{[]byte(filepath.Base(libs))}
	for _, file := range files {
		content, err := javaSources.ReadFile("java/" + file.Name())
		if err != nil {
			return "", err
		}
		names, contents = append(names, file.Name()), append(contents, content)
	}
	mark := digest(contents...)
	return cached(filepath.Join("oracle", mark), mark, func(dir string) error {
		for i, name := range names {
			if err := os.WriteFile(filepath.Join(dir, name), contents[i+1], 0o644); err != nil {
				return err
			}
		}
		return javac(ctx, libs, dir, names)
	})
}

func javac(ctx context.Context, libs, dir string, names []string) error {
	cmd := exec.CommandContext(ctx, "javac", slices.Concat([]string{"-d", ".", "-cp", libs + "/*"}, names)...)
	cmd.Dir = dir
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("compiling the oracle: %w\n%s", err, said.String())
	}
	return nil
}
