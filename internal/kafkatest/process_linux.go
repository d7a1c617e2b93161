package kafkatest

import (
	"os/exec"
	"syscall"
)

// tieToParent lets the kernel kill the child when this process dies, however it
// dies, and gives it a process group of its own.
func tieToParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
