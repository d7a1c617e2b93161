package twice

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

func second(n int) time.Time { return noon.Add(time.Duration(n) * time.Second) }

// given is one worker being given a range of kt:0, one record a second.
func given(client string, start int, from, until int64) (events []kafkatest.WorkerEvent) {
	for o := from; o < until; o++ {
		events = append(events, kafkatest.WorkerEvent{Kind: "record", At: second(start + int(o-from)), Client: client,
			Topic: "kt", Offset: o, Key: fmt.Sprint("k", o)})
	}
	return events
}

func revoked(at int) []kafkatest.WorkerEvent {
	return []kafkatest.WorkerEvent{{Kind: "revoked", At: second(at), Detail: "kt-0,kt-1"}}
}

func TestHandOvers(t *testing.T) {
	p := Partition{"kt", 0}
	log := offsetLog{
		turns:   []time.Time{second(0), second(40)},
		commits: []commit{{p, second(20), number(20)}, {p, second(30), number(30)}, {p, second(60), number(50)}},
	}
	topics := map[Partition]topicLog{p: {end: 100, appended: timesUntil(100)}}
	for _, c := range []struct {
		name string
		logs [][]kafkatest.WorkerEvent
		want []string
	}{
		{"nothing twice", [][]kafkatest.WorkerEvent{given("a", 1, 0, 30), given("b", 41, 30, 60)}, nil},
		{"another goes on behind", [][]kafkatest.WorkerEvent{given("a", 1, 0, 36), given("b", 41, 30, 60)}, []string{"40 from 30 of 41: 30..35"}},
		{"the same goes back", [][]kafkatest.WorkerEvent{slices.Concat(given("a", 1, 0, 36), given("a", 41, 30, 60))}, []string{"40 from 30 of 41: 30..35"}},
		{"the same goes back without a turn", [][]kafkatest.WorkerEvent{slices.Concat(given("a", 1, 0, 36), given("a", 37, 30, 60))}, []string{"37 from 30 of 38: 30..35"}},
		{"a worker gets it back behind what another was given", [][]kafkatest.WorkerEvent{
			slices.Concat(given("a", 1, 0, 10), revoked(11), given("a", 61, 50, 60)), given("b", 12, 10, 56),
		}, []string{"61 from 50 of 62: 50..55"}},
		{"the slow one goes on while the other has it", [][]kafkatest.WorkerEvent{
			given("a", 1, 0, 34), slices.Concat(given("b", 41, 30, 60)), given("a", 50, 34, 38),
		}, []string{"40 from 30 of 41: 30..33", "50 from 30 of 51: 34..37"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, h := range handOvers(sessions(c.logs), log, topics) {
				got = append(got, fmt.Sprintf("%.0f from %d of %d: %d..%d", h.At.Sub(noon).Seconds(), h.Start, h.LogEnd, h.Repeated[0], h.Repeated[len(h.Repeated)-1]))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// timesUntil is a log that one record a second is written to.
func timesUntil(n int) (times []time.Time) {
	for i := range n {
		times = append(times, second(i))
	}
	return times
}

func TestCopies(t *testing.T) {
	events := slices.Concat(given("a", 1, 0, 20), given("b", 41, 10, 30))
	for i := range events {
		if events[i].Offset == 25 {
			events[i].Key = "k5"
		}
	}
	got := copies(sessions([][]kafkatest.WorkerEvent{events}))
	if len(got) != 1 || !slices.Equal(got[0].Offsets, []int64{5, 25}) {
		t.Errorf("%v", got)
	}
}
