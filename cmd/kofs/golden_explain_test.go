package main

import (
	"strings"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

// explainedLog has a crash and a reset.
const explainedLog = `
03:00:00 generation 1 range session=6s a=orders:0 b=orders:1
03:00:05 commit orders:0=5
03:00:10 commit orders:0=10
03:00:15 commit orders:0=15
03:00:20 commit orders:0=20
03:00:30 generation 2 range session=6s b=orders:0,1
03:00:35 commit orders:0=35
03:00:36 generation 3
03:00:40 commit orders:0=30
03:00:50 generation 4 range session=6s b=orders:0,1
03:00:55 commit orders:0=55
`

// The documents of kofs explain as they are, from an offset log that is written.
func TestGoldenExplain(t *testing.T) {
	embedded := kafkatest.NewEmbedded(t, kafkatest.EmbeddedOptions{Topics: map[string]int32{"orders": 2, "__consumer_offsets": 3}})
	log := groupLog{group: "billing"}
	for line := range strings.Lines(explainedLog) {
		if fields := strings.Fields(line); len(fields) > 1 {
			if err := log.event(fields[0], fields[1], fields[2:]); err != nil {
				t.Fatal(err)
			}
		}
	}
	world := kafkatest.NewWorld(t, embedded.Addrs())
	records := kafkatest.Numbered(60)
	for i := range records {
		records[i].Timestamp = seedStart.Add(time.Duration(i) * time.Second)
	}
	for _, b := range []kafkatest.Batch{
		{Topic: "orders", Records: records},
		{Topic: "__consumer_offsets", Partition: kafkatest.OffsetsPartition("billing"), Records: log.records},
	} {
		if _, err := world.ProduceBatch(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ file, args string }{
		{"explain.txt", "explain billing"},
		{"explain.json", "explain billing -o json"},
		{"explain.jsonl", "explain billing --topic orders:0 --offset 31 -o jsonl"},
		{"explain.csv", "explain billing -o csv"},
	} {
		code, stdout, stderr := runGolden(t, embedded.Addrs(), testProcess(t, nil), strings.Fields(c.args)...)
		if code != exitDone {
			t.Fatalf("kofs %s: exit code %d: %s", c.args, code, stderr)
		}
		compareGolden(t, c.file, scrub(stdout))
	}
}
