package records

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/kofs/kofs/inspect"
)

func listAll(t *testing.T, f Fetcher, r Range, o ListOptions) ([]Record, Listed) {
	t.Helper()
	var got []Record
	out, err := List(context.Background(), f, []Range{r}, o, func(rec *Record) error {
		got = append(got, rec.Clone())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got, out[0]
}

func TestARecordIsGivenAsItStandsInTheLog(t *testing.T) {
	one := func(change func(*spec)) *broker { return logOf(dense(0, 1, change)) }
	rows := map[string]struct {
		broker *broker
		want   string // the fields that differ from those of a plain record
	}{
		"a plain record":   {logOf(dense(0, 1)), `{}`},
		"a null key":       {one(func(s *spec) { s.recs[0].key = nil }), `{"Key":null}`},
		"an empty key":     {one(func(s *spec) { s.recs[0].key = []byte{} }), `{"Key":""}`},
		"a tombstone":      {one(func(s *spec) { s.recs[0].value = nil }), `{"Value":null}`},
		"an empty value":   {one(func(s *spec) { s.recs[0].value = []byte{} }), `{"Value":""}`},
		"no timestamp":     {one(func(s *spec) { s.recs[0].timestamp = -1 }), `{"TimestampMs":null}`},
		"timestamp 0":      {one(func(s *spec) { s.recs[0].timestamp = 0 }), `{"TimestampMs":0}`},
		"a negative one":   {one(func(s *spec) { s.recs[0].timestamp = -2 }), `{"TimestampMs":-2}`},
		"LogAppendTime":    {one(func(s *spec) { s.attributes |= logAppendTimeBit; s.maxTime = 77 }), `{"TimestampMs":77,"TimestampType":"LogAppendTime"}`},
		"a delete horizon": {one(func(s *spec) { s.attributes |= 0x40; s.baseTime = 5_000_000 }), `{}`},
		"only headers": {one(func(s *spec) {
			s.recs[0] = rec{timestamp: 1000, headers: []Header{{"a", nil}, {"a", []byte{}}, {"", []byte("x")}}}
		}), `{"Headers":[{"Key":"a","Value":null},{"Key":"a","Value":""},{"Key":"","Value":"eA=="}],"Key":null,"Value":null}`},
		"idempotent producer": {logOf(dense(0, 1, idempotent(9))), `{"ProducerEpoch":3,"ProducerID":9,"Sequence":0}`},
		"a transaction":       {logOf(dense(0, 1, inTransaction(9))), `{"ProducerEpoch":3,"ProducerID":9,"Sequence":0,"Transactional":true}`},
	}
	plain, _ := listAll(t, logOf(dense(0, 1)), over(0, 1), ListOptions{})
	base := fields(t, plain[0])
	const want = `{"Aborted":false,"Control":null,"Headers":null,"Key":"aw==","LeaderEpoch":7,"Offset":0,"Partition":3,"ProducerEpoch":null,"ProducerID":null,"Sequence":null,"TimestampMs":1000,"TimestampType":"CreateTime","Topic":"orders","Transactional":false,"Undecided":false,"Value":"dg=="}`
	if got := string(must2(json.Marshal(base))); got != want {
		t.Fatalf("a plain record is %s", got)
	}
	for name, row := range rows {
		for _, c := range []with{compressed(codecNone), compressed(codecGzip), compressed(codecSnappy), framed, compressed(codecLZ4), compressed(codecZstd)} {
			t.Run(name, func(t *testing.T) {
				b := logOf(recompressed(row.broker.batches[0], c))
				got, listed := listAll(t, b, over(0, 1), ListOptions{})
				if len(got) != 1 || !listed.Done {
					t.Fatalf("%v, %+v", got, listed)
				}
				differs := fields(t, got[0])
				for k, v := range base {
					if fmt.Sprint(differs[k]) == fmt.Sprint(v) {
						delete(differs, k)
					}
				}
				if s := must2(json.Marshal(differs)); string(s) != row.want {
					t.Errorf("%s, want %s", s, row.want)
				}
			})
		}
	}
}

// recompressed is an uncompressed batch with another codec.
func recompressed(b []byte, c with) []byte {
	h := parseHeader(b)
	s := spec{base: h.base, last: h.last, attributes: h.attributes, baseTime: int64be(b, atBaseTimestamp), maxTime: int64be(b, atMaxTimestamp),
		producer: h.producerID, epoch: int16be(b, atProducerEpoch), sequence: int32be(b, atBaseSequence), content: b[headerSize:]}
	counting32(int32(h.count))(&s)
	c(&s)
	return s.bytes()
}

// fields are a record's fields by name; null and empty differ.
func fields(t *testing.T, r Record) map[string]any {
	var out map[string]any
	if err := json.Unmarshal(must2(json.Marshal(r)), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func must2(b []byte, err error) []byte {
	must(0, err)
	return b
}

func TestASequenceGoesOnAtZeroAfterTheGreatest(t *testing.T) {
	b := logOf(holes(0, 5, []int64{0, 2, 3, 5}, idempotent(1), func(s *spec) { s.sequence = math.MaxInt32 - 2 }))
	got, _ := listAll(t, b, over(0, 6), ListOptions{})
	var sequences []int32
	for _, r := range got {
		sequences = append(sequences, *r.Sequence)
	}
	if fmt.Sprint(sequences) != fmt.Sprint([]int32{math.MaxInt32 - 2, math.MaxInt32, 0, 2}) {
		t.Error(sequences)
	}
}

func TestAbortedControlAndUndecidedRecordsAreMarked(t *testing.T) {
	b := &broker{log: inspect.Log{LastStable: 7, HighWatermark: 10},
		batches: [][]byte{dense(0, 2, inTransaction(1)), control(2, 1, 0), dense(3, 2), control(5, 2, 1), control(6, -1, 99),
			dense(7, 1, inTransaction(3)), dense(8, 1), control(9, 4, 1)},
		aborted: []transaction{abortedFrom(1, 0, 2)}}
	rows := map[string]ListOptions{
		"0a 1a 3 4 7u 8":              {},
		"3 4":                         {Isolation: inspect.ReadCommitted},
		"0a 1a 3 4":                   {Isolation: inspect.ReadCommitted, IncludeAborted: true},
		"2abort 3 4 5commit 6unknown": {Isolation: inspect.ReadCommitted, IncludeControl: true},
		"0a 1a 2abort 3 4 5commit 6unknown 7u 8 9commit": {IncludeControl: true, IncludeAborted: true},
	}
	for want, o := range rows {
		got, listed := listAll(t, b, over(0, 10), o)
		if s := marked(got); s != want {
			t.Errorf("%+v: %q, want %q", o, s, want)
		}
		end := int64(10)
		if o.Isolation == inspect.ReadCommitted {
			end = 7
		}
		if !listed.Done || listed.Reached != end || listed.Records != int64(len(got)) {
			t.Errorf("%+v: %+v", o, listed)
		}
	}
}

func marked(records []Record) string {
	var out []string
	for _, r := range records {
		s := fmt.Sprint(r.Offset)
		if r.Aborted {
			s += "a"
		}
		if r.Undecided {
			s += "u"
		}
		if r.Control != nil {
			s += string(*r.Control)
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestYieldsErrorEndsTheListing(t *testing.T) {
	full := errors.New("disk full")
	n := 0
	out, err := List(context.Background(), logOf(dense(0, 9)), []Range{over(0, 9), over(0, 9)}, ListOptions{}, func(*Record) error {
		if n++; n == 3 {
			return full
		}
		return nil
	})
	if err != full || n != 3 || len(out) != 2 || out[0].Err != nil || out[0].Done || out[1].Done {
		t.Errorf("%v after %d, %+v", err, n, out)
	}
}

func TestOneRangesErrorDoesNotEndTheListing(t *testing.T) {
	bad := dense(3, 2)
	bad[len(bad)-1]++
	var got []Record
	out, err := List(context.Background(), logOf(dense(0, 3), bad), []Range{over(0, 5), over(1, 2), over(4, 4)}, ListOptions{},
		func(r *Record) error { got = append(got, r.Clone()); return nil })
	if err != nil || out[0].Err == nil || out[0].Done || out[0].Reached != 3 || !out[1].Done || !out[2].Done {
		t.Errorf("%+v, %v", out, err)
	}
	if marked(got) != "0 1 2 1" {
		t.Error(marked(got))
	}
}

func TestAContextThatEndsIsReturned(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	b := logOf(dense(0, 3), dense(3, 3))
	b.size = 1
	out, err := List(ctx, b, []Range{over(0, 6)}, ListOptions{}, func(*Record) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) || out[0].Done || out[0].Records != 3 || out[0].Reached != 3 {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestListTellsItsProgressAndWhatWasLost(t *testing.T) {
	b := logOf(dense(0, 10), dense(10, 10))
	b.log.Start = 4
	var last Progress
	got, listed := listAll(t, b, over(0, 20), ListOptions{Progress: func(p Progress) { last = p }})
	if len(got) != 16 || listed.LostToRetention == nil || *listed.LostToRetention != 4 || !listed.Done {
		t.Errorf("%d, %+v", len(got), listed)
	}
	if last.Records != 16 || last.Offsets != 20 || last.Span != 20 || last.Bytes == 0 {
		t.Errorf("%+v", last)
	}
}

func TestListingUsesItsMemoryAgain(t *testing.T) {
	var batches [][]byte
	for i := range int64(200) {
		batches = append(batches, dense(i*10, 10, compressed(codecZstd), idempotent(1)))
	}
	b := logOf(batches...)
	per := func(until int64) float64 {
		return testing.AllocsPerRun(5, func() {
			_, err := List(context.Background(), b, []Range{over(0, until)}, ListOptions{}, func(*Record) error { return nil })
			must(0, err)
		})
	}
	few, many := per(100), per(2000)
	if many > few+190/2 { // 190 more batches; the fake broker's own answers grow a little
		t.Errorf("%v allocations for 100 records, %v for 2000", few, many)
	}
}

func TestSampleDoesNotReadTheMiddle(t *testing.T) {
	var batches [][]byte
	for i := range int64(1000) {
		batches = append(batches, dense(i*10, 10))
	}
	batches[998] = holes(9980, 9989, nil)
	batches[999] = control(9999, 1, 1)
	b := logOf(batches...)
	b.size = 1
	out, err := Sample(context.Background(), b, []Range{over(0, 10000)}, 3, ListOptions{})
	if err != nil || marked(out[0].First) != "0 1 2" || marked(out[0].Last) != "9977 9978 9979" || !out[0].Between || b.answers > 10 {
		t.Errorf("%s, %s, %+v in %d answers, %v", marked(out[0].First), marked(out[0].Last), out[0].Between, b.answers, err)
	}
}

func TestSampleShowsNoRecordTwice(t *testing.T) {
	rows := []struct {
		records, n  int
		first, last string
		between     bool
	}{
		{0, 2, "", "", false}, {1, 2, "0", "", false}, {2, 2, "0 1", "", false}, {3, 2, "0 1", "2", false},
		{4, 2, "0 1", "2 3", false}, {5, 2, "0 1", "3 4", true}, {5, 0, "", "", false},
	}
	for _, row := range rows {
		b := logOf()
		if row.records > 0 {
			b = logOf(dense(0, row.records))
		}
		out, err := Sample(context.Background(), b, []Range{over(0, int64(row.records))}, row.n, ListOptions{})
		if err != nil || marked(out[0].First) != row.first || marked(out[0].Last) != row.last || out[0].Between != row.between {
			t.Errorf("%+v: %s | %s, %v, %v", row, marked(out[0].First), marked(out[0].Last), out[0].Between, err)
		}
	}
}

func TestSampleSaysThatTheUnreadMayHoldRecords(t *testing.T) {
	b := logOf(dense(0, 10), dense(100, 2))
	out, err := Sample(context.Background(), b, []Range{over(0, 102)}, 2, ListOptions{})
	if err != nil || marked(out[0].Last) != "100 101" || !out[0].Between {
		t.Errorf("%+v, %v", out[0], err)
	}
}

func TestSampleReportsWhatCannotBeRead(t *testing.T) {
	bad := dense(90, 10)
	bad[len(bad)-1]++
	out, err := Sample(context.Background(), logOf(dense(0, 90), bad), []Range{over(0, 100)}, 2, ListOptions{})
	if err != nil || marked(out[0].First) != "0 1" || out[0].Err == nil {
		t.Errorf("%+v, %v", out, err)
	}
}
