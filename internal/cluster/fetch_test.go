package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// read fetches the ranges and fails the test if it takes unreasonably long.
func read(t *testing.T, c *Cluster, ranges []records.Range) *reader {
	t.Helper()
	r := newReader(ranges)
	if err := c.Fetch(deadline(t, 30*time.Second), inspect.ReadUncommitted, ranges, r.visit); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestFetch(t *testing.T) {
	f := startFake(t, kfake.NumBrokers(3), kfake.SeedTopics(4, "orders", "returns"))
	var ranges []records.Range
	for _, topic := range []string{"orders", "returns"} {
		for p := range int32(4) {
			f.produce(t, topic, p, 100+int(p), 7, 2000)
			ranges = append(ranges, rangeOf(topic, p, 0, int64(100+p)))
		}
	}
	read(t, f.dial(t), ranges).check(t, ranges)
}

func TestFetchBeginsInTheOrderGiven(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(60, "orders"))
	var ranges []records.Range
	for p := range int32(60) {
		f.produce(t, "orders", p, 3, 3, 100)
		ranges = append(ranges, rangeOf("orders", p, 0, 3))
	}
	slices.Reverse(ranges)
	r := read(t, f.dial(t), ranges)
	r.check(t, ranges)
	for i, p := range r.order {
		begun := slices.IndexFunc(ranges, func(g records.Range) bool { return g.TopicPartition == p })
		if begun > i+fetchConns*fetchDepth*laneShort {
			t.Errorf("%s, number %d, was begun as number %d", p, begun, i)
		}
	}
}

func TestFetchKeepsABoundInFlight(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(200, "orders"))
	var ranges []records.Range
	for p := range int32(200) {
		f.produce(t, "orders", p, 2, 2, 10)
		ranges = append(ranges, rangeOf("orders", p, 0, 2))
	}
	var most atomic.Int32
	f.ControlKey(kmsg.Fetch.Int16(), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		n := int32(0)
		for _, topic := range kreq.(*kmsg.FetchRequest).Topics {
			n += int32(len(topic.Partitions))
		}
		most.Store(max(most.Load(), n))
		return nil, nil, false
	})
	read(t, f.dial(t), ranges).check(t, ranges)
	if most.Load() > laneShort {
		t.Errorf("%d partitions in one request", most.Load())
	}
}

func TestFetchAsksForLittleWhenLittleIsLeft(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(1, "orders"))
	f.produce(t, "orders", 0, 3000, 100, 1000)
	var asked atomic.Int64
	f.ControlKey(kmsg.Fetch.Int16(), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		req := kreq.(*kmsg.FetchRequest)
		if req.SessionEpoch != -1 || req.MinBytes != 1 || req.Rack != "" {
			t.Errorf("%+v", req)
		}
		asked.Add(int64(req.Topics[0].Partitions[0].PartitionMaxBytes))
		return nil, nil, false
	})
	read(t, f.dial(t), []records.Range{rangeOf("orders", 0, 50, 60)})
	if asked.Load() > 256<<10 {
		t.Errorf("%d bytes asked for to read ten records", asked.Load())
	}
}

func TestFetchTwoRangesOfOnePartition(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(1, "orders"))
	f.produce(t, "orders", 0, 20, 1, 10)
	var got []int64
	err := f.dial(t).Fetch(t.Context(), inspect.ReadUncommitted, []records.Range{rangeOf("orders", 0, 0, 1), rangeOf("orders", 0, 10, 11)},
		func(f records.Fetched) (int64, bool) { got = append(got, f.Offset); return 0, false })
	if err != nil || !slices.Equal(got, []int64{0, 10}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestFetchMendsWhatCanBeMended(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, f fake, cut *cutter){
		"a leader that moves away": func(t *testing.T, f fake, _ *cutter) {
			var n atomic.Int32
			f.ControlKey(kmsg.Fetch.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
				f.KeepControl()
				if n.Add(1)%5 == 0 {
					go f.MoveTopicPartition("orders", 0, n.Load()/5%3)
				}
				return nil, nil, false
			})
		},
		"NOT_LEADER_OR_FOLLOWER": func(_ *testing.T, f fake, _ *cutter) {
			f.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: "orders", Err: kerr.NotLeaderForPartition, Count: 3})
		},
		"UNKNOWN_TOPIC_OR_PARTITION from a broker that is behind": func(_ *testing.T, f fake, _ *cutter) {
			f.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: "orders", Err: kerr.UnknownTopicOrPartition, Count: 1})
		},
		"connections that break in the middle of an answer": func(_ *testing.T, _ fake, cut *cutter) {
			cut.budget.Store(200_000)
		},
		"a throttle, with an empty answer": func(_ *testing.T, f fake, _ *cutter) {
			f.ControlKey(kmsg.Fetch.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
				resp := req.ResponseKind().(*kmsg.FetchResponse)
				resp.ThrottleMillis = 200
				return resp, nil, true
			})
		},
		"an answer that leaves out everything": func(_ *testing.T, f fake, _ *cutter) {
			f.ControlKey(kmsg.Fetch.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
				return req.ResponseKind(), nil, true
			})
		},
		"closed by the broker": func(_ *testing.T, f fake, _ *cutter) {
			f.ControlKey(kmsg.Fetch.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
				return nil, errors.New("closed"), true
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			cut := &cutter{}
			f := startFake(t, kfake.NumBrokers(3), kfake.SeedTopics(4, "orders"), kfake.ListenFn(cut.listen))
			var ranges []records.Range
			for p := range int32(4) {
				f.produce(t, "orders", p, 600, 20, 1000)
				ranges = append(ranges, rangeOf("orders", p, 3, 600))
			}
			c := f.dial(t)
			harm(t, f, cut)
			read(t, c, ranges).check(t, ranges)
		})
	}
}

func TestFetchErrorsAreRows(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(3, "orders"))
	for p := range int32(3) {
		f.produce(t, "orders", p, 10, 5, 10)
	}
	f.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Partitions: []int32{2}, Err: kerr.TopicAuthorizationFailed, Count: -1})
	ranges := []records.Range{
		rangeOf("orders", 0, 0, 10), rangeOf("nosuch", 0, 0, 10), rangeOf("orders", 9, 0, 10), rangeOf("orders", 2, 0, 10),
	}
	r := read(t, f.dial(t), ranges)
	r.check(t, ranges[:1])
	for p, code := range map[inspect.TopicPartition]int16{tp("nosuch", 0): 3, tp("orders", 9): 3, tp("orders", 2): 29} {
		if f := asFault(r.errs[p]); !f.HasCode(code) || r.visits[p] != 1 {
			t.Errorf("%s: %v in %d visits", p, r.errs[p], r.visits[p])
		}
	}
}

func TestFetchGoesOnWhereTheLogNowStarts(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(1, "orders"))
	f.produce(t, "orders", 0, 100, 10, 100)
	c := f.dial(t)
	var deleted kadm.Offsets
	deleted.Add(kadm.Offset{Topic: "orders", Partition: 0, At: 40})
	if _, err := f.adm.DeleteRecords(t.Context(), deleted); err != nil {
		t.Fatal(err)
	}
	ranges := []records.Range{rangeOf("orders", 0, 5, 100)}
	r := read(t, c, ranges)
	p := tp("orders", 0)
	if !asFault(r.errs[p]).HasCode(inspect.CodeOffsetOutOfRange) || r.records[p] != 60 {
		t.Errorf("%d records, %v", r.records[p], r.errs[p])
	}
	// A visitor that insists ends its row.
	n := 0
	err := c.Fetch(t.Context(), inspect.ReadUncommitted, ranges, func(f records.Fetched) (int64, bool) { n++; return f.Offset, true })
	if err != nil || n != 1 {
		t.Errorf("%d visits, %v", n, err)
	}
}

func TestFetchABatchThatIsCutOff(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(1, "orders"), kfake.BrokerConfigs(map[string]string{"message.max.bytes": "10000000"}))
	f.produce(t, "orders", 0, 1, 1, 900_000)
	var asked []int32
	var mu sync.Mutex
	f.ControlKey(kmsg.Fetch.Int16(), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		bytes := kreq.(*kmsg.FetchRequest).Topics[0].Partitions[0].PartitionMaxBytes
		mu.Lock()
		defer mu.Unlock()
		if asked = append(asked, bytes); bytes > 900_000 {
			return nil, nil, false
		}
		resp := kreq.ResponseKind().(*kmsg.FetchResponse)
		topic, p := kmsg.NewFetchResponseTopic(), kmsg.NewFetchResponseTopicPartition()
		topic.Topic = "orders"
		p.HighWatermark, p.LastStableOffset = 1, 1
		p.RecordBatches = make([]byte, bytes)
		copy(p.RecordBatches, []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 13, 0xbb, 0xa0, 0, 0, 0, 0, 2})
		topic.Partitions = append(topic.Partitions, p)
		resp.Topics = append(resp.Topics, topic)
		return resp, nil, true
	})
	ranges := []records.Range{rangeOf("orders", 0, 0, 1)}
	read(t, f.dial(t), ranges).check(t, ranges)
	if len(asked) != 2 {
		t.Errorf("asked for %v bytes", asked)
	}
}

func TestFetchFromASilentLeaderEndsItsRows(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(30, "orders"))
	var ranges []records.Range
	for p := range int32(30) {
		f.produce(t, "orders", p, 1, 1, 10)
		ranges = append(ranges, rangeOf("orders", p, 0, 1))
	}
	f.ControlKey(kmsg.Fetch.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		return nil, nil, true
	})
	c := f.dial(t, func(o *Options) { o.Timeout = 300 * time.Millisecond })
	start := time.Now()
	r := read(t, c, ranges)
	for _, g := range ranges {
		if err := r.errs[g.TopicPartition]; err == nil || !strings.Contains(err.Error(), "no byte from") {
			t.Errorf("%s: %v", g.TopicPartition, err)
		}
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestFetchWithoutProgressEnds(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(1, "orders"))
	f.produce(t, "orders", 0, 1, 1, 10)
	c := f.dial(t, func(o *Options) { o.Timeout = 700 * time.Millisecond })
	var last error
	err := c.Fetch(t.Context(), inspect.ReadUncommitted, []records.Range{rangeOf("orders", 0, 1, 5)},
		func(f records.Fetched) (int64, bool) { last = f.Err; return f.Offset, true })
	if err != nil || last == nil || !strings.Contains(last.Error(), "nothing came after offset 1") {
		t.Errorf("%v, %v", last, err)
	}
}

// How long a visitor takes, or waits for its turn, is not held against the broker.
func TestFetchWaitsForASlowVisitor(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(1, "orders"))
	f.produce(t, "orders", 0, 1, 1, 10)
	const timeout = 700 * time.Millisecond
	c := f.dial(t, func(o *Options) { o.Timeout = timeout })
	visits := 0
	err := c.Fetch(t.Context(), inspect.ReadUncommitted, []records.Range{rangeOf("orders", 0, 1, 5)},
		func(f records.Fetched) (int64, bool) {
			if f.Err != nil {
				t.Errorf("visit %d: %v", visits, f.Err)
			}
			if visits++; visits == 1 {
				<-time.After(timeout + timeout/2)
			}
			return f.Offset, visits < 2
		})
	if err != nil || visits != 2 {
		t.Errorf("%d visits, %v", visits, err)
	}
}

func TestFetchEndsWithItsContext(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(1, "orders"))
	f.produce(t, "orders", 0, 1, 1, 10)
	ctx, cancel := context.WithCancel(t.Context())
	start := time.Now()
	err := f.dial(t).Fetch(ctx, inspect.ReadUncommitted, []records.Range{rangeOf("orders", 0, 1, 5)},
		func(f records.Fetched) (int64, bool) { cancel(); return f.Offset, true })
	if !errors.Is(err, context.Canceled) || time.Since(start) > time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	if err := f.dial(t).Fetch(t.Context(), inspect.ReadUncommitted, nil, nil); err != nil {
		t.Errorf("no ranges: %v", err)
	}
}

func TestFetchFromAnOldBroker(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(1, "orders"), kfake.MaxVersions(kversion.V2_4_0()))
	f.produce(t, "orders", 0, 50, 5, 10)
	ranges := []records.Range{rangeOf("orders", 0, 1, 50)}
	read(t, f.dial(t), ranges).check(t, ranges)
}

func TestFetchReusesItsConnections(t *testing.T) {
	f := startFake(t, kfake.SeedTopics(6, "orders"))
	var ranges []records.Range
	for p := range int32(6) {
		f.produce(t, "orders", p, 100, 10, 5000)
		ranges = append(ranges, rangeOf("orders", p, 0, 100))
	}
	var mu sync.Mutex
	opened := 0
	c := f.dial(t, func(o *Options) {
		o.Log = func(format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			if strings.Contains(fmt.Sprintf(format, args...), "ApiVersions") {
				opened++
			}
		}
	})
	for range 5 {
		read(t, c, ranges).check(t, ranges)
	}
	if opened > 1+fetchConns {
		t.Errorf("%d connections opened", opened)
	}
}
