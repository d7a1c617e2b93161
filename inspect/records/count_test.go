package records

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/kofs/kofs/inspect"
)

func abortedFrom(pid, first, markerAt int64) transaction {
	return transaction{AbortedTransaction{ProducerID: pid, FirstOffset: first}, markerAt}
}

// put changes a field of a batch and seals it again.
func put(b []byte, at int, field ...byte) []byte {
	copy(b[at:], field)
	return sealed(b)
}

func TestEveryOddityIsCountedAsAConsumerWouldBeGivenIt(t *testing.T) {
	type want struct {
		uncommitted, committed, markers int64
	}
	rows := map[string]struct {
		broker *broker
		Range
		want want
	}{
		"batches wholly inside count by their header": {
			logOf(dense(0, 5), dense(5, 5)), over(0, 10), want{10, 10, 0}},
		"a dense batch across both bounds counts by arithmetic": {
			logOf(dense(0, 10)), over(3, 7), want{4, 4, 0}},
		"a gap at the head of a batch": {
			logOf(holes(0, 9, []int64{4, 5, 9})), over(0, 10), want{3, 3, 0}},
		"a gap at the tail of a batch moves the position over it": {
			logOf(holes(0, 9, []int64{0, 1}), dense(10, 2)), over(0, 12), want{4, 4, 0}},
		"a batch with gaps across From is looked into": {
			logOf(holes(0, 9, []int64{0, 2, 4, 6, 8})), over(3, 10), want{3, 3, 0}},
		"a batch with gaps across Until is looked into": {
			logOf(holes(0, 9, []int64{0, 2, 4, 6, 8})), over(0, 4), want{2, 2, 0}},
		"a compressed batch with gaps across both bounds is looked into": {
			logOf(holes(0, 9, []int64{0, 2, 4, 6, 8}, compressed(codecZstd))), over(1, 7), want{3, 3, 0}},
		"whole batches are missing": {
			logOf(dense(0, 2), dense(50, 2)), over(0, 52), want{4, 4, 0}},
		"a gap spans Until, so a batch begins beyond it and adds nothing": {
			logOf(dense(0, 2), dense(50, 2)), over(0, 20), want{2, 2, 0}},
		"a batch with gaps begins beyond Until and adds nothing": {
			logOf(dense(0, 2), holes(50, 59, []int64{51, 57})), over(0, 20), want{2, 2, 0}},
		"an empty batch, kept for its producer's sequence, takes offsets and has no records": {
			logOf(dense(0, 37), holes(37, 54, nil), dense(55, 1)), over(0, 56), want{38, 38, 0}},
		"an empty batch alone is the whole range": {
			logOf(holes(0, 9, nil)), over(0, 10), want{0, 0, 0}},
		"an empty control batch is no abort marker": {
			&broker{log: inspect.Log{LastStable: 8, HighWatermark: 8},
				batches: [][]byte{dense(0, 2, inTransaction(1)), holes(2, 2, nil, inTransaction(1), func(s *spec) { s.attributes |= controlBit }),
					dense(3, 2, inTransaction(1)), control(5, 1, 0), dense(6, 2, inTransaction(1))},
				aborted: []transaction{abortedFrom(1, 0, 5)}}, over(0, 8), want{6, 2, 1}},
		"aborted records are given to read_uncommitted only": {
			&broker{log: inspect.Log{LastStable: 6, HighWatermark: 6},
				batches: [][]byte{dense(0, 2, inTransaction(1)), control(2, 1, 0), dense(3, 2, inTransaction(1)), control(5, 1, 1)},
				aborted: []transaction{abortedFrom(1, 0, 2)}}, over(0, 6), want{4, 2, 2}},
		"interleaved transactions, one aborted": {
			&broker{log: inspect.Log{LastStable: 10, HighWatermark: 10},
				batches: [][]byte{dense(0, 2, inTransaction(1)), dense(2, 3, inTransaction(2)), dense(5, 1, inTransaction(1)),
					control(6, 2, 0), dense(7, 1), control(8, 1, 1), dense(9, 1, inTransaction(2))},
				aborted: []transaction{abortedFrom(2, 2, 6)}}, over(0, 10), want{8, 5, 2}},
		"an aborted transaction that began before From": {
			&broker{log: inspect.Log{LastStable: 7, HighWatermark: 7},
				batches: [][]byte{dense(0, 3, inTransaction(1)), dense(3, 3, inTransaction(1)), control(6, 1, 0)},
				aborted: []transaction{abortedFrom(1, 0, 6)}}, over(4, 7), want{2, 0, 1}},
		"the list of aborted transactions comes in any order": {
			&broker{log: inspect.Log{LastStable: 10, HighWatermark: 10},
				batches: [][]byte{dense(0, 2, inTransaction(1)), control(2, 1, 0), dense(3, 2, inTransaction(1)), control(5, 1, 1),
					dense(6, 2, inTransaction(1)), control(8, 1, 0), dense(9, 1)},
				aborted: []transaction{abortedFrom(1, 6, 8), abortedFrom(1, 0, 2)}}, over(0, 10), want{7, 3, 3}},
		"the list of aborted transactions has one twice and one of a producer that wrote nothing here": {
			&broker{log: inspect.Log{LastStable: 6, HighWatermark: 6},
				batches: [][]byte{dense(0, 2, inTransaction(1)), control(2, 1, 0), dense(3, 3, inTransaction(1))},
				aborted: []transaction{abortedFrom(1, 0, 2), abortedFrom(99, 1, 5), abortedFrom(1, 0, 2)}}, over(0, 6), want{5, 3, 1}},
		"an aborted transaction with an ID below zero takes nothing from those without producer": {
			&broker{log: inspect.Log{LastStable: 3, HighWatermark: 3}, batches: [][]byte{dense(0, 3)},
				aborted: []transaction{abortedFrom(-1, 0, 2)}}, over(0, 3), want{3, 3, 0}},
		"an open transaction is given to read_uncommitted only, and so is all behind it": {
			&broker{log: inspect.Log{LastStable: 2, HighWatermark: 8},
				batches: [][]byte{dense(0, 2), dense(2, 3, inTransaction(1)), dense(5, 3)}}, over(0, 8), want{8, 2, 0}},
		"a gap reaches up to an open transaction, which read_committed cannot see": {
			&broker{log: inspect.Log{LastStable: 10, HighWatermark: 13},
				batches: [][]byte{dense(0, 2), dense(10, 3, inTransaction(1))}}, over(0, 13), want{5, 2, 0}},
		"a gap before an open transaction is the whole range": {
			&broker{log: inspect.Log{LastStable: 10, HighWatermark: 13},
				batches: [][]byte{dense(0, 2), dense(10, 3, inTransaction(1))}}, over(2, 10), want{0, 0, 0}},
		"a range that lies past the last stable offset": {
			&broker{log: inspect.Log{LastStable: 2, HighWatermark: 8},
				batches: [][]byte{dense(0, 2), dense(2, 3, inTransaction(1)), dense(5, 2), control(7, 9, 1)}}, over(4, 8), want{3, 0, 1}},
		"a second abort marker for the same transaction changes nothing": {
			&broker{log: inspect.Log{LastStable: 6, HighWatermark: 6},
				batches: [][]byte{dense(0, 2, inTransaction(1)), control(2, 1, 0), control(3, 1, 0), dense(4, 2, inTransaction(1))},
				aborted: []transaction{abortedFrom(1, 0, 3)}}, over(0, 6), want{4, 2, 2}},
		"an abort marker whose records were compacted away": {
			logOf(control(4, 1, 0), dense(5, 2, inTransaction(1))), over(0, 7), want{2, 2, 1}},
		"a COMMIT marker does not end an aborted transaction": {
			&broker{log: inspect.Log{LastStable: 6, HighWatermark: 6},
				batches: [][]byte{dense(0, 2, inTransaction(1)), control(2, 1, 1), dense(3, 2, inTransaction(1)), control(5, 1, 0)},
				aborted: []transaction{abortedFrom(1, 0, 5)}}, over(0, 6), want{4, 0, 2}},
		"an idempotent batch outside transactions is delivered though its producer is aborting": {
			&broker{log: inspect.Log{LastStable: 5, HighWatermark: 5},
				batches: [][]byte{dense(0, 2, inTransaction(1)), dense(2, 2, idempotent(1)), control(4, 1, 0)},
				aborted: []transaction{abortedFrom(1, 0, 4)}}, over(0, 5), want{4, 2, 1}},
		"the log starts inside a batch": {
			&broker{log: inspect.Log{Start: 1237, LastStable: 1243, HighWatermark: 1243},
				batches: [][]byte{dense(1236, 5), dense(1241, 2)}}, over(1237, 1243), want{6, 6, 0}},
		"an answer's last batch is cut off": {
			&broker{log: inspect.Log{LastStable: 6, HighWatermark: 6}, size: 100,
				batches: [][]byte{dense(0, 2), dense(2, 2), dense(4, 2)}}, over(0, 6), want{6, 6, 0}},
		"a control batch of KRaft has no producer": {
			logOf(control(0, -1, 2), dense(1, 1)), over(0, 2), want{1, 1, 1}},
		"Until lies past the end of the log": {
			logOf(dense(0, 3)), over(0, 50), want{3, 3, 0}},
		"an empty range": {
			logOf(dense(0, 3)), over(2, 2), want{0, 0, 0}},
	}
	for name, row := range rows {
		for _, size := range []int{0, 1, 100} {
			t.Run(fmt.Sprintf("%s, answers of %d bytes", name, size), func(t *testing.T) {
				b := *row.broker
				b.size = size
				c := countOne(t, &b, row.Range, CountOptions{MaxDecompressed: 1000})
				c.First, c.Last, c.BytesRead, c.Reached = nil, nil, 0, 0
				exact := Counted{Range: row.Range, Done: true, ReadUncommitted: row.want.uncommitted, ReadCommitted: row.want.committed,
					Markers: row.want.markers}
				exact.Aborted = c.Aborted
				if c != exact {
					t.Errorf("counted %+v, want %+v", c, exact)
				}
				for level, n := range map[inspect.Isolation]int64{inspect.ReadUncommitted: row.want.uncommitted, inspect.ReadCommitted: row.want.committed} {
					if got, listed := listAll(t, &b, row.Range, ListOptions{Isolation: level}); int64(len(got)) != n || !listed.Done {
						t.Errorf("%s: listed %s, want %d; %+v", level, marked(got), n, listed)
					}
				}
			})
		}
	}
}

func countOne(t *testing.T, f Fetcher, r Range, o CountOptions) Counted {
	t.Helper()
	out, err := Count(context.Background(), f, []Range{r}, o)
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

func TestALastBatchThatCannotBeReadTakesTheExactnessAway(t *testing.T) {
	c := countOne(t, logOf(dense(0, 2), dense(2, 2, counting32(1))), over(0, 4), CountOptions{})
	if c.Done || c.Err == nil || c.Reached != 2 || c.ReadUncommitted != 2 || c.AtMost(inspect.ReadCommitted) != 4 {
		t.Errorf("%+v", c)
	}
}

func TestADenseBatchTooLargeToLookIntoStillHasItsOffsets(t *testing.T) {
	big := dense(5, 4, compressed(codecZstd), func(s *spec) { s.recs[0].value = make([]byte, 4000) })
	c := countOne(t, logOf(big), over(6, 8), CountOptions{MaxDecompressed: 1000})
	if !c.Done || c.Err != nil || c.First.Offset != 6 || c.Last.Offset != 7 || c.First.TimestampMs != nil {
		t.Errorf("%+v %+v %+v", c, c.First, c.Last)
	}
}

func TestOnlyACutOffBatchIsAskedForAgain(t *testing.T) {
	b := logOf(dense(0, 2), dense(2, 2))
	b.tamper = func(n int, f *Fetched) {
		if n < 30 {
			f.Batches, f.First = f.Batches[:70-n], false
		}
	}
	c := countOne(t, b, over(0, 4), CountOptions{})
	if !c.Done || c.ReadUncommitted != 4 || b.answers != 31 {
		t.Errorf("%+v after %d answers", c, b.answers)
	}
}

func TestARangeThatIsEmptyForEverEndsInAnErrorThatNamesIt(t *testing.T) {
	b := &broker{log: inspect.Log{LastStable: 100, HighWatermark: 100}, batches: [][]byte{dense(0, 10)}}
	c := countOne(t, b, over(0, 50), CountOptions{})
	const want = "reading orders:3 from offset 10 to 50: 20 answers in a row held no record batch"
	if c.Err == nil || c.Err.Error() != want || c.Done || c.Reached != 10 || b.answers != 21 {
		t.Errorf("%+v after %d answers", c, b.answers)
	}
	b.answers = 0
	if _, l := listAll(t, b, over(0, 50), ListOptions{}); l.Err == nil || l.Err.Error() != want || l.Done || l.Reached != 10 || b.answers != 21 {
		t.Errorf("%+v after %d answers", l, b.answers)
	}
}

func TestAbortedTransactionsAreThoseOfOneAnswerOnly(t *testing.T) {
	b := logOf(dense(0, 2, inTransaction(1)), dense(3, 2, inTransaction(1)), control(5, 1, 1))
	b.size = 1
	b.tamper = func(n int, f *Fetched) { // the cleaner takes the abort marker at 2 away between two answers
		if n == 0 {
			f.Aborted = []AbortedTransaction{{ProducerID: 1, FirstOffset: 0}}
		}
	}
	c := countOne(t, b, over(0, 6), CountOptions{})
	if !c.Done || c.ReadCommitted != 2 || c.Aborted != 2 {
		t.Errorf("%+v", c)
	}
}

func TestAnEmptyAnswerBeforeAnOpenTransactionIsNotTakenForAGap(t *testing.T) {
	b := &broker{log: inspect.Log{LastStable: 5, HighWatermark: 8},
		batches: [][]byte{dense(0, 2, inTransaction(1)), control(2, 1, 0), dense(3, 2), dense(5, 3, inTransaction(2))},
		aborted: []transaction{abortedFrom(1, 0, 2)}}
	b.tamper = func(n int, f *Fetched) { // remote storage is slow: the data comes with the third answer
		if n == 0 || n == 2 {
			f.Batches = nil
		}
	}
	c := countOne(t, b, over(0, 8), CountOptions{})
	if !c.Done || c.ReadUncommitted != 7 || c.ReadCommitted != 2 || c.Aborted != 2 {
		t.Errorf("%+v", c)
	}
}

func TestAnOlderEndOfANewLeaderIsNotTakenForTheEnd(t *testing.T) {
	b := logOf(dense(0, 10), dense(10, 10))
	b.tamper = func(n int, f *Fetched) {
		if n < 5 {
			f.Log.LastStable, f.Log.HighWatermark = 10, 10
			f.Batches = dense(0, 10)
			if f.Offset == 10 {
				f.Batches = nil
			}
		}
	}
	c := countOne(t, b, over(0, 20), CountOptions{})
	if !c.Done || c.ReadUncommitted != 20 || c.ReadCommitted != 20 {
		t.Errorf("%+v", c)
	}
}

func TestRetentionDuringTheScanGoesOnAtTheNewLogStart(t *testing.T) {
	b := logOf(dense(0, 10), dense(10, 10), dense(20, 10))
	b.size = 1
	b.tamper = func(n int, f *Fetched) {
		if n == 1 {
			b.log.Start = 15
			f.Log, f.Err = b.log, inspect.KafkaFault(inspect.CodeOffsetOutOfRange, "")
		}
	}
	c := countOne(t, b, over(5, 30), CountOptions{})
	if !c.Done || c.Err != nil || c.ReadUncommitted != 15 || c.LostToRetention == nil || *c.LostToRetention != 15 || c.Overcounted || at(c.First) != "15@1015" {
		t.Errorf("%+v", c)
	}
	c = countOne(t, &broker{log: inspect.Log{Start: 90, LastStable: 99, HighWatermark: 99}}, over(5, 30), CountOptions{})
	if !c.Done || c.Err != nil || c.ReadUncommitted != 0 || *c.LostToRetention != 90 || c.Reached != 30 || c.Overcounted {
		t.Errorf("all lost: %+v", c)
	}
}

func TestRetentionBehindTheScanMakesTheNumberAnUpperBound(t *testing.T) {
	b := logOf(dense(0, 10), dense(10, 10), dense(20, 10))
	b.size = 1
	b.tamper = func(n int, f *Fetched) {
		if n == 1 {
			b.log.Start = 3
		}
	}
	c := countOne(t, b, over(0, 30), CountOptions{})
	if !c.Done || c.Err != nil || !c.Overcounted || *c.LostToRetention != 3 || c.AtMost(inspect.ReadUncommitted) != 30 {
		t.Errorf("%+v", c)
	}
	if c = countOne(t, b, over(3, 30), CountOptions{}); c.Overcounted || c.LostToRetention != nil || c.ReadUncommitted != 27 {
		t.Errorf("from the log start on: %+v", c)
	}
}

func TestAFaultIsTheRowsError(t *testing.T) {
	for _, code := range []int16{inspect.CodeTopicAuthorizationFailed, inspect.CodeOffsetOutOfRange} {
		b := logOf(dense(0, 10))
		b.tamper = func(_ int, f *Fetched) { f.Err, f.Log = inspect.KafkaFault(code, ""), inspect.Log{} }
		c := countOne(t, b, over(5, 30), CountOptions{})
		if !inspect.FaultOf(c.Err).HasCode(code) || c.Done || c.AtMost(inspect.ReadUncommitted) != 25 || c.LostToRetention != nil {
			t.Errorf("%+v", c)
		}
	}
}

func TestTheFirstAndLastRecordAreThoseOfTheIsolationLevel(t *testing.T) {
	b := &broker{log: inspect.Log{LastStable: 12, HighWatermark: 15},
		batches: [][]byte{dense(0, 2, inTransaction(1)), control(2, 1, 0), holes(3, 9, []int64{4, 6}, compressed(codecLZ4)),
			control(10, 9, 1), holes(11, 11, nil), dense(12, 3, inTransaction(2), func(s *spec) { s.recs[2].timestamp = -1 })},
		aborted: []transaction{abortedFrom(1, 0, 2)}}
	for _, size := range []int{0, 1} {
		b.size = size
		c := countOne(t, b, over(1, 15), CountOptions{Isolation: inspect.ReadCommitted})
		if at(c.First) != "4@1004" || at(c.Last) != "6@1006" || c.Aborted != 1 {
			t.Errorf("read_committed: %s to %s, %+v", at(c.First), at(c.Last), c)
		}
		c = countOne(t, b, over(1, 15), CountOptions{})
		if at(c.First) != "1@1001" || at(c.Last) != "14@none" {
			t.Errorf("read_uncommitted: %s to %s", at(c.First), at(c.Last))
		}
	}
}

func at(p *Position) string {
	switch {
	case p == nil:
		return "nothing"
	case p.TimestampMs == nil:
		return fmt.Sprintf("%d@none", p.Offset)
	}
	return fmt.Sprintf("%d@%d", p.Offset, *p.TimestampMs)
}

func TestABudgetEndsTheCountWithoutAnError(t *testing.T) {
	b := logOf(dense(0, 10), dense(10, 10), dense(20, 10))
	b.size = 1
	var last Progress
	c := countOne(t, b, over(0, 30), CountOptions{MaxBytes: int64(len(dense(0, 10)) + 1), Progress: func(p Progress) { last = p }})
	if c.Done || c.Err != nil || c.Reached != 20 || c.ReadUncommitted != 20 || c.AtMost(inspect.ReadUncommitted) != 30 || at(c.Last) != "19@1019" {
		t.Errorf("%+v", c)
	}
	if want := (Progress{Bytes: c.BytesRead, Records: 20, Offsets: 20, Span: 30}); last != want {
		t.Errorf("progress %+v, want %+v", last, want)
	}
	asked := 0
	c = countOne(t, b, over(0, 30), CountOptions{Stop: func() bool { asked++; return asked > 1 }})
	if c.Done || c.Reached != 10 {
		t.Errorf("%+v", c)
	}
}

func TestWhatWasCountedOutlivesTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	b := logOf(dense(0, 10), dense(10, 10))
	b.size, b.tamper = 1, func(int, *Fetched) { cancel() }
	out, err := Count(ctx, b, []Range{over(0, 20), over(5, 6)}, CountOptions{})
	if !errors.Is(err, context.Canceled) || len(out) != 2 {
		t.Fatal(out, err)
	}
	if c := out[0]; c.Done || c.ReadUncommitted != 10 || at(c.Last) != "9@1009" || out[1].Done {
		t.Errorf("%+v", out)
	}
}

func TestResultsComeInTheOrderOfRangesAlsoForOnePartitionTwice(t *testing.T) {
	c, ranges := cluster{}, []Range{}
	for i := range int32(8) {
		tp := inspect.TopicPartition{Topic: "t", Partition: i % 6}
		if c[tp] == nil {
			c[tp] = logOf(dense(0, 10), dense(10, 10+int(i)))
			c[tp].size = 1
		}
		ranges = append(ranges, Range{tp, int64(i), 20})
	}
	out, err := Count(context.Background(), c, ranges, CountOptions{Progress: func(Progress) {}})
	for i, got := range out {
		if err != nil || got.Range != ranges[i] || !got.Done || got.ReadCommitted != ranges[i].Span() {
			t.Errorf("%d: %+v, %v", i, got, err)
		}
	}
}

func TestTheWalkAllocatesNothingPerBatch(t *testing.T) {
	var raw []byte
	for i := range int64(100) {
		raw = append(raw, dense(i*10, 10, idempotent(4))...)
	}
	per := testing.AllocsPerRun(10, func() {
		w := walker{rest: raw}
		for {
			more, err := w.next()
			if err != nil {
				t.Fatal(err)
			}
			if !more {
				return
			}
			w.pass()
		}
	})
	if per > 0 {
		t.Errorf("%v allocations for 100 batches", per)
	}
}
