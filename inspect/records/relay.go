package records

import "context"

// relay lists one range after the other. The first answer for each is asked for while
// the last one for the range before is dealt with, and waits for its turn: otherwise
// neither broker nor printers had anything to do in between.
type relay struct {
	*lister
	ctx    context.Context
	ranges []Range
	take   func(*listing) taker
	next   *leg // begun before its turn; nil if none is
}

// leg is the listing of one range.
type leg struct {
	*listing
	turn  turn
	ended chan struct{} // closed when it has
	err   error         // why the whole listing ends
}

// turn is when a range may be dealt with.
type turn struct {
	come chan struct{}   // closed when it has
	over <-chan struct{} // there will be none
	next func()          // lets the next range begin
}

// all lists the ranges; take makes the taker of each.
func (l *lister) all(ctx context.Context, ranges []Range, take func(*listing) taker) ([]Listed, error) {
	out := make([]Listed, len(ranges))
	for i, r := range ranges {
		out[i] = Listed{Range: r, Reached: r.From, Done: r.Span() == 0}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := &relay{lister: l, ctx: ctx, ranges: ranges, take: take}
	for i := range ranges {
		one := r.leg(i)
		close(one.turn.come)
		<-one.ended
		if out[i] = one.Listed; one.err != nil {
			cancel()
			r.wait()
			return out, one.err
		}
	}
	return out, nil
}

// leg is the listing of one range, which has begun.
func (r *relay) leg(i int) *leg {
	one := r.next
	if r.next = nil; one == nil {
		one = r.begin(i)
	}
	one.turn.next = func() {
		if r.next == nil && i+1 < len(r.ranges) {
			r.next = r.begin(i + 1)
		}
	}
	return one
}

func (r *relay) begin(i int) *leg {
	one := &leg{
		listing: r.listing(r.ranges[i]),
		turn:    turn{come: make(chan struct{}), over: r.ctx.Done()},
		ended:   make(chan struct{}),
	}
	one.listing.turn = &one.turn
	if one.taker = r.take(one.listing); r.options.Keep == nil {
		one.few = r.options.First
	}
	go func() {
		defer close(one.ended)
		one.err = one.run(r.ctx)
	}()
	return one
}

// wait waits for a range that has begun and is not to have its turn.
func (r *relay) wait() {
	if r.next != nil {
		<-r.next.ended
	}
}

// await waits for the turn; false if there is none.
func (t *turn) await() bool {
	if t == nil {
		return true
	}
	select {
	case <-t.come:
		return true
	case <-t.over:
		return false
	}
}

// callNext lets the next range begin where an answer has all the rest of this one.
func (t *turn) callNext(batches []byte, until int64) {
	if t == nil {
		return
	}
	if following, _ := Following(batches); following >= until {
		t.next()
	}
}
