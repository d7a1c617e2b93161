package explain

import (
	"testing"

	"pgregory.net/rapid"
)

// reader is the truth: a group of one member, which knows how often each record
// of its one partition was given to it.
type reader struct {
	*story
	given     [1000]int
	committed *int64
	position  int64
	began     int64 // its position as it joined
	there     bool
	epochs    int32
	earliest  bool // auto.offset.reset
}

func (r *reader) join() {
	r.epochs++
	r.wait(second).generation(r.epochs, "range", a(0))
	r.there = true
	switch {
	case r.committed != nil:
		r.position = *r.committed
	case r.earliest:
		r.position = 0
	default:
		r.position = int64(len(r.given))
	}
	r.began = r.position
}

// leave is without a commit: what was read after the last one is read again. What
// was read without a first one leaves no trace, and is said to be unseen.
func (r *reader) leave() {
	if r.committed == nil {
		for i := r.began; i < r.position; i++ {
			r.given[i]--
		}
	}
	r.epochs++
	r.wait(second).generation(r.epochs, "")
	r.there = false
}

func (r *reader) read(n int64, commits bool) {
	for ; n > 0 && r.position < int64(len(r.given)); n-- {
		r.given[r.position]++
		r.position++
	}
	if commits {
		r.set(r.position)
	}
}

func (r *reader) set(offset int64) {
	r.committed = new(offset)
	r.wait(second).commit(0, offset)
}

func (r *reader) delete() {
	if r.committed != nil {
		r.committed = nil
		r.wait(second).forget(0)
	}
}

// What is called exact was consumed twice, every record of it; and what was
// consumed twice lies in a window.
func TestWindowsHoldTheTruth(t *testing.T) {
	rapid.Check(t, func(d *rapid.T) {
		r := &reader{story: newStory(t).log(0, 0, 1000), earliest: rapid.Bool().Draw(d, "earliest")}
		for range rapid.IntRange(0, 25).Draw(d, "steps") {
			what := rapid.IntRange(0, 5).Draw(d, "what")
			switch {
			case !r.there && what < 3:
				r.join()
			case !r.there && what == 3:
				r.delete()
			case !r.there:
				r.set(rapid.Int64Range(0, 1000).Draw(d, "to"))
			case what == 0:
				r.leave()
			default:
				r.read(rapid.Int64Range(0, 300).Draw(d, "n"), what < 5)
			}
		}
		windows := r.explain().Windows
		for _, w := range windows {
			for offset := w.From; w.Exact && offset < w.Until; offset++ {
				if r.given[offset] < 2 {
					d.Fatalf("%s, but %d was consumed %d times", short(w), offset, r.given[offset])
				}
			}
		}
		for offset, n := range r.given {
			if held := heldBy(windows, int64(offset)); n > 1 && !held {
				d.Fatalf("%d was consumed %d times, and lies in no window of %d", offset, n, len(windows))
			}
		}
	})
}

func heldBy(windows []Window, offset int64) bool {
	for _, w := range windows {
		if w.Holds(at(0), offset) {
			return true
		}
	}
	return false
}
