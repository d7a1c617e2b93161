package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/kofs/kofs/internal/kafkatest"
)

// stage is where the programs are measured: a cluster, its files, the binaries.
type stage struct {
	sizes
	kafka *kafkatest.Kafka
	world *kafkatest.World
	dir   string // of binaries and outputs
	self  string // this program, for its children
	kofs  string
}

// topic is one filled topic; the group of the same name has committed its end.
type topic struct {
	name       string
	partitions int
	records    int64
	zstd       bool // compressed by the producer; otherwise not at all
}

// String is "5000000 zstd records in 12 partitions".
func (t topic) String() string {
	codec := ""
	if t.zstd {
		codec = "zstd "
	}
	return fmt.Sprintf("%d %srecords in %d partitions", t.records, codec, t.partitions)
}

func newStage(k *kafkatest.Kafka, w *kafkatest.World, s sizes) (*stage, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "kofs-bench-")
	return &stage{sizes: s, kafka: k, world: w, dir: dir, self: self, kofs: filepath.Join(dir, "kofs")}, err
}

func (b *stage) close() { _ = os.RemoveAll(b.dir) }

func (b *stage) server() string { return b.kafka.Addrs()[0] }

// build builds kofs as users get it.
func (b *stage) build(ctx context.Context) error {
	root, err := kafkatest.ProjectRoot()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", b.kofs, "./cmd/kofs")
	cmd.Dir, cmd.Stdout, cmd.Stderr = root, os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("building kofs: %w", err)
	}
	return nil
}

// fill produces the topic's records and commits the group to its end. It checks
// the number against the segment files: that is what all others must say.
func (b *stage) fill(ctx context.Context, t topic) error {
	if err := b.world.CreateTopic(ctx, t.name, int32(t.partitions), nil); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, b.self, "fill", b.server(), t.name,
		fmt.Sprint(t.partitions), fmt.Sprint(t.records), fmt.Sprint(b.valueBytes), fmt.Sprint(t.zstd))
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("filling topic %q: %w", t.name, err)
	}
	bounds, err := b.world.Bounds(ctx, t.name)
	if err != nil {
		return err
	}
	ends := kafkatest.Offsets{t.name: {}}
	for p, at := range bounds {
		ends[t.name][p] = at.HighWatermark
	}
	if err := b.world.Commit(ctx, t.name, ends); err != nil {
		return err
	}
	files, err := b.segments(t)
	if err != nil {
		return err
	}
	inFiles, err := countInFiles(files)
	if err == nil && inFiles != t.records {
		err = fmt.Errorf("the segments of topic %q hold %d records, want %d", t.name, inFiles, t.records)
	}
	return err
}

// segments are all files with records of the topic.
func (b *stage) segments(t topic) (all []string, err error) {
	for p := range t.partitions {
		files, failed := b.kafka.Segments(t.name, int32(p))
		all, err = append(all, files...), errors.Join(err, failed)
	}
	return all, err
}
