package explain

import (
	"fmt"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
)

// outside are commits that lie outside the log, now or when a consumer began.
func (q *Inquiry) outside() (windows []Window) {
	for _, now := range q.in.History.Now {
		log, ok := q.log(now.TopicPartition)
		switch {
		case !ok || now.Offset < 0: // a negative offset counts as no commit
		case now.Offset > log.HighWatermark:
			windows = append(windows, beyondEnd(now, log))
		case now.Offset < log.Start:
			windows = append(windows, belowStart(now, log))
		}
	}
	for _, p := range q.past.partitions() {
		if log, ok := q.log(p); ok {
			windows = append(windows, q.overtaken(p, log)...)
		}
	}
	return windows
}

func beyondEnd(now history.Current, log inspect.Log) Window {
	return Window{
		Cause: OutOfRange, Confidence: history.Possible, TopicPartition: now.TopicPartition, At: now.At, From: log.Start, Until: log.HighWatermark,
		Evidence: []string{
			fmt.Sprintf("the committed offset %d lies beyond the log's end, %d: the log was cut, the topic created anew, or a wrong number committed", now.Offset, log.HighWatermark),
			fmt.Sprintf("the next consumer goes where auto.offset.reset sends it: earliest to %d, which consumes up to %s again; latest to %d", log.Start, amount(log.HighWatermark-log.Start), log.HighWatermark),
		},
		Advice: adviceOutOfRange(),
	}
}

// belowStart consumes nothing again: what lies between is gone.
func belowStart(now history.Current, log inspect.Log) Window {
	return Window{
		Cause: OutOfRange, Confidence: history.Possible, TopicPartition: now.TopicPartition, At: now.At, From: log.Start, Until: log.Start,
		Evidence: []string{
			fmt.Sprintf("the committed offset %d lies before the log start %d: %s were deleted and will not be consumed", now.Offset, log.Start, amount(log.Start-now.Offset)),
			fmt.Sprintf("auto.offset.reset=earliest goes on at %d and consumes nothing twice; latest goes to %d and never reads up to %s more", log.Start, log.HighWatermark, amount(log.HighWatermark-log.Start)),
		},
		Advice: adviceOutOfRange(),
	}
}

// overtaken are commits that the log start has passed by, where the next commit
// of a new owner lies behind it: if the records were gone already when it began,
// auto.offset.reset decided.
func (q *Inquiry) overtaken(p inspect.TopicPartition, log inspect.Log) (windows []Window) {
	runs := q.past.runs[p]
	for i, r := range runs {
		if i == 0 || r.Kind != history.RunCommit || r.Membership != history.MembersSome {
			continue
		}
		before := runs[i-1].Last
		if before.Offset < 0 || before.Offset >= log.Start || r.First.Offset < log.Start || !q.changedHands(p, before.Position, r.First.Position) {
			continue
		}
		windows = append(windows, Window{
			Cause: OutOfRange, Confidence: history.Possible, TopicPartition: p, At: r.First.At, From: log.Start, Until: log.Start,
			Evidence: []string{
				fmt.Sprintf("the commit was %d when the partition changed hands, the next one %d; the log now begins at %d", before.Offset, r.First.Offset, log.Start),
				fmt.Sprintf("if it did so then, %s were never consumed, and auto.offset.reset decided: earliest went on at %d, latest at the end; nothing was consumed twice", amount(log.Start-before.Offset), log.Start),
			},
			Advice: adviceOutOfRange(),
		})
	}
	return windows
}

func (q *Inquiry) changedHands(p inspect.TopicPartition, after, before int64) bool {
	for _, m := range q.past.moves[p] {
		if m.To != nil && m.Position > after && m.Position < before {
			return true
		}
	}
	return false
}
