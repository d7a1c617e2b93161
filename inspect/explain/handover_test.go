package explain

import (
	"testing"
	"time"
)

// two is a classic group of a and b on one partition each, of which a commits its
// own every second, at 30 records a second.
func two(s *story) *story {
	return s.log(0, 0, 10_000).log(1, 0, 10_000).produced(0, 30).generation(1, "range", a(0), b(1)).
		commit(0, 0).consume(0, 0, 30, 10, second)
}

// killed is two of which a, behind in a long log, is silent for its session of 6 s
// and a half; b is given its partition.
func killed(s *story) *story {
	return two(s).wait(6500*time.Millisecond).generation(2, "range", b(0, 1))
}

// kip848 is two with group.protocol=consumer.
func kip848(s *story, partitions ...int32) *story {
	s.log(0, 0, 10_000).log(1, 0, 10_000).produced(0, 30).produced(1, 30)
	s.join("a").epoch(1).current("a", partitions...).join("b").epoch(2).current("b")
	for _, p := range partitions {
		s.commit(p, 0)
	}
	for i := range int64(10) {
		s.wait(second)
		for _, p := range partitions {
			s.commit(p, 30*(i+1))
		}
	}
	return s
}

func TestCrashes(t *testing.T) {
	check(t, []told{
		{"a classic member that had read all there was", func(s *story) { killed(s) },
			[]string{"crash likely t:0 [300, 495) likely 330"}, []string{"session of 6.0s had ended", `consumer "b" on /h has it since`, "committed every 1.0s, 30 records"}},
		{"a classic member that was behind", func(s *story) {
			delete(killed(s).rates, 0)
		}, []string{"crash likely t:0 [300, 10000) likely 335"}, nil},
		{"its session says that it died before it would have committed", func(s *story) {
			s.log(0, 0, 10_000).produced(0, 6).generation(1, "range", a(0), b(1)).commit(0, 0).consume(0, 0, 30, 10, 5*second).
				wait(6500*time.Millisecond).generation(2, "range", b(0, 1))
		}, []string{"crash likely t:0 [300, 339) likely 315"}, nil},
		{"it took several partitions with it, caught up", func(s *story) {
			s.log(0, 0, 10_000).log(1, 0, 10_000).produced(0, 30).produced(1, 30).generation(1, "range", a(0, 1)).commit(0, 0).commit(1, 0)
			for i := range int64(10) {
				s.wait(second).commit(0, 30*(i+1)).commit(1, 30*(i+1))
			}
			s.wait(6500*time.Millisecond).generation(2, "range", b(0, 1))
		}, []string{"crash likely t:0 [300, 495) likely 330", "crash likely t:1 [300, 495) likely 330"}, nil},
		{"it took several partitions with it, and was behind", func(s *story) {
			s.log(0, 0, 10_000).log(1, 0, 10_000).generation(1, "range", a(0, 1)).commit(0, 0).commit(1, 0)
			for i := range int64(10) {
				s.wait(second).commit(0, 30*(i+1)).commit(1, 30*(i+1))
			}
			s.wait(6500*time.Millisecond).generation(2, "range", b(0, 1))
		}, []string{"crash possible t:0 [300, 10000) likely 339", "crash possible t:1 [300, 10000) likely 339"}, nil},
		{"a KIP-848 member, whose session is not known", func(s *story) {
			kip848(s, 0).wait(45*second).gone("a").epoch(3).wait(second).current("b", 0)
		}, []string{"crash likely t:0 [300, 1650) likely 330"}, []string{"was gone at", `consumer "b" on /h has it since`}},
		{"a KIP-848 member with several partitions", func(s *story) {
			kip848(s, 0, 1).wait(45*second).gone("a").epoch(3).current("b", 0, 1)
		}, []string{"crash likely t:0 [300, 1650) likely 330", "crash likely t:1 [300, 1650) likely 330"}, nil},
		{"nobody has taken over", func(s *story) {
			two(s).wait(6500*time.Millisecond).generation(2, "")
		}, []string{"crash likely t:0 [300, 495) likely 330"}, []string{"nobody has taken the partition over yet"}},
		{"somebody reset it, onward, before the next owner began", func(s *story) {
			two(s).wait(6500*time.Millisecond).generation(2, "").wait(second).commit(0, 400).generation(3, "range", b(0))
		}, []string{"crash possible t:0 [400, 495) likely 400"}, []string{"the last commit before was 300 at", "set to 400 before"}},
		{"somebody reset it, back, before the next owner began", func(s *story) {
			two(s).wait(6500*time.Millisecond).generation(2, "").wait(second).commit(0, 200).generation(3, "range", b(0)).consume(0, 200, 30, 1, second)
		}, []string{"reset certain t:0 [200, 300)", "crash likely t:0 [300, 495) likely 330"}, nil},
		{"somebody reset it to the end before the next owner began", func(s *story) {
			two(s).wait(6500*time.Millisecond).generation(2, "").wait(second).commit(0, 9999).generation(3, "range", b(0))
		}, nil, nil},
		{"nothing had been written since the last commit", func(s *story) {
			delete(killed(s).log(0, 0, 300).rates, 0)
		}, nil, nil},
		{"its commit was -1, which is none", func(s *story) {
			s.log(0, 0, 100).generation(1, "range", a(0)).commit(0, -1).wait(time.Minute).generation(2, "range", b(0))
		}, nil, nil},
		{"its commit was deleted before", func(s *story) {
			two(s).log(0, 300, 10_000).forget(0).wait(time.Minute).generation(2, "range", b(0, 1))
		}, nil, nil},
		{"there was no commit to begin at", func(s *story) {
			s.log(0, 0, 100).generation(1, "range", a(0)).wait(time.Minute).generation(2, "range", b(0))
		}, nil, nil},
	})
}

func TestRebalances(t *testing.T) {
	check(t, []told{
		{"a consumer that had not polled for max.poll.interval.ms", func(s *story) {
			slow := has{id: "a", partitions: []int32{0}, poll: 4 * second}
			s.log(0, 0, 10_000).generation(1, "range", slow, b(1)).commit(0, 0).consume(0, 0, 30, 10, second).
				wait(4*second).generation(2, "range", b(0, 1))
		}, []string{"rebalance likely t:0 [300, 10000) likely 338"}, []string{"max.poll.interval.ms (4.0s)", "max.poll.records"}},
		{"one that was silent for longer than its session too, had not polled either", func(s *story) {
			slow := has{id: "a", partitions: []int32{0}, poll: 5 * second}
			s.log(0, 0, 10_000).generation(1, "range", slow, b(1)).commit(0, 0).consume(0, 0, 30, 10, second).
				wait(5300*time.Millisecond).generation(2, "range", b(0, 1))
		}, []string{"rebalance likely t:0 [300, 10000) likely 338"}, nil},
		{"a clean leave, its last commit off the clock", func(s *story) {
			two(s).consume(0, 300, 10, 1, 300*time.Millisecond).generation(2, "range", b(0, 1))
		}, nil, nil},
		{"a leave right after a commit by the clock may have lost nothing", func(s *story) {
			two(s).wait(200*time.Millisecond).generation(2, "range", b(0, 1))
		}, []string{"rebalance possible t:0 [300, 306) likely 306"}, []string{"cannot be seen whether it had committed all its work"}},
		{"a survivor of an eager rebalance begins anew though it kept its partition", func(s *story) {
			two(s).wait(600*time.Millisecond).generation(2, "range", a(0), b(1), has{id: "c"})
		}, []string{"rebalance likely t:0 [300, 318) likely 318"}, []string{"had to begin anew", "it kept the partition"}},
		{"a survivor of a cooperative rebalance goes on", func(s *story) {
			s.log(0, 0, 10_000).produced(0, 30).generation(1, "cooperative-sticky", a(0), b(1)).commit(0, 0).consume(0, 0, 30, 10, second).
				wait(600*time.Millisecond).generation(2, "cooperative-sticky", a(0), b(1), has{id: "c"})
		}, nil, nil},
		{"the partition was taken from a living member", func(s *story) {
			two(s).wait(600*time.Millisecond).generation(2, "cooperative-sticky", a(), b(0, 1))
		}, []string{"rebalance likely t:0 [300, 318) likely 318"}, []string{`taken from consumer "a"`}},
		{"a member of a cooperative group committed early, and may have gone on until the partition was taken", func(s *story) {
			s.log(0, 0, 10_000).produced(0, 30).generation(1, "cooperative-sticky", a(0), b(1)).commit(0, 0).consume(0, 0, 30, 10, second).
				consume(0, 300, 10, 1, 300*time.Millisecond).wait(100*time.Millisecond).generation(2, "cooperative-sticky", a(), b(0, 1))
		}, []string{"rebalance possible t:0 [310, 312) likely 312"}, nil},
		{"a member of an eager group committed early, and consumed nothing more", func(s *story) {
			two(s).consume(0, 300, 10, 1, 300*time.Millisecond).wait(100*time.Millisecond).generation(2, "range", a(), b(0, 1))
		}, nil, nil},
		{"a static member is back under another ID", func(s *story) {
			s.log(0, 0, 10_000).produced(0, 30).generation(1, "range", has{id: "a-1", partitions: []int32{0}, instance: "one"}).commit(0, 0).
				consume(0, 0, 30, 10, second).wait(2500*time.Millisecond).
				generation(1, "range", has{id: "a-2", partitions: []int32{0}, instance: "one"}).consume(0, 300, 30, 5, second)
		}, []string{"crash possible t:0 [300, 375) likely 330"}, []string{`static member "one" was started again`}},
		{"a steady member", func(s *story) { two(s) }, nil, nil},
		{"an empty history", func(*story) {}, nil, nil},
	})
}

// dies is a member with the partition that commits nothing and is gone.
func dies(s *story, generation int32, id string) *story {
	return s.generation(generation, "range", has{id: id, partitions: []int32{0}}).wait(100*time.Millisecond).commit(0, 300).
		consume(0, 300, 0, 3, second).wait(6500 * time.Millisecond)
}

func TestPoisonRecords(t *testing.T) {
	stuck := func(times int) func(s *story) {
		return func(s *story) {
			s.log(0, 0, 1000).generation(1, "range", has{id: "first", partitions: []int32{0}}).commit(0, 0).consume(0, 0, 30, 10, second).wait(6500 * time.Millisecond)
			for i := 1; i < times; i++ {
				dies(s, int32(i+1), string(rune('a'+i)))
			}
			s.generation(int32(times+1), "")
		}
	}
	check(t, []told{
		{"three consumers ended at one commit", stuck(3), []string{"poison_record likely t:0 [300, 1000) likely 330"},
			[]string{"3 consumers ended between", "each with the commit 300", "kofs records --topic 't:0' --from-offset 300 --until-offset 320"}},
		{"two did, which is no sign yet", stuck(2), []string{"crash likely t:0 [300, 1000) likely 335", "crash likely t:0 [300, 1000) likely 335"}, nil},
		{"three ended where there was nothing more to read", func(s *story) { stuck(3)(s); s.log(0, 0, 300) }, nil, nil},
	})
}
