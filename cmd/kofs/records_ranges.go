package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/inspect/records"
	"github.com/kofs/kofs/reset"
)

// validatePlan reads the plan of --plan, which says all that could be chosen
// otherwise.
func (o *recordsOptions) validatePlan(a *app, ranged bool) error {
	switch scope := o.allTopics || len(o.topics)+len(o.topicsRe) > 0; {
	case o.group != "":
		return usagef("--plan goes without a group, but %q was named", o.group)
	case scope || ranged || len(o.targets()) > 0 || o.neverSkip || o.clamp || o.create:
		return usagef("--plan says which offsets: it goes without a scope, a target and offsets")
	}
	plan, err := reset.LoadPlan(o.plan)
	if err != nil {
		return usagef("--plan: %v", err)
	}
	if a.global.isolationChosen && a.global.isolation != plan.IsolationLevel {
		return usagef("--isolation-level %s, but the plan was made for %s", a.global.isolation, plan.IsolationLevel)
	}
	a.global.isolation, o.saved = plan.IsolationLevel, &plan
	return nil
}

// rangeToList is a range and what the reset would do with it; no effect without
// a group.
type rangeToList struct {
	records.Range
	effect *reset.Effect
}

// ranges are those of the plan, or the one that was named; unread are the rows of
// the plan that have none, because they could not be looked at.
func (a *app) ranges(ctx context.Context, c client, o recordsOptions) (list []rangeToList, unread []reset.Change, err error) {
	switch {
	case o.saved != nil:
		if err := a.checkOrigin(ctx, c, o.saved.Origin()); err != nil {
			return nil, nil, err
		}
		return a.rangesOf(*o.saved)
	case o.group == "":
		list, err := a.namedRange(ctx, c, o)
		return list, nil, err
	}
	p, err := a.plan(ctx, c, o.group, o.selection)
	if err != nil {
		return nil, nil, err
	}
	return a.rangesOf(p.plan)
}

func (a *app) rangesOf(p reset.Plan) (list []rangeToList, unread []reset.Change, err error) {
	unread = p.Unreadable()
	for _, row := range unread {
		a.warn("%s: %v", row.At(), row.Error)
	}
	for _, r := range p.Ranges() {
		i := slices.IndexFunc(p.Changes, func(c reset.Change) bool { return c.At() == r.TopicPartition })
		if outside := p.Changes[i].OutsideLog(); outside != "" {
			a.warn("%s: %s", r.TopicPartition, outside)
		}
		list = append(list, rangeToList{r, &p.Changes[i].Effect})
	}
	if len(unread) > 0 && len(list) == 0 {
		return nil, nil, fmt.Errorf("reading %s: %w", unread[0].At(), unread[0].Error)
	}
	return list, unread, nil
}

// namedRange is the part of --from-offset to --until-offset that is in the log.
func (a *app) namedRange(ctx context.Context, c client, o recordsOptions) ([]rangeToList, error) {
	ctx, cancel := a.phase(ctx)
	defer cancel()
	at := inspect.TopicPartition{Topic: o.scopes[0].Topic, Partition: o.scopes[0].Partitions[0]}
	log, err := inspect.ReadLog(ctx, c, at)
	if err != nil {
		return nil, cause(ctx, err)
	}
	r := records.Range{TopicPartition: at, From: max(o.from, log.Start), Until: min(o.until, log.End(a.global.isolation))}
	if r.From != o.from || r.Until != o.until {
		a.warn("the log of %s goes from %d to %d", at, log.Start, log.End(a.global.isolation))
	}
	return []rangeToList{{Range: r}}, nil
}
