package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// offset-log GROUP FILE: writes what the file says into __consumer_offsets, as the
// coordinator would have. One event a line, at a time of the day of seedStart, or
// at an RFC 3339 one:
//
//	03:00:00 generation 1 range session=6s poll=5m a=orders:0 b=orders:1
//	03:00:05 commit orders:0=5 orders:1=5
//	03:00:30 generation 2                  the last member is gone
//	03:01:00 delete orders:0
//
// A member called a/one has the group instance ID "one". It is for the embedded
// broker only, which keeps no such log: a real coordinator comes to harm by records
// that it did not write, and internal/kafkatest/twice makes it write them.
func offsetLog(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: offset-log GROUP FILE")
	}
	w := ts.Value(worldKey{}).(*scriptWorld)
	text, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	if w.embedded == nil {
		ts.Fatalf("the offset log of a real broker is not written by scripts")
	}
	log := groupLog{group: args[0]}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 {
			ts.Check(log.event(fields[0], fields[1], fields[2:]))
		}
	}
	_, err = w.ProduceBatch(w.ctx, kafkatest.Batch{
		Topic: "__consumer_offsets", Partition: kafkatest.OffsetsPartition(args[0]), Records: log.records,
	})
	ts.Check(err)
}

// groupLog are records of one group on their way into the offset log.
type groupLog struct {
	group   string
	active  bool // there are members
	records []kafkatest.Record
}

func (l *groupLog) event(clock, verb string, args []string) error {
	at, err := time.Parse(time.RFC3339, clock)
	if err != nil {
		at, err = time.Parse(time.DateTime, seedStart.Format(time.DateOnly)+" "+clock)
	}
	if err != nil {
		return err
	}
	switch verb {
	case "generation":
		return l.generation(at, args)
	case "commit":
		return l.commit(at, args)
	case "delete":
		return l.remove(at, args)
	}
	return fmt.Errorf("there is no event %q", verb)
}

func (l *groupLog) put(at time.Time, key, value []byte) {
	l.records = append(l.records, kafkatest.Record{Key: key, Value: value, Timestamp: at})
}

func (l *groupLog) key(at inspect.TopicPartition) []byte {
	return (&kmsg.OffsetCommitKey{Version: 1, Group: l.group, Topic: at.Topic, Partition: at.Partition}).AppendTo(nil)
}

// commit carries a leader epoch if it is a member's, and none if it is a tool's.
func (l *groupLog) commit(at time.Time, args []string) error {
	offsets, err := parseOffsets(args)
	if err != nil {
		return err
	}
	epoch := int32(-1)
	if l.active {
		epoch = 0
	}
	for topic, partitions := range offsets {
		for p, offset := range partitions {
			v := kmsg.OffsetCommitValue{Version: 3, Offset: offset, LeaderEpoch: epoch, CommitTimestamp: at.UnixMilli()}
			l.put(at, l.key(inspect.TopicPartition{Topic: topic, Partition: p}), v.AppendTo(nil))
		}
	}
	return nil
}

func (l *groupLog) remove(at time.Time, args []string) error {
	for _, arg := range args {
		topic, partitions, err := parsePlace(arg)
		if err != nil {
			return err
		}
		for _, p := range partitions {
			l.put(at, l.key(inspect.TopicPartition{Topic: topic, Partition: p}), nil)
		}
	}
	return nil
}

// generation N [ASSIGNOR] [session=D] [poll=D] [MEMBER=TOPIC:P,...]...
func (l *groupLog) generation(at time.Time, args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	v := kmsg.GroupMetadataValue{Version: 3, ProtocolType: "consumer", Generation: int32(n), CurrentStateTimestamp: at.UnixMilli()}
	limits := map[string]time.Duration{"session": 45 * time.Second, "poll": 5 * time.Minute}
	for _, arg := range args[1:] {
		name, value, ok := strings.Cut(arg, "=")
		switch _, isLimit := limits[name]; {
		case !ok:
			v.Protocol = &arg
		case isLimit:
			limits[name], err = time.ParseDuration(value)
		default:
			var m kmsg.GroupMetadataValueMember
			m, err = memberOf(name, value, limits)
			v.Members = append(v.Members, m)
		}
		if err != nil {
			return err
		}
	}
	l.active = len(v.Members) > 0
	l.put(at, (&kmsg.GroupMetadataKey{Version: 2, Group: l.group}).AppendTo(nil), v.AppendTo(nil))
	return nil
}

func memberOf(name, place string, limits map[string]time.Duration) (kmsg.GroupMetadataValueMember, error) {
	m := kmsg.NewGroupMetadataValueMember()
	topic, partitions, err := parsePlace(place)
	if err != nil {
		return m, err
	}
	name, instance, static := strings.Cut(name, "/")
	if static {
		m.InstanceID = &instance
	}
	m.MemberID, m.ClientID, m.ClientHost = name, "consumer-"+name, "/10.0.0.7"
	m.SessionTimeoutMillis = int32(limits["session"].Milliseconds())
	m.RebalanceTimeoutMillis = int32(limits["poll"].Milliseconds())
	m.Subscription = (&kmsg.ConsumerMemberMetadata{Topics: []string{topic}}).AppendTo(nil)
	m.Assignment = (&kmsg.ConsumerMemberAssignment{Topics: []kmsg.ConsumerMemberAssignmentTopic{{Topic: topic, Partitions: partitions}}}).AppendTo(nil)
	return m, nil
}

// parsePlace is that of orders:0,1; a topic alone is none of its partitions.
func parsePlace(place string) (topic string, partitions []int32, err error) {
	topic, list, ok := strings.Cut(place, ":")
	if !ok {
		return topic, nil, nil
	}
	for number := range strings.SplitSeq(list, ",") {
		p, err := strconv.Atoi(number)
		if err != nil {
			return "", nil, err
		}
		partitions = append(partitions, int32(p))
	}
	slices.Sort(partitions)
	return topic, partitions, nil
}
