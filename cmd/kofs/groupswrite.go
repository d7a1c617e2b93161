package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/kofs/kofs/internal/output"
	"github.com/kofs/kofs/reset"
)

// resultsDoc is what became of the writes to several groups. Every group is in
// Results, where it was written or needed nothing, or in Errors, or in both.
type resultsDoc struct {
	Schema  string         `json:"schema"`
	Results []reset.Result `json:"results"`
	Errors  []errorDoc     `json:"errors"`
}

// resetGroups asks once for all groups, and then writes them one by one. A group
// that fails does not keep the others from being written.
func (a *app) resetGroups(ctx context.Context, previews []preview, refused error, o resetOptions) error {
	writings := make([]writing, len(previews))
	for i, p := range previews {
		writings[i] = o.writing(a, p)
		if err := a.showBeforeWrite(writings[i]); err != nil {
			return err
		}
	}
	if refused != nil {
		return refused
	}
	for _, w := range writings {
		if err := reset.Permit(w.preview.plan, a.permission(w)); err != nil {
			return err
		}
	}
	if err := a.confirmGroups(ctx, len(previews), o); err != nil {
		return err
	}
	c, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	results, end := a.writeEach(ctx, c, writings)
	return cmp.Or(a.showResults(results), end)
}

// writeEach writes one group after the other. The error is the one for all.
func (a *app) writeEach(ctx context.Context, c client, writings []writing) (resultsDoc, error) {
	doc := resultsDoc{Schema: "kofs/results/v1", Results: []reset.Result{}, Errors: []errorDoc{}}
	var failed []error
	done := false
	for _, w := range writings {
		result, err := a.applied(ctx, c, w)
		if result != nil {
			doc.Results = append(doc.Results, *result)
			done = done || result.Count(reset.Applied)+result.Count(reset.Overwritten) > 0
		}
		if err == nil {
			done = true
			continue
		}
		f := classify(err)
		f.group = w.preview.plan.Group
		doc.Errors = append(doc.Errors, f.doc())
		failed = append(failed, err)
	}
	return doc, endOfGroups(failed, done)
}

// endOfGroups is the error whose exit code goes before the others'. What was
// refused or failed beside a group that was done is incomplete.
func endOfGroups(failed []error, done bool) error {
	if len(failed) == 0 {
		return nil
	}
	order := []int{exitUnknown, exitInterrupted, exitTerminated, exitRefused, exitIncomplete, exitFailed}
	worst := slices.MinFunc(failed, func(a, b error) int {
		return cmp.Compare(slices.Index(order, classify(a).code), slices.Index(order, classify(b).code))
	})
	f := classify(worst)
	if f.code == exitUnknown || !done {
		return worst
	}
	return &outcomeError{code: exitIncomplete, reason: reasonIncomplete, group: f.group, fault: f.fault, hint: f.hint,
		message: "not every group was written: " + f.message}
}

// confirmGroups has the number of groups typed, so that nobody agrees to more
// than they meant.
func (a *app) confirmGroups(ctx context.Context, n int, o resetOptions) error {
	if o.write.yes {
		if n > o.groups.most {
			return &reset.Refusal{Reason: reset.TooManyGroups, Message: fmt.Sprintf("the pattern stands for %d groups, more than --max-groups %d", n, o.groups.most)}
		}
		return nil
	}
	answer, err := a.Ask(ctx, fmt.Sprintf("write the offsets of %d groups? Type their number to agree: ", n))
	switch {
	case err != nil:
		return cause(ctx, err)
	case answer != strconv.Itoa(n):
		return &reset.Refusal{Reason: reset.Declined, Message: "declined; nothing was changed"}
	}
	return nil
}

func (a *app) showResults(doc resultsDoc) error {
	if a.global.isJSON() {
		return a.writeDoc(doc)
	}
	for _, r := range doc.Results {
		if !a.global.isData() {
			if err := output.Line(a.Out, "%s", r.Group); err != nil {
				return err
			}
		}
		if err := a.showResult(r); err != nil {
			return err
		}
	}
	for _, e := range doc.Errors {
		if !slices.ContainsFunc(doc.Results, func(r reset.Result) bool { return r.Group == *e.Group }) {
			a.warn("group %q was not written: %s", *e.Group, e.Message)
		}
	}
	return nil
}
