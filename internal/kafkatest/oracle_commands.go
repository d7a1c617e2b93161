package kafkatest

import "context"

// IsolationLevel is what a consumer takes for "the end" and "a record".
type IsolationLevel string

// Kafka's isolation levels.
const (
	ReadUncommitted IsolationLevel = "read_uncommitted"
	ReadCommitted   IsolationLevel = "read_committed"
)

// PartitionOffset is an offset of one partition.
type PartitionOffset struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

// ReadRequest says which consumer reads, and how far. It starts where the
// group's committed offsets are, and commits nothing.
type ReadRequest struct {
	Group     string         `json:"group"`
	Isolation IsolationLevel `json:"isolation"`
	// Subscribe is the group protocol, classic or consumer, of a consumer that
	// joins the group and leaves it at the end; the ranges must then cover all
	// partitions of their topics. Empty: assign(), the group stays Empty.
	Subscribe string      `json:"subscribe,omitempty"`
	Ranges    []ReadRange `json:"ranges"`
}

// ReadRange is one partition up to, not including, the offset Until.
type ReadRange struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Until     int64  `json:"until"`
}

// Given is what a consumer was given of one partition, in order.
type Given struct {
	Topic     string  `json:"topic"`
	Partition int32   `json:"partition"`
	Offsets   []int64 `json:"offsets"`
	// Digests has the Digest of each record's content.
	Digests []int64 `json:"digests"`
}

// Read lets a Java consumer of the group read from its committed offsets.
func (o *Oracle) Read(ctx context.Context, r ReadRequest) (given []Given, err error) {
	return given, o.call(ctx, "read", r, &given)
}

// ListOffsets asks for offsets of partitions: of is "earliest", "latest" or a
// timestamp in milliseconds. The Offset is -1 where no record is that late.
func (o *Oracle) ListOffsets(ctx context.Context, of string, level IsolationLevel, partitions []PartitionOffset) (found []PartitionOffset, err error) {
	args := map[string]any{"of": of, "isolation": level, "partitions": partitions}
	return found, o.call(ctx, "list-offsets", args, &found)
}

// Commit writes a group's offsets as kafka-consumer-groups does.
func (o *Oracle) Commit(ctx context.Context, group string, offsets []PartitionOffset) error {
	var done bool
	return o.call(ctx, "commit", map[string]any{"group": group, "offsets": offsets}, &done)
}

// Committed reads a group's committed offsets.
func (o *Oracle) Committed(ctx context.Context, group string) (Offsets, error) {
	var list []PartitionOffset
	if err := o.call(ctx, "committed", map[string]any{"group": group}, &list); err != nil {
		return nil, err
	}
	offsets := Offsets{}
	for _, at := range list {
		if offsets[at.Topic] == nil {
			offsets[at.Topic] = map[int32]int64{}
		}
		offsets[at.Topic][at.Partition] = at.Offset
	}
	return offsets, nil
}

// GroupDescription is a group as Java's admin client describes it.
type GroupDescription struct {
	Type       string        `json:"type"`
	State      string        `json:"state"`
	GroupEpoch *int          `json:"groupEpoch"` // nil for a classic group
	Members    []GroupMember `json:"members"`
}

// GroupMember is one member of a GroupDescription.
type GroupMember struct {
	ID         string   `json:"id"`
	ClientID   string   `json:"clientId"`
	Host       string   `json:"host"`
	Epoch      *int     `json:"epoch"`      // nil for a classic member
	Assignment []string `json:"assignment"` // topic-partition, sorted
}

// Describe describes a group, members sorted by ID.
func (o *Oracle) Describe(ctx context.Context, group string) (d GroupDescription, err error) {
	return d, o.call(ctx, "describe", map[string]any{"group": group}, &d)
}

// MemberReport says how it is with a live Java consumer. A rebalance shows as
// more calls of its listener, and in a classic group as another generation.
type MemberReport struct {
	Member        int      `json:"member"` // the oracle's number for it
	MemberID      string   `json:"memberId"`
	Generation    int      `json:"generation"` // of a classic group; the member epoch with the consumer protocol
	AssignedCalls int      `json:"assignedCalls"`
	RevokedCalls  int      `json:"revokedCalls"`
	Polls         int      `json:"polls"`
	Assignment    []string `json:"assignment"`
}

// Join starts a live consumer with the group protocol classic or consumer, and
// returns once it was given partitions. It polls until Leave.
func (o *Oracle) Join(ctx context.Context, group, protocol, clientID string, topics ...string) (r MemberReport, err error) {
	args := map[string]any{"group": group, "protocol": protocol, "clientId": clientID, "topics": topics}
	return r, o.call(ctx, "join", args, &r)
}

// Member reports on a live consumer, after two more polls of it.
func (o *Oracle) Member(ctx context.Context, member int) (r MemberReport, err error) {
	return r, o.call(ctx, "member", map[string]any{"member": member}, &r)
}

// Leave lets a live consumer leave its group; it returns when it has left.
func (o *Oracle) Leave(ctx context.Context, member int) (r MemberReport, err error) {
	return r, o.call(ctx, "leave", map[string]any{"member": member}, &r)
}

// WorldTopic is a topic of the random world.
type WorldTopic struct {
	Name       string `json:"name"`
	Partitions int32  `json:"partitions"`
	Compacted  bool   `json:"compacted"`
}

// BuildWorld creates topics in which offsets and records differ in every way
// that Kafka knows and fills them at random: every codec, batches with more
// records than bytes, transactions committed, aborted, interleaved and one that
// stays open as long as the Oracle lives, a log start inside a batch,
// LogAppendTime, null keys and values. The compacted ones are cleaned twice,
// with writes in between, and then left as they are.
func (o *Oracle) BuildWorld(ctx context.Context, k *Kafka, w *World, seed int64) (topics []WorldTopic, err error) {
	if err := o.call(ctx, "world", map[string]any{"seed": seed}, &topics); err != nil {
		return nil, err
	}
	for _, topic := range topics {
		if topic.Compacted {
			if err := o.compact(ctx, k, w, topic); err != nil {
				return nil, err
			}
		}
	}
	return topics, nil
}

func (o *Oracle) compact(ctx context.Context, k *Kafka, w *World, topic WorldTopic) error {
	if err := k.AwaitCleaned(ctx, topic.Name, topic.Partitions); err != nil {
		return err
	}
	var done bool
	if err := o.call(ctx, "append", map[string]any{"topic": topic.Name}, &done); err != nil {
		return err
	}
	if err := k.AwaitCleaned(ctx, topic.Name, topic.Partitions); err != nil {
		return err
	}
	// From here on the cleaner finds every record too young: a compacted topic
	// otherwise may change without a write.
	return w.AlterTopic(ctx, topic.Name, "min.compaction.lag.ms", "604800000")
}
