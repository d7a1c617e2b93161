package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
	"github.com/spf13/pflag"
)

// groupsToReset name several groups by a pattern.
type groupsToReset struct {
	glob, re string
	most     int

	pattern *regexp.Regexp
}

func (g *groupsToReset) addFlags(f *pflag.FlagSet) {
	f.StringVar(&g.glob, "match-groups", "", "instead of GROUP: every group that the `pattern` matches")
	f.StringVar(&g.re, "match-groups-re", "", "instead of GROUP: every group that the `RE2` expression matches")
	f.IntVar(&g.most, "max-groups", 0, "with --yes and a pattern: refuse more than `N` groups")
}

func (g *groupsToReset) several() bool { return g.glob != "" || g.re != "" }

func (g *groupsToReset) validate(o *resetOptions) (err error) {
	switch {
	case g.glob != "" && g.re != "":
		return usagef("--match-groups and --match-groups-re exclude each other")
	case g.several() && o.group != "":
		return usagef("a pattern goes without a group, but %q was named", o.group)
	case !g.several() && o.group == "":
		return &usageError{message: "kofs reset needs a group", hint: "kofs reset GROUP, or --match-groups 'billing-*'"}
	case !g.several() && g.most != 0:
		return usagef("--max-groups goes with --match-groups or --match-groups-re")
	case g.several() && o.write.yes && g.most < 1:
		return &usageError{message: "--yes for several groups needs to know how many may be meant", hint: "--max-groups N"}
	case g.several() && o.savePlan != "":
		return usagef("--save-plan is for one group; -o json shows the plans of several")
	case g.several() && o.write.waitText != "":
		return usagef("--wait is for one group")
	}
	if g.re != "" {
		if g.pattern, err = regexp.Compile("^(?:" + g.re + ")$"); err != nil {
			return usagef("--match-groups-re %q: %v", g.re, err)
		}
	}
	return nil
}

func (g *groupsToReset) resolve(ctx context.Context, a *app, c client) ([]string, error) {
	ctx, cancel := a.phase(ctx)
	defer cancel()
	ids, faults, err := inspect.MatchGroups(ctx, c, g.glob+g.re, g.pattern)
	if err != nil {
		return nil, cause(ctx, reset.RefuseUnknown(err))
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("listing groups: broker %d did not answer, so the pattern may stand for more: %w", faults[0].Broker.NodeID, faults[0].Fault)
	}
	return ids, nil
}

// plansDoc are the previews of several groups.
type plansDoc struct {
	Schema string       `json:"schema"`
	Plans  []reset.Plan `json:"plans"`
	Totals reset.Totals `json:"totals"`
}

// runResetGroups previews, and writes, one group after the other. Nothing is
// written when one of the plans is refused.
func runResetGroups(ctx context.Context, a *app, c client, o resetOptions) error {
	ids, err := o.groups.resolve(ctx, a, c)
	if err != nil {
		return err
	}
	var previews []preview
	var refused error
	for _, id := range ids {
		o.group = id
		p, err := a.preview(ctx, c, o)
		if p == nil {
			return err
		}
		previews = append(previews, *p)
		if refused == nil {
			refused = err
		}
	}
	if !o.execute {
		return a.showPreviews(previews, refused)
	}
	return a.resetGroups(ctx, previews, refused, o)
}

func (a *app) showPreviews(previews []preview, refused error) error {
	plans := make([]reset.Plan, len(previews))
	for i, p := range previews {
		plans[i] = p.plan
	}
	var err error
	if a.global.isJSON() {
		err = a.writeDoc(plansDoc{Schema: "kofs/plans/v1", Plans: plans, Totals: reset.TotalsOf(plans)})
	} else {
		for _, p := range previews {
			err = firstError(err, a.showPreview(p), output.Line(a.Out, ""))
		}
	}
	if err := firstError(refused, err); err != nil {
		return err
	}
	if !a.global.isData() {
		if err := output.Line(a.Out, "%d groups; nothing was changed; add --execute to write", len(plans)); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(plans, func(p reset.Plan) bool { return len(p.Unreadable()) > 0 }) {
		return incomplete("not everything could be read")
	}
	return nil
}
