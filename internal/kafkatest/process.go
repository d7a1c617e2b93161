package kafkatest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
)

// process is a child process that does not outlive this one and is stopped by
// its own handle, never by its name.
type process struct {
	cmd    *exec.Cmd
	ended  chan struct{}
	result error // of Wait; read it after ended is closed
}

// startProcess starts the command and waits for its end in the background. It
// does so on a thread of its own, which lives as long as the child: Linux sends
// the parent-death signal when the starting *thread* ends.
func startProcess(cmd *exec.Cmd) (*process, error) {
	tieToParent(cmd)
	p := &process{cmd: cmd, ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.result = cmd.Wait()
			close(p.ended)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", cmd.Path, err)
	}
	return p, nil
}

// kill ends the process and its children and waits until they are gone.
func (p *process) kill() {
	killGroup(p.cmd)
	<-p.ended
}

// terminate asks the process to end and waits until it has, or ctx ends.
func (p *process) terminate(ctx context.Context) error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// smallJVM starts fast and stays small; the WARN level is of log4j2, which
// without a configuration file logs errors only.
var smallJVM = []string{"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dlog4j2.level=WARN"}

// Java is a command that runs a class on Kafka's jars with a small, fast
// starting JVM. Classpath entries of the caller come first.
func Java(ctx context.Context, libs, heap string, class string, args ...string) *exec.Cmd {
	return javaWith(ctx, nil, libs, heap, class, args)
}

func javaWith(ctx context.Context, classpath []string, libs, heap, class string, args []string) *exec.Cmd {
	path := ""
	for _, entry := range append(classpath, libs+"/*") {
		if path != "" {
			path += string(os.PathListSeparator)
		}
		path += entry
	}
	all := slices.Concat(smallJVM, []string{"-Xmx" + heap, "-cp", path, class}, args)
	return exec.CommandContext(ctx, "java", all...)
}
