//go:build integration

package oracle

import (
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/kofs/kofs/internal/kafkatest"
)

// oddities is how many batches of each kind the logs hold, as the files say.
type oddities map[string]int

// checkOddities makes sure that the logs that are compared hold every kind: a
// comparison of plain batches proves little.
func (b bed) checkOddities(t *testing.T, topics []kafkatest.WorldTopic, version string) {
	t.Helper()
	seen := oddities{}
	for _, topic := range topics {
		for p := range topic.Partitions {
			files, err := b.kafka.Segments(topic.Name, p)
			must(t, err)
			for _, file := range files {
				log, err := os.ReadFile(file)
				must(t, err)
				seen.add(log)
			}
		}
	}
	t.Logf("batches: %s", seen)
	want := []string{"none", "gzip", "snappy", "lz4", "zstd", "with gaps", "empty", "control", "transactional", "idempotent", "LogAppendTime"}
	if version == "2.8.2" {
		want = append(want, "format 0", "format 1", "wrapper")
	} else {
		want = append(want, "delete horizon") // KIP-534, since 3.1
	}
	for _, kind := range want {
		if seen[kind] == 0 {
			t.Errorf("no batch is %s", kind)
		}
	}
}

func (o oddities) add(log []byte) {
	const header = 61
	for len(log) >= header {
		size := 12 + int(binary.BigEndian.Uint32(log[8:]))
		if size <= 12 || size > len(log) {
			return // preallocated, or being written
		}
		o.addBatch(log[:size])
		log = log[size:]
	}
}

func (o oddities) addBatch(b []byte) {
	if magic := b[16]; magic < 2 {
		o[fmt.Sprintf("format %d", magic)]++
		if b[17]&7 != 0 {
			o["wrapper"]++
		}
		return
	}
	attributes := binary.BigEndian.Uint16(b[21:])
	offsets, count := int32(binary.BigEndian.Uint32(b[23:]))+1, int32(binary.BigEndian.Uint32(b[57:]))
	producer := int64(binary.BigEndian.Uint64(b[43:])) >= 0
	for kind, is := range map[string]bool{
		[]string{"none", "gzip", "snappy", "lz4", "zstd", "", "", ""}[attributes&7]: true,
		"with gaps": count < offsets && count > 0, "empty": count == 0,
		"empty control": count == 0 && attributes&0x20 != 0, "control": attributes&0x20 != 0,
		"transactional": attributes&0x10 != 0, "idempotent": producer && attributes&0x10 == 0,
		"LogAppendTime": attributes&8 != 0, "delete horizon": attributes&0x40 != 0,
	} {
		if is {
			o[kind]++
		}
	}
}

func (o oddities) String() string {
	var all []string
	for _, kind := range slices.Sorted(maps.Keys(o)) {
		all = append(all, fmt.Sprintf("%s %d", kind, o[kind]))
	}
	return strings.Join(all, ", ")
}
