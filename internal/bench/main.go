// Bench measures kofs as whole processes against a floor and against other
// tools, on a real Kafka that it starts and fills itself:
//
//	go run ./internal/bench
//
// The floors are programs that do nothing but what the protocol requires; they
// are sub-commands of this one, so that all is measured in one run and one way:
// alternating, medians, ratios. The exit code is 1 when anything counts other
// numbers of records.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/kofs/kofs/internal/kafkatest"
)

// sizes is how much is measured; the flags shrink it for a quick look.
type sizes struct {
	records, fewer int64 // in the large topics and in the small one
	single         int64 // in the topic with one partition
	commits        int64 // of the group whose history is read
	partitions     int   // of the other topics
	valueBytes     int
	rounds         int // of counting, listing and of the Java tool
	diskRounds     int // of what waits for the disk, and of cat
	lagRounds      int
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 {
		if child, ok := children[args[0]]; ok {
			return child(args[1:])
		}
	}
	var s sizes
	f := flag.NewFlagSet("bench", flag.ExitOnError)
	f.Int64Var(&s.records, "records", 5_000_000, "records in the large topics")
	f.Int64Var(&s.single, "single", 3_000_000, "records in the topic with one partition")
	f.Int64Var(&s.fewer, "fewer", 1_000_000, "records in the small topic")
	f.Int64Var(&s.commits, "commits", 1_000_000, "commits in the history that is read, a multiple of 100")
	f.IntVar(&s.partitions, "partitions", 12, "partitions of each topic")
	f.IntVar(&s.valueBytes, "bytes", 100, "bytes in each record's value")
	f.IntVar(&s.rounds, "rounds", 9, "runs of each program that counts or lists")
	f.IntVar(&s.diskRounds, "disk-rounds", 3, "runs of --save and dd, which wait for the disk, and of cat")
	f.IntVar(&s.lagRounds, "lag-rounds", 25, "runs of each program that tells the lag")
	_ = f.Parse(args) // exits on an error
	return bench(ctx, s)
}

// children are what this program does as a child of itself.
var children = map[string]func(args []string) error{
	"measure":      measure,
	"fill":         fill,
	"commit":       fillCommits,
	"copy":         copyBatches,
	"floor-count":  floorCount,
	"floor-decode": floorDecode,
	"floor-lag":    floorLag,
}

func bench(ctx context.Context, s sizes) error {
	kafka, err := kafkatest.StartKafka(ctx, kafkatest.KafkaOptions{Heap: "1g", Properties: keepCommits()})
	if err != nil {
		return err
	}
	defer kafka.Stop()
	w, err := kafkatest.Connect(ctx, kafka.Addrs())
	if err != nil {
		return err
	}
	defer w.Close()
	b, err := newStage(kafka, w, s)
	if err != nil {
		return err
	}
	defer b.close()
	if err := b.build(ctx); err != nil {
		return err
	}
	printMachine(os.Stdout)
	small := topic{name: "small", partitions: s.partitions, records: s.fewer}
	large := topic{name: "large", partitions: s.partitions, records: s.records}
	packed := topic{name: "packed", partitions: s.partitions, records: s.records, zstd: true}
	single := topic{name: "single", partitions: 1, records: s.single}
	for _, t := range []topic{small, large, packed, single} {
		if err := b.fill(ctx, t); err != nil {
			return err
		}
		if err := b.compareCounting(ctx, t); err != nil {
			return err
		}
		if err := b.compareListing(ctx, t); err != nil {
			return err
		}
	}
	if err := b.compareLag(ctx, large); err != nil {
		return err
	}
	return b.compareHistory(ctx)
}
