package duplicates

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/kofs/kofs/inspect/records"
)

// group is all records of one identity.
type group struct {
	key, identity []byte
	topic         string
	records       []Record
}

// groups are those of a second reading. An identity is known by its SHA-256, so
// that large values are not kept.
type groups struct {
	options Options
	list    []group
	index   map[[sha256.Size]byte]int
	bytes   int64
}

func newGroups(o Options) groups { return groups{options: o, index: map[[sha256.Size]byte]int{}} }

func (g *groups) add(identity []byte, r *records.Record) error {
	sum := sha256.Sum256(identity)
	i, ok := g.index[sum]
	if !ok {
		i = len(g.list)
		g.index[sum] = i
		one := group{topic: r.Topic, key: bytes.Clone(r.Key)}
		if g.options.By.IsPart() {
			one.identity = bytes.Clone(identity)
		}
		g.list = append(g.list, one)
		if g.bytes += int64(len(one.key) + len(one.identity)); g.bytes > g.options.MaxBytes {
			return &TooManyError{What: "bytes of keys", Limit: g.options.MaxBytes}
		}
	}
	g.list[i].records = append(g.list[i].records, newRecord(r))
	return nil
}

// sets are the sets of the group: one, or, with a greatest distance in time,
// those between longer ones. What is alone is no set.
func (g group) sets(within time.Duration) []Set {
	runs := [][]Record{g.records}
	if within > 0 {
		runs = g.runs(within)
	}
	var sets []Set
	for _, run := range runs {
		if len(run) > 1 {
			slices.SortFunc(run, byPlace)
			sets = append(sets, Set{Topic: g.topic, Key: g.key, Identity: g.identity, Records: run})
		}
	}
	return sets
}

// runs are the records in the order of their timestamps, cut where two are
// further apart. A record without a timestamp has no distance to any.
func (g group) runs(within time.Duration) [][]Record {
	timed := slices.DeleteFunc(g.records, func(r Record) bool { return r.has&hasTimestamp == 0 })
	slices.SortFunc(timed, func(a, b Record) int { return cmp.Or(cmp.Compare(a.timestamp, b.timestamp), byPlace(a, b)) })
	var runs [][]Record
	from := 0
	for i := 1; i <= len(timed); i++ {
		if i == len(timed) || uint64(timed[i].timestamp)-uint64(timed[i-1].timestamp) > uint64(within.Milliseconds()) {
			runs = append(runs, timed[from:i:i])
			from = i
		}
	}
	return runs
}

func byPlace(a, b Record) int {
	return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
}

func sortSets(sets []Set) {
	slices.SortFunc(sets, func(a, b Set) int { return cmp.Or(cmp.Compare(a.Topic, b.Topic), byPlace(a.Records[0], b.Records[0])) })
}
