//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

// peakKiB is the most memory that an ended process had resident.
func peakKiB(p *os.ProcessState) int64 {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" { // there it is in bytes
		return int64(usage.Maxrss) / 1024
	}
	return int64(usage.Maxrss)
}

// settle has the system write what earlier runs left to be written, which would take
// its time from the next one.
func settle() { syscall.Sync() }
