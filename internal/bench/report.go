package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

// printRuns writes a table; ratios are of medians, to the first program's.
func printRuns(out io.Writer, title string, all []runs) error {
	fmt.Fprintf(out, "\n%s\n", title)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PROGRAM\tRUNS\tMEDIAN\tMIN\tMAX\tRATIO\tPEAK MiB")
	floor := all[0].median()
	for _, r := range all {
		walls := r.sorted()
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t%.2f\t%.1f\n", r.name, len(walls),
			short(r.median()), short(walls[0]), short(walls[len(walls)-1]),
			float64(r.median())/float64(floor), r.peakMiB())
	}
	return table.Flush()
}

func short(d time.Duration) string {
	if d < time.Second {
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}

// printMachine says where the numbers come from: they mean little elsewhere.
func printMachine(out io.Writer) {
	fmt.Fprintf(out, "%s/%s, %d CPUs (%s), %s, Apache Kafka %s on the same machine\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), cpuModel(), runtime.Version(), kafkatest.KafkaVersion)
}

// cpuModel is the processor's name as Linux has it.
func cpuModel() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	for line := range bytes.Lines(info) {
		if name, value, ok := bytes.Cut(line, []byte(":")); ok && string(bytes.TrimSpace(name)) == "model name" {
			return string(bytes.TrimSpace(value))
		}
	}
	return "unknown"
}
