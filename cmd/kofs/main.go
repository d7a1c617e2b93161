// Command kofs shows where Kafka's consumer groups stand, previews a reset of
// their offsets with the records that would be consumed again, and does it.
//
// This package is flags in, tables and JSON out. What Kafka means is decided in
// inspect, lag and reset.
package main

import (
	"os"
	"runtime/debug"
	"time"
)

// gcPercent trades a little speed for memory: a server that sends nonsense should
// not make kofs large on a host that has a problem already.
const gcPercent = 50

func main() {
	debug.SetGCPercent(gcPercent)
	os.Exit(run(process{
		args: os.Args[1:], in: os.Stdin, out: os.Stdout, err: os.Stderr,
		getenv: os.Getenv, now: time.Now, pause: pause, zone: time.Local,
	}))
}
