package explain

import (
	"fmt"
	"slices"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/history"
)

// manyLosses is how many owners must end at the same commit before the next record
// is suspected.
const manyLosses = 3

// lost are the windows of partitions that changed hands. Where owner after owner
// came to nothing at the same commit it is one window, about the record behind it.
func (q *Inquiry) lost(endAt endAt) (windows []Window) {
	stuck := q.stuck(endAt)
	for _, l := range q.losses {
		if s, ok := stuck[placeOf(l)]; ok {
			if s.first(l) {
				windows = append(windows, s.window(endAt))
			}
			continue
		}
		if w, ok := l.window(q.past, endAt); ok {
			windows = append(windows, w)
		}
	}
	return windows
}

// place is a commit that owners had when they lost the partition.
type place struct {
	inspect.TopicPartition
	offset int64
}

func placeOf(l loss) place { return place{l.TopicPartition, l.run.Last.Offset} }

// stuck is a place at which owners ended, newest first.
type stuck []loss

func (s stuck) first(l loss) bool { return s[0].lost == l.lost && s[0].from.ID == l.from.ID }

// stuck finds the places where many owners ended though there was more to read.
func (q *Inquiry) stuck(endAt endAt) map[place]stuck {
	found := map[place]stuck{}
	for _, l := range q.losses {
		ended := l.fate == timedOut || l.fate == stalled || l.fate == left
		if ended && endAt(l.TopicPartition, l.lostAt) > l.run.Last.Offset {
			found[placeOf(l)] = append(found[placeOf(l)], l)
		}
	}
	for at, s := range found {
		if len(s) < manyLosses {
			delete(found, at)
		}
	}
	return found
}

func (s stuck) window(endAt endAt) Window {
	newest := s[0]
	from, until := newest.run.Last.Offset, endAt(newest.TopicPartition, newest.lostAt)
	w := Window{
		Cause: PoisonRecord, Confidence: history.Likely, TopicPartition: newest.TopicPartition, At: newest.lostAt,
		From: from, Until: until,
		Evidence: []string{fmt.Sprintf("%d consumers ended between %s and %s, each with the commit %d, though the log went on to %d",
			len(s), clock(s[len(s)-1].lostAt), clock(newest.lostAt), from, until)},
	}
	for _, l := range slices.Backward(s) {
		w.Evidence = append(w.Evidence, l.whatHappened())
	}
	if newest.known {
		likely := min(until, from+atLeastOne(newest.rhythm.step))
		w.LikelyUntil = &likely
	}
	w.Advice = []string{
		fmt.Sprintf("look at the next records: kofs records --topic '%s' --from-offset %d --until-offset %d", newest.TopicPartition, from, min(until, from+20)),
		fmt.Sprintf("mend the application (log and go on, or a dead letter topic), or skip the record that it fails on: kofs reset GROUP --topic '%s' --to-offset OFFSET+1 --execute", newest.TopicPartition),
	}
	return w
}
