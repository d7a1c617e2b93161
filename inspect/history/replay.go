package history

import (
	"bytes"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
)

// Options say whose history is wanted, and what is known about it.
type Options struct {
	Group string
	// From is the first offset that is wanted. A record just before it may be shown to
	// the replay too: it proves that nothing is missing at the start.
	From int64
	// Since is the time that From was found by; nil when it is the log start.
	Since *time.Time
	// TopicNames resolves the topic IDs of KIP-848 assignments. Names that the log
	// itself tells are added; of others the ID is shown.
	TopicNames map[inspect.TopicID]string
	// Retention is the brokers' offsets.retention.minutes; nil when not known.
	Retention *time.Duration
	// Limit bounds the memory of what is kept, roughly, in bytes; 0 is [DefaultLimit].
	Limit int64
}

// DefaultLimit is what [Options.Limit] is unless set: 96 MiB, some 200,000 runs.
const DefaultLimit = 96 << 20

// maxTracked bounds what is remembered at one moment: partitions, members, and
// offsets of open transactions.
const maxTracked = 1 << 18

// Replay goes through the group's partition of the offset log and keeps its history.
type Replay struct {
	options Options
	prefix  []byte // of the group's keys, after their type
	log     Log

	next     int64 // the offset expected next: at first, the first that is wanted
	complete *time.Time
	why      string
	last     *int64 // time of the last record in ms since 1970; nil before the first

	tracks  map[string]*track // by the key without its type
	byPlace map[inspect.TopicPartition]*track
	latest  *track // the one of the last commit; nil before the first
	topics  map[inspect.TopicID]string
	learned inspect.TopicID                          // the last one that was put there
	unnamed map[inspect.TopicID]bool                 // that stand in assignments by their ID
	pending map[int64]map[string]TransactionalCommit // by producer ID, then as tracks
	waiting int                                      // the offsets in pending

	group848   consumerGroup
	now        *Rebalance // the generation or epoch that is in force
	sampling   bool       // the records are polls of a coordinator
	membership Membership
	managed    bool // the group has had members, or has a protocol
	emptySince *time.Time
	owners     map[inspect.TopicPartition]owner
	seq        int64 // counts what ends the runs of all partitions
	deleting   deleting

	runs       kept[Run]
	rebalances kept[Rebalance]
	moves      kept[Move]
	members    kept[MemberChange]
	deletions  kept[Deletion]
	aborted    kept[TransactionalCommit]
}

// NewReplay begins a replay.
func NewReplay(o Options) *Replay {
	if o.Limit <= 0 {
		o.Limit = DefaultLimit
	}
	r := &Replay{
		options: o, prefix: prefixOf(o.Group), next: o.From, complete: o.Since, membership: MembersUnknown,
		log:    Log{Group: o.Group, Source: SourceOffsetLog, Unknown: map[int16]int64{}, Other: map[int16]int64{}},
		tracks: map[string]*track{}, byPlace: map[inspect.TopicPartition]*track{},
		topics: map[inspect.TopicID]string{}, unnamed: map[inspect.TopicID]bool{}, pending: map[int64]map[string]TransactionalCommit{},
		owners: map[inspect.TopicPartition]owner{},
	}
	r.group848.members = map[string]*consumerMember{}
	for id, name := range o.TopicNames {
		r.topics[id] = name
	}
	if o.Since != nil {
		r.why = "the start of what was asked for"
	}
	r.runs.limit, r.rebalances.limit = o.Limit/2, o.Limit/4
	for _, limit := range []*int64{&r.moves.limit, &r.members.limit, &r.deletions.limit, &r.aborted.limit} {
		*limit = o.Limit / 16
	}
	return r
}

// Add takes the next record of the partition, of whatever group. Records come in
// the order of their offsets, also those of aborted transactions and control
// records. What cannot be read is counted, never an error.
func (r *Replay) Add(record *records.Record) {
	r.follow(record)
	if record.Offset < r.options.From {
		return
	}
	if record.Control != nil {
		r.endTransaction(record)
		return
	}
	r.log.Records++
	kind, place, ok := splitKey(record.Key)
	switch {
	case !ok:
		r.log.Unknown[TypeNone]++
		return
	case !bytes.HasPrefix(place, r.prefix):
		return
	}
	r.log.OfGroup++
	if err := r.take(record, kind); err != nil {
		r.log.Unknown[kind]++
	}
}

// follow watches for gaps, which compaction leaves: before one, history is incomplete.
func (r *Replay) follow(record *records.Record) {
	switch {
	case record.Offset > r.next:
		r.completeFrom(recordTime(record), "compaction removed records before it")
		r.seq++
	case r.complete == nil:
		r.completeFrom(recordTime(record), "the start of the log")
	}
	if r.last == nil {
		r.last = new(int64)
	}
	*r.last = recordMs(record)
	r.next = record.Offset + 1
}

func (r *Replay) completeFrom(at time.Time, why string) {
	if r.complete == nil || at.After(*r.complete) {
		r.complete, r.why = &at, why
	}
}

// recordTime is the broker's time of the record; the epoch for one without.
func recordTime(record *records.Record) time.Time { return instant(recordMs(record)) }

// recordMs is recordTime in ms since 1970.
func recordMs(record *records.Record) int64 {
	if record.TimestampMs == nil {
		return 0
	}
	return *record.TimestampMs
}

// take deals with a record of the group.
func (r *Replay) take(record *records.Record, kind int16) error {
	if kind == typeOffsetCommit || kind == typeOffsetCommitV0 {
		return r.takeCommit(record)
	}
	if kind > typeConsumerCurrent && kind <= typeLast {
		r.log.Other[kind]++
		return nil
	}
	key, err := ParseKey(record.Key)
	if err != nil {
		return err
	}
	switch kind {
	case typeGroupMetadata:
		return r.takeClassic(record)
	case typeConsumerEpoch:
		return r.takeEpoch(record)
	case typeConsumerTopics:
		return r.takeTopics(record)
	case typeConsumerMember:
		return r.takeMember(record, key.Member)
	case typeConsumerTarget:
		return r.takeTargetEpoch(record)
	case typeConsumerMemberAim:
		return r.takeTarget(record, key.Member)
	case typeConsumerCurrent:
		return r.takeCurrent(record, key.Member)
	}
	return errVersion
}

// forgot notes that entries up to a time were given up.
func (r *Replay) forgot(n int64, at time.Time) {
	if n > 0 {
		r.log.Dropped += n
		r.completeFrom(at, "what came before is more than kofs keeps")
	}
}
