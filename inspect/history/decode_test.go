package history

import (
	"encoding/hex"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestKeys(t *testing.T) {
	orders := inspect.TopicPartition{Topic: "orders", Partition: 3}
	for name, row := range map[string]struct {
		bytes string
		want  Key
	}{
		"a commit before 0.9":                    {"000000086d792d67726f757000066f726465727300000003", Key{0, "my-group", orders, ""}},
		"a commit":                               {"000100086d792d67726f757000066f726465727300000003", Key{1, "my-group", orders, ""}},
		"a classic group":                        {"000200086d792d67726f7570", Key{Type: 2, Group: "my-group"}},
		"a KIP-848 member":                       {"0005000467383438001666334b746a453744524736595a68336e304545396477", Key{Type: 5, Group: "g848", Member: "f3KtjE7DRG6YZh3n0EE9dw"}},
		"a type of which only the group is read": {"006300046738343800ff", Key{Type: 99, Group: "g848"}},
	} {
		got, err := ParseKey(unhex(t, row.bytes))
		if err != nil || got != row.want {
			t.Errorf("%s: %+v %v, want %+v", name, got, err, row.want)
		}
	}
}

func TestCommitValues(t *testing.T) {
	at, end := time.UnixMilli(1700000000000).UTC(), time.UnixMilli(1700604800000).UTC()
	for name, row := range map[string]struct {
		bytes    string
		offset   int64
		epoch    *int32
		metadata string
		at       time.Time
		expires  *time.Time
	}{
		"version 0":                      {"000000000000000004d200016d0000018bcfe56800", 1234, nil, "m", at, nil},
		"version 1 names its end":        {"000100000000000004d200016d0000018bcfe568000000018bf3f1ec00", 1234, nil, "m", at, &end},
		"version 2":                      {"000200000000000004d200016d0000018bcfe56800", 1234, nil, "m", at, nil},
		"version 3 has a leader epoch":   {"000300000000000004d20000000500016d0000018bcfe56800", 1234, new(int32(5)), "m", at, nil},
		"version 4 is flexible":          {"000400000000000004d200000005026d0000018bcfe5680000", 1234, new(int32(5)), "m", at, nil},
		"version 4 with a topic ID":      {"000400000000000004d2ffffffff010000018bcfe568000100100102030405060708090a0b0c0d0e0f10", 1234, nil, "", at, nil},
		"4.3.1, an admin":                {"00040000000000000007ffffffff01000001a204eaf0df010010a43552c86d714e0e856d7c150e15e70e", 7, nil, "", time.UnixMilli(0x01a204eaf0df).UTC(), nil},
		"4.3.1, a member":                {"000400000000000001f40000000001000001a204de44a8010010a43552c86d714e0e856d7c150e15e70e", 500, new(int32(0)), "", time.UnixMilli(0x01a204de44a8).UTC(), nil},
		"4.3.1, a transaction has no ID": {"00040000000000000064000000000b74786e2d636f6d6d6974000001a204e10a6e00", 100, new(int32(0)), "txn-commit", time.UnixMilli(0x01a204e10a6e).UTC(), nil},
		"3.9.1":                          {"00030000000000000007ffffffff0000000001a204eafeea", 7, nil, "", time.UnixMilli(0x01a204eafeea).UTC(), nil},
	} {
		value := unhex(t, row.bytes)
		var v commitValue
		if err := v.parse(value); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c := v.point(0, false, point{}).commit()
		if c.Offset != row.offset || c.Metadata != row.metadata || !c.At.Equal(row.at) || !same(c.LeaderEpoch, row.epoch) || !same(c.ExpiresAt, row.expires) {
			t.Errorf("%s: %+v", name, c)
		}
		truncated(t, name, value, new(commitValue).parse)
		truncated(t, name, value, new(commitValue).parseAny)
	}
}

// The short way reads nothing that the long way does not read, nor otherwise.
func FuzzCommitValue(f *testing.F) {
	for version := range int16(5) {
		for _, metadata := range []string{"", "m", strings.Repeat("m", 126), strings.Repeat("m", 127)} {
			v := kmsg.OffsetCommitValue{Version: version, Offset: 1 << 40, LeaderEpoch: 9, Metadata: metadata, CommitTimestamp: 7, ExpireTimestamp: 8}
			f.Add(v.AppendTo(nil))
			v.UnknownTags.Set(0, make([]byte, 16))
			f.Add(v.AppendTo(nil))
		}
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		short, long := commitValue{topic: inspect.TopicID{1}}, commitValue{topic: inspect.TopicID{2}}
		if !short.parseUsual(value) {
			return
		}
		if err := long.parseAny(value); err != nil || !reflect.DeepEqual(short, long) {
			t.Errorf("%x: %+v, and %+v (%v)", value, short, long, err)
		}
	})
}

// Commits as brokers write them take the short way.
func TestUsualCommitsAreReadTheShortWay(t *testing.T) {
	for name, row := range map[string]struct {
		bytes string
		want  bool
	}{
		"4.3.1, with the topic's ID": {"000400000000000001f40000000001000001a204de44a8010010a43552c86d714e0e856d7c150e15e70e", true},
		"4.3.1, without":             {"00040000000000000064000000000b74786e2d636f6d6d6974000001a204e10a6e00", true},
		"3.9.1":                      {"00030000000000000007ffffffff0000000001a204eafeea", true},
		"before 2.1":                 {"000200000000000004d200016d0000018bcfe56800", false},
	} {
		if got := new(commitValue).parseUsual(unhex(t, row.bytes)); got != row.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func same[T comparable](a, b *T) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

// truncated cuts a value at each byte and adds one: neither can be read.
func truncated(t *testing.T, name string, value []byte, parse func([]byte) error) {
	t.Helper()
	for n := range value {
		if parse(value[:n]) == nil {
			t.Errorf("%s: its first %d bytes of %d are read", name, n, len(value))
		}
	}
	if parse(append(value[:len(value):len(value)], 0)) == nil {
		t.Errorf("%s: a byte too many is read", name)
	}
}

func TestGroupValues(t *testing.T) {
	const head = "0008636f6e73756d657200000007000572616e676500026d31"
	for name, row := range map[string]struct {
		bytes      string
		generation int32
		members    int
		instance   bool
		rebalance  bool
	}{
		"version 0":                   {"0000" + head + "0000000100026d310002633100092f31302e302e302e310000afc8000000020001000000020002", 7, 1, false, false},
		"version 1":                   {"0001" + head + "0000000100026d310002633100092f31302e302e302e31000493e00000afc8000000020001000000020002", 7, 1, false, true},
		"version 2":                   {"0002" + head + "0000018bcfe568000000000100026d310002633100092f31302e302e302e31000493e00000afc8000000020001000000020002", 7, 1, false, true},
		"version 3":                   {"0003" + head + "0000018bcfe568000000000100026d31000269310002633100092f31302e302e302e31000493e00000afc8000000020001000000020002", 7, 1, true, true},
		"version 4":                   {"000409636f6e73756d6572000000070672616e6765036d310000018bcfe5680002036d310369310363310a2f31302e302e302e31000493e00000afc80300010300020000", 7, 1, true, true},
		"an empty group":              {"00030008636f6e73756d657200000008ffffffff0000018bcfe56be800000000", 8, 0, false, false},
		"the first record of a group": {"0003000000000000ffffffff000001a204de40c700000000", 0, 0, false, false},
		"Redpanda: a version before every member": {"0003" + head + "0000018bcfe5680000000001000300026d31000269310002633100092f31302e302e302e31000493e00000afc8000000020001000000020002", 7, 1, true, true},
	} {
		value := unhex(t, row.bytes)
		v, err := parseGroupValue(value)
		if err != nil || v.generation != row.generation || len(v.members) != row.members {
			t.Errorf("%s: %+v %v", name, v, err)
			continue
		}
		truncated(t, name, value, func(b []byte) error { _, err := parseGroupValue(b); return err })
		if row.members == 0 {
			continue
		}
		m := v.members[0]
		if m.ID != "m1" || m.ClientID != "c1" || m.Host != "/10.0.0.1" || *m.SessionTimeout != 45*time.Second ||
			(m.InstanceID != nil) != row.instance || (m.RebalanceTimeout != nil) != row.rebalance {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

// As Kafka 4.3.1 wrote them.
func TestConsumerGroupValues(t *testing.T) {
	epoch := func(b []byte) error { _, err := parseEpoch(b); return err }
	current := func(b []byte) error { _, err := parseCurrent(b); return err }
	for name, row := range map[string]struct {
		bytes string
		parse func([]byte) error
	}{
		"type 3, with the hash of its metadata": {"000000000002010008312c03b3a0069f7c", epoch},
		"type 3, without":                       {"00000000000300", epoch},
		"type 5": {"0000000010636f6e73756d65722d673834382d310b2f3132372e302e302e3102026301000493e00001000100",
			func(b []byte) error { _, err := parseConsumerMember("m", b); return err }},
		"type 7": {"000002a43552c86d714e0e856d7c150e15e70e0300000000000000010000",
			func(b []byte) error { _, err := parseTarget(b); return err }},
		"type 8, an epoch for each partition": {"000000000002000000000002a43552c86d714e0e856d7c150e15e70e0300000000000000010100090300000002000000020100", current},
	} {
		value := unhex(t, row.bytes)
		if err := row.parse(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		truncated(t, name, value, row.parse)
	}
	list, _ := parseCurrent(unhex(t, "000000000002000000000002a43552c86d714e0e856d7c150e15e70e0300000000000000010100090300000002000000020100"))
	if len(list) != 1 || len(list[0].partitions) != 2 || list[0].partitions[1] != 1 {
		t.Errorf("type 8: %+v", list)
	}
	m, _ := parseConsumerMember("m", unhex(t, "0000000010636f6e73756d65722d673834382d310b2f3132372e302e302e3102026301000493e00001000100"))
	if m.ClientID != "consumer-g848-1" || m.Host != "/127.0.0.1" || len(m.Topics) != 1 || *m.RebalanceTimeout != 5*time.Minute {
		t.Errorf("type 5: %+v", m)
	}
}

// What an independent encoder writes in every version is read back.
func TestRoundTripsWithKmsg(t *testing.T) {
	for version := range int16(5) {
		v := kmsg.OffsetCommitValue{Version: version, Offset: 1 << 40, LeaderEpoch: 9, Metadata: "é", CommitTimestamp: 7, ExpireTimestamp: 8}
		var got commitValue
		err := got.parse(v.AppendTo(nil))
		if err != nil || got.offset != 1<<40 || string(got.metadata) != "é" || got.at != 7 {
			t.Errorf("commit version %d: %+v %v", version, got, err)
		}
		g := kmsg.GroupMetadataValue{Version: version, ProtocolType: "consumer", Generation: 3, Protocol: new("range")}
		for _, id := range []string{"b", "a"} {
			m := kmsg.NewGroupMetadataValueMember()
			m.MemberID, m.ClientID, m.SessionTimeoutMillis = id, "c", 6000
			m.Subscription = (&kmsg.ConsumerMemberMetadata{Version: 3, Topics: []string{"t", "u"}}).AppendTo(nil)
			a := kmsg.ConsumerMemberAssignment{Version: 1}
			a.Topics = []kmsg.ConsumerMemberAssignmentTopic{{Topic: "t", Partitions: []int32{2, 0}}}
			m.Assignment = a.AppendTo(nil)
			g.Members = append(g.Members, m)
		}
		group, err := parseGroupValue(g.AppendTo(nil))
		if err != nil || len(group.members) != 2 || group.protocol != "range" {
			t.Fatalf("group version %d: %+v %v", version, group, err)
		}
		m := group.members[0]
		if m.ID != "a" || len(m.Topics) != 2 || len(m.Assignment) != 2 || m.Assignment[0].Partition != 0 {
			t.Errorf("group version %d: %+v", version, m)
		}
	}
}
