//go:build !linux

package kafkatest

import "os/exec"

// tieToParent does nothing here: only Linux can end a child with its parent. A
// run that is killed may leave its broker behind.
func tieToParent(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
