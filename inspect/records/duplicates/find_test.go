package duplicates

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"pgregory.net/rapid"
)

func b(s string) []byte { return []byte(s) }

func TestWhatIsEqual(t *testing.T) {
	header := func(pairs ...string) (headers []records.Header) {
		for i := 0; i < len(pairs); i += 2 {
			headers = append(headers, records.Header{Key: pairs[i], Value: b(pairs[i+1])})
		}
		return headers
	}
	for name, c := range map[string]struct {
		by      string
		log     []written
		want    [][][2]int64
		without int64
	}{
		"key and value":                         {by: "key+value", log: []written{{key: b("k"), value: b("v")}, {key: b("k"), value: b("w")}, {key: b("k"), value: b("v")}}, want: [][][2]int64{{{0, 0}, {0, 2}}}},
		"where a key ends is seen":              {by: "key+value", log: []written{{key: b("ab"), value: b("c")}, {key: b("a"), value: b("bc")}}},
		"null is not empty":                     {by: "key+value", log: []written{{key: nil, value: b("v")}, {key: b(""), value: b("v")}}},
		"null keys with equal values are equal": {by: "key+value", log: []written{{value: b("v")}, {value: b("v")}}, want: [][][2]int64{{{0, 0}, {0, 1}}}},
		"tombstones of one key are equal":       {by: "key+value", log: []written{{key: b("k")}, {key: b("k")}}, want: [][][2]int64{{{0, 0}, {0, 1}}}},
		"nothing is not equal to nothing":       {by: "key+value", log: []written{{}, {}}, without: 2},
		"headers do not count by default":       {by: "key+value", log: []written{{key: b("k"), headers: header("h", "1")}, {key: b("k")}}, want: [][][2]int64{{{0, 0}, {0, 1}}}},
		"headers and their order":               {by: "key+value+headers", log: []written{{key: b("k"), headers: header("h", "1", "i", "2")}, {key: b("k"), headers: header("i", "2", "h", "1")}, {key: b("k"), headers: header("h", "1", "i", "2")}}, want: [][][2]int64{{{0, 0}, {0, 2}}}},
		"by key, null keys left out":            {by: "key", log: []written{{key: b("k"), value: b("1")}, {}, {key: b("k"), value: b("2")}, {}}, want: [][][2]int64{{{0, 0}, {0, 2}}}, without: 2},
		"by an empty key":                       {by: "key", log: []written{{key: b("")}, {key: b("")}}, want: [][][2]int64{{{0, 0}, {0, 1}}}},
		"by value, tombstones left out":         {by: "value", log: []written{{key: b("1"), value: b("v")}, {key: b("1")}, {key: b("2"), value: b("v")}, {key: b("1")}}, want: [][][2]int64{{{0, 0}, {0, 2}}}, without: 2},
		"by the last header of a name":          {by: "header:id", log: []written{{headers: header("id", "1", "id", "7")}, {headers: header("id", "1")}, {headers: header("id", "7")}, {headers: []records.Header{{Key: "id"}}}}, want: [][][2]int64{{{0, 0}, {0, 2}}}, without: 1},
		"by a JSON pointer":                     {by: "json:/order/id", log: []written{{value: b(`{"order":{"id":7},"n":1}`)}, {value: b(` {"n": 2, "order": {"id": 7}}`)}, {value: b("no")}, {value: b(`{"order":{"id":null}}`)}, {value: b(`{"order":{"id":"7"}}`)}}, want: [][][2]int64{{{0, 0}, {0, 1}}}, without: 2},
	} {
		t.Run(name, func(t *testing.T) {
			f := &canned{logs: map[int32][]written{0: c.log}}
			found, err := Find(t.Context(), f, f.ranges(), generous(t, c.by))
			if err != nil || !reflect.DeepEqual(places(found.Sets), c.want) || found.Without != c.without || found.Scanned != int64(len(c.log))-c.without {
				t.Errorf("%v, %+v, want %v", err, found, c.want)
			}
		})
	}
}

func TestCauses(t *testing.T) {
	idempotent := func(p int32, offset, producer int64, epoch int16, sequence int32) Record {
		return Record{Partition: p, Offset: offset, has: hasProducer | hasSequence, producer: producer, epoch: epoch, sequence: sequence}
	}
	aborted := func(r Record) Record { r.Aborted, r.Transactional = true, true; return r }
	for name, c := range map[string]struct {
		records []Record
		want    Cause
	}{
		"no producer id":                              {[]Record{{Offset: 1}, {Offset: 2}}, CauseNotIdempotent},
		"one without a producer id":                   {[]Record{{Offset: 1}, idempotent(0, 2, 4, 0, 0)}, CauseNotIdempotent},
		"two producer ids":                            {[]Record{idempotent(0, 1, 4, 0, 0), idempotent(0, 2, 5, 0, 0)}, CauseSeveralProducers},
		"two epochs":                                  {[]Record{idempotent(0, 1, 4, 0, 0), idempotent(0, 2, 4, 1, 0)}, CauseNewEpoch},
		"two sequences":                               {[]Record{idempotent(0, 1, 4, 0, 0), idempotent(0, 2, 4, 0, 1)}, CauseSameProducer},
		"the same sequence in other partitions":       {[]Record{idempotent(0, 1, 4, 0, 7), idempotent(1, 1, 4, 0, 7)}, CauseSameProducer},
		"the same sequence in a partition":            {[]Record{idempotent(0, 1, 4, 0, 7), idempotent(0, 2, 4, 0, 7)}, CauseSameSequence},
		"the same sequence beside one without any":    {[]Record{{}, idempotent(0, 1, 4, 0, 7), idempotent(0, 2, 4, 0, 7)}, CauseSameSequence},
		"an aborted attempt":                          {[]Record{aborted(idempotent(0, 1, 4, 0, 0)), idempotent(0, 2, 5, 0, 0)}, CauseAborted},
		"aborted attempts only":                       {[]Record{aborted(idempotent(0, 1, 4, 0, 0)), aborted(idempotent(0, 2, 5, 0, 0))}, CauseAborted},
		"an aborted attempt and two that are not":     {[]Record{aborted(idempotent(0, 1, 4, 0, 0)), idempotent(0, 2, 5, 0, 0), idempotent(0, 3, 6, 0, 0)}, CauseSeveralProducers},
		"an aborted one of another producer is aside": {[]Record{aborted(idempotent(0, 1, 4, 0, 0)), idempotent(0, 2, 5, 0, 0), idempotent(0, 3, 5, 0, 1)}, CauseSameProducer},
	} {
		if got := (Set{Records: c.records}).Cause(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestWithinSplitsSetsByTime(t *testing.T) {
	at := func(ms int64) written { return written{key: b("k"), time: ms} }
	f := &canned{logs: map[int32][]written{0: {at(1000), at(9000), at(1900), at(0), at(8100), at(5000)}}}
	o := generous(t, "key+value")
	o.Within = 900 * time.Millisecond
	found, err := Find(t.Context(), f, f.ranges(), o)
	if want := [][][2]int64{{{0, 0}, {0, 2}}, {{0, 1}, {0, 4}}}; err != nil || !reflect.DeepEqual(places(found.Sets), want) {
		t.Fatalf("%v, %v, want %v", err, places(found.Sets), want)
	}
	if d := found.Sets[1].DistanceMs(); d == nil || *d != 900 || *found.Sets[1].DistanceOffsets() != 3 || *found.Sets[1].FirstMs() != 8100 {
		t.Errorf("%+v", found.Sets[1])
	}
}

func TestLimitsAreRefused(t *testing.T) {
	f := &canned{logs: map[int32][]written{0: {{key: b("a")}, {key: b("b")}, {key: b("a")}, {key: b("a")}, {}}}}
	for _, c := range []struct {
		what                 string
		records, held, bytes int64
		refused              bool
	}{
		{"records", 3, 100, 100, true},
		{"records", 4, 100, 100, false},
		{"duplicates", 100, 2, 100, true},
		{"duplicates", 100, 3, 100, false},
		{"bytes of keys", 100, 100, 0, true},
		{"bytes of keys", 100, 100, 1, false},
	} {
		o := generous(t, "key")
		o.MaxRecords, o.MaxDuplicates, o.MaxBytes = c.records, c.held, c.bytes
		found, err := Find(t.Context(), f, f.ranges(), o)
		var many *TooManyError
		if errors.As(err, &many) != c.refused || c.refused && many.What != c.what || !c.refused && (err != nil || found.Duplicates() != 2) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestAPartitionThatFailsIsARow(t *testing.T) {
	f := &canned{logs: map[int32][]written{0: {{key: b("k")}}, 1: {{key: b("k")}}, 2: {{key: b("k")}}}}
	f.fault = map[int32]*inspect.Fault{1: inspect.KafkaFault(inspect.CodeTopicAuthorizationFailed, "")}
	found, err := Find(t.Context(), f, f.ranges(), generous(t, "key"))
	if err != nil || len(found.Sets) != 1 || len(found.Sets[0].Records) != 2 || found.Read[1].Err == nil || found.Read[1].Reached != 0 {
		t.Fatalf("%v, %+v", err, found)
	}
	if found.Sets[0].DistanceOffsets() != nil {
		t.Error("offsets of two partitions have a distance")
	}
}

// What is deleted between the readings is said, and nothing is made up of it.
func TestRecordsDeletedBetweenTheReadings(t *testing.T) {
	f := &canned{logs: map[int32][]written{0: {{key: b("a")}, {key: b("a")}, {key: b("c")}, {key: b("c")}}}}
	readings := 0
	f.then = func(c *canned, _ inspect.TopicPartition) {
		if readings++; readings == 2 {
			c.start = 1
			c.logs[0] = append(c.logs[0], written{key: b("c")}) // and what is written is not read
		}
	}
	found, err := Find(t.Context(), f, f.ranges(), generous(t, "key"))
	want := [][][2]int64{{{0, 2}, {0, 3}}}
	if err != nil || found.Gone != 1 || !reflect.DeepEqual(places(found.Sets), want) || found.Read[0].LostToRetention == nil {
		t.Fatalf("%v, %+v", err, found)
	}
}

func TestTheContextEndsASearch(t *testing.T) {
	f := &canned{logs: map[int32][]written{0: {{key: b("a")}}}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Find(ctx, f, f.ranges(), generous(t, "key")); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// Whatever is in the partitions, the sets are those of a map.
func TestSetsAreThoseOfAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &canned{logs: map[int32][]written{}}
		small := rapid.SampledFrom([]string{"", "a", "b", "aa"})
		for p := range rapid.Int32Range(1, 3).Draw(t, "partitions") {
			f.logs[p] = nil
			for range rapid.IntRange(0, 30).Draw(t, "records") {
				w := written{key: b(small.Draw(t, "key")), value: b(small.Draw(t, "value"))}
				if rapid.Bool().Draw(t, "unkeyed") {
					w.key = nil
				}
				f.logs[p] = append(f.logs[p], w)
			}
		}
		model := map[string][][2]int64{}
		for p := range int32(len(f.logs)) {
			for i, w := range f.logs[p] {
				id := fmt.Sprintf("%#v", [][]byte{w.key, w.value})
				model[id] = append(model[id], [2]int64{int64(p), int64(i)})
			}
		}
		by, _ := ParseBy("key+value")
		found, err := Find(context.Background(), f, f.ranges(), Options{By: by, MaxRecords: 1000, MaxDuplicates: 1000, MaxBytes: 1000})
		if err != nil {
			t.Fatal(err)
		}
		var sets int
		for _, set := range places(found.Sets) {
			w := f.logs[int32(set[0][0])][set[0][1]]
			if want := model[fmt.Sprintf("%#v", [][]byte{w.key, w.value})]; !reflect.DeepEqual(set, want) {
				t.Fatalf("%v, want %v", set, want)
			}
			sets++
		}
		for _, of := range model {
			if len(of) > 1 {
				sets--
			}
		}
		if sets != 0 || found.Gone != 0 {
			t.Fatalf("%d sets too many, %d gone", sets, found.Gone)
		}
	})
}
