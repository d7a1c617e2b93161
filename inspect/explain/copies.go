package explain

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/inspect/records/duplicates"
)

// Repeat is a range of records that the log has beside their equals: what a
// producer wrote twice, or a transaction that was aborted and tried again.
type Repeat struct {
	Window
}

// repeated are the windows about what producers wrote.
func (q *Inquiry) repeated() (windows []Window) {
	for _, r := range q.in.Repeats {
		windows = append(windows, r.Window)
	}
	return windows
}

// Bounds of [FindRepeats]: equal records within ten minutes of each other, and as
// much as takes some 200 MB of memory.
const (
	copiesWithin = 10 * time.Minute
	mostCopies   = 100_000
	mostCompared = 5_000_000
	keyBytes     = 64 << 20
)

// Unsearched are records that could not be held against each other.
type Unsearched struct {
	What string // "topic orders", "orders:0 from offset 17 on"
	Err  error
}

// FindRepeats looks for equal records in what the group has consumed ([Consumed]),
// topic by topic in order: equal in key and value, and within ten minutes. More than five
// million records of a topic are not compared, but an error of that topic. Where a
// topic may have some it is read twice; tell is told what was read in all, with the
// offsets of the first readings only.
func FindRepeats(ctx context.Context, f records.Fetcher, consumed map[string][]records.Range, isolation inspect.Isolation, tell func(records.Progress)) (repeats []Repeat, failed []Unsearched) {
	read := meter{tell: tell}
	for _, topic := range slices.Sorted(maps.Keys(consumed)) {
		found, err := duplicates.Find(ctx, f, consumed[topic], duplicates.Options{
			Within: copiesWithin, Isolation: isolation, MaxRecords: mostCompared, MaxDuplicates: mostCopies, MaxBytes: keyBytes, Progress: read.topic()})
		if err != nil {
			failed = append(failed, Unsearched{"topic " + topic, err})
			continue
		}
		failed = append(failed, unread(found.Read)...)
		repeats = append(repeats, Repeats(found.Sets)...)
	}
	return repeats, failed
}

// unread are the ranges that could not be read to their end.
func unread(all []records.Listed) (parts []Unsearched) {
	for _, r := range all {
		if r.Err != nil {
			parts = append(parts, Unsearched{fmt.Sprintf("%s from offset %d on", r.TopicPartition, r.Reached), r.Err})
		}
	}
	return parts
}

// meter adds up the readings of all topics.
type meter struct {
	sum  records.Progress
	tell func(records.Progress)
}

// topic is to be told how far the readings of a topic are.
func (m *meter) topic() func(reading int, now records.Progress) {
	reading, last := 1, records.Progress{}
	return func(n int, now records.Progress) {
		if n != reading {
			reading, last = n, records.Progress{}
		}
		m.sum.Bytes += now.Bytes - last.Bytes
		m.sum.Records += now.Records - last.Records
		if reading == 1 {
			m.sum.Offsets += now.Offsets - last.Offsets
		}
		last = now
		m.tell(m.sum)
	}
}

// copied is one record that the log has beside its equal.
type copied struct {
	inspect.TopicPartition
	offset int64
	at     time.Time
	cause  Cause
	why    duplicates.Cause
	set    duplicates.Set
}

// Repeats makes windows of sets of equal records: of those that were written
// again, all but the first; of attempts that were aborted, these. Records that
// follow each other become one window.
func Repeats(sets []duplicates.Set) []Repeat {
	var all []copied
	for _, s := range sets {
		for _, part := range byPartition(s) {
			all = append(all, copiesIn(part)...)
		}
	}
	slices.SortFunc(all, func(a, b copied) int {
		return cmp.Or(a.TopicPartition.Compare(b.TopicPartition), cmp.Compare(a.offset, b.offset))
	})
	var repeats []Repeat
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].follows(all[n-1]) {
			n++
		}
		repeats = append(repeats, Repeat{windowOf(all[:n])})
		all = all[n:]
	}
	return repeats
}

// byPartition takes a set apart. Equal records in different partitions are not
// held against their producer: a record that is sent again goes where the first
// went, unless it has no key.
func byPartition(s duplicates.Set) (parts []duplicates.Set) {
	for len(s.Records) > 0 { // they are in the order of partitions
		n := 1
		for n < len(s.Records) && s.Records[n].Partition == s.Records[0].Partition {
			n++
		}
		if n > 1 {
			part := s
			part.Records = s.Records[:n]
			parts = append(parts, part)
		}
		s.Records = s.Records[n:]
	}
	return parts
}

// follows leaves room for a transaction marker between the two.
func (c copied) follows(before copied) bool {
	return c.TopicPartition == before.TopicPartition && c.cause == before.cause && c.why == before.why && c.offset-before.offset <= 2
}

func copiesIn(s duplicates.Set) (copies []copied) {
	aborted := s.Cause() == duplicates.CauseAborted
	kept := false // one of the records is the one that counts
	for _, r := range byTime(s.Records) {
		c := copied{
			TopicPartition: inspect.TopicPartition{Topic: s.Topic, Partition: r.Partition}, offset: r.Offset,
			cause: ProducerDuplicate, why: s.Cause(), set: s,
		}
		if ms := r.TimestampMs(); ms != nil {
			c.at = time.UnixMilli(*ms).UTC()
		}
		switch {
		case r.Aborted:
			c.cause = AbortedAttempt
			copies = append(copies, c)
		case aborted: // its retry
		case kept:
			copies = append(copies, c)
		default:
			kept = true
		}
	}
	return copies
}

// byTime is the records in the order in which they were written, as far as their
// timestamps and offsets tell.
func byTime(list []duplicates.Record) []duplicates.Record {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b duplicates.Record) int {
		x, y := a.TimestampMs(), b.TimestampMs()
		if x == nil || y == nil {
			return 0
		}
		return cmp.Compare(*x, *y)
	})
	return sorted
}

func windowOf(run []copied) Window {
	first, last := run[0], run[len(run)-1]
	n := int64(len(run))
	w := Window{
		Cause: first.cause, Confidence: history.Likely, TopicPartition: first.TopicPartition, At: last.at,
		From: first.offset, Until: last.offset + 1, Exact: n == last.offset+1-first.offset, Copies: &n,
	}
	if first.cause == AbortedAttempt {
		w.Evidence = []string{fmt.Sprintf("%s of aborted transactions, with equal ones beside them; a consumer with isolation.level=read_uncommitted, the default, is given both", counted(n))}
		w.Advice = []string{
			"isolation.level=read_committed in the consumer leaves aborted records out",
			"kofs records --include-aborted shows them, marked",
		}
		return w
	}
	w.Evidence = append([]string{fmt.Sprintf("%s equal in key and value to earlier ones: %s", counted(n), inWords(first.why))}, evidenceOf(first.set)...)
	w.Advice = adviceProducer(first.why)
	return w
}

func counted(n int64) string {
	if n == 1 {
		return "1 record is"
	}
	return fmt.Sprintf("%d records are", n)
}

func evidenceOf(s duplicates.Set) []string {
	var places []string
	for i, r := range s.Records {
		if i == 4 {
			places = append(places, "...")
			break
		}
		places = append(places, fmt.Sprintf("%s:%d offset %d", s.Topic, r.Partition, r.Offset))
	}
	return append([]string{"such as " + strings.Join(places, ", ")}, s.Evidence()...)
}

func inWords(c duplicates.Cause) string { return strings.ReplaceAll(string(c), "_", " ") }

func adviceProducer(c duplicates.Cause) []string {
	first := "the application, or what stands before it, sent them twice: an idempotency key in the record lets the consumer drop the second"
	if c == duplicates.CauseNotIdempotent {
		first = "enable.idempotence=true (the default since Kafka 3.0, unless acks or retries speak against it) lets the broker drop a producer's own retries"
	}
	return []string{first, "kofs duplicates --topic shows each set with who wrote it"}
}
