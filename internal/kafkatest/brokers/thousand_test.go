//go:build integration

package brokers

import (
	"errors"
	"strings"
	"testing"

	"github.com/kofs/kofs/internal/kafkatest"
)

// thousandPartitions: what is asked about a group with a thousand partitions is no
// more than about one with three.
func (c three) thousandPartitions(t *testing.T) {
	const topic, group, partitions = "thousand", "crowd", 1000
	replicas, offsets := make([][]int32, partitions), map[int32]int64{}
	for p := range int32(partitions) {
		replicas[p], offsets[p] = []int32{1 + p%3}, 0
	}
	must(t, c.world.PlaceTopic(t.Context(), topic, replicas, nil))
	must(t, c.world.Commit(t.Context(), group, kafkatest.Offsets{topic: offsets, "orders": {0: 15, 1: 15, 2: 15}}))
	for _, command := range []string{"lag GROUP --topic TOPIC", "reset GROUP --topic TOPIC --to-earliest --count none", "reset GROUP --topic TOPIC --to-datetime 2020-01-01T00:00:00Z --count none"} {
		few := c.requests(t, strings.NewReplacer("GROUP", group, "TOPIC", "orders").Replace(command), 3)
		many := c.requests(t, strings.NewReplacer("GROUP", group, "TOPIC", topic).Replace(command), partitions)
		t.Logf("%s: %d requests for 3 partitions, %d for %d", command, few, many, partitions)
		if many > few {
			t.Errorf("%s: %d requests for 3 partitions, %d for %d", command, few, many, partitions)
		}
	}
	deleted, err := c.world.Admin().DeleteGroups(t.Context(), group) // the next stage counts groups
	must(t, errors.Join(err, deleted.Error()))
	must(t, c.world.DeleteTopic(t.Context(), topic))
}

// requests is how many a command sends, which must show so many partitions.
func (c three) requests(t *testing.T, line string, partitions int) int {
	t.Helper()
	ran := c.run(t, 0, append(strings.Fields(line), "-o", "json", "-v")...)
	if shown := strings.Count(ran.Stdout, `"partition": `); shown != partitions {
		t.Errorf("%d partitions shown, want %d: %s", shown, partitions, ran)
	}
	return len(ran.Requests())
}
