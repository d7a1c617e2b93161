//go:build integration

package oracle

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/kofs/kofs/internal/kafkatest"
)

// comparison takes one group through one scenario.
type comparison struct {
	bed
	group string
	scenario
	compared int // records
}

// outcome is what kofs said and what the consumer was given.
type outcome struct {
	plan  plan
	given map[partition]kafkatest.Given
}

// arguments are those of reset and records after the verb.
func (c *comparison) arguments(level kafkatest.IsolationLevel) []string {
	args := slices.Concat([]string{c.group}, c.scope(), c.target)
	if level == kafkatest.ReadCommitted || c.needsIsolation() {
		args = append(args, "--isolation-level", string(level))
	}
	return args
}

// at puts the group to its committed offsets, asks kofs for the plan and the
// records, executes the reset and lets a Java consumer of the group read.
func (c *comparison) at(ctx context.Context, level kafkatest.IsolationLevel) (o outcome, err error) {
	if err := c.world.Commit(ctx, c.group, c.committed()); err != nil {
		return o, err
	}
	args := c.arguments(level)
	if err := c.kofs.document(ctx, "kofs/plan/v1", &o.plan, slices.Concat([]string{"reset"}, args, []string{"--count", "exact"})...); err != nil {
		return o, err
	}
	records, err := c.kofs.records(ctx, slices.Concat([]string{"records"}, args)...)
	if err != nil {
		return o, err
	}
	var done result
	if err := c.kofs.document(ctx, "kofs/result/v1", &done, slices.Concat([]string{"reset"}, args, []string{"--execute", "--yes"})...); err != nil {
		return o, err
	}
	if err := errors.Join(c.checkResult(done, level), c.checkCommitted(ctx, level)); err != nil {
		return o, err
	}
	if o.given, err = c.consume(ctx, level); err != nil {
		return o, err
	}
	return o, errors.Join(c.checkRecords(records, o.given), c.checkPlan(o, level))
}

// checkResult expects every row applied, or unchanged where there was nothing to do.
func (c *comparison) checkResult(done result, level kafkatest.IsolationLevel) error {
	if len(done.Partitions) != len(c.rows) {
		return fmt.Errorf("the result has %d rows, want %d", len(done.Partitions), len(c.rows))
	}
	for i, r := range c.rows {
		want := "applied"
		if r.expect(c.scenario, level) == r.committed {
			want = "unchanged"
		}
		if got := done.Partitions[i]; got.Outcome != want || (partition{got.Topic, got.Partition}) != r.partition {
			return fmt.Errorf("the result's row %d is %s:%d %s, want %s %s", i, got.Topic, got.Partition, got.Outcome, r.partition, want)
		}
	}
	return nil
}

// checkCommitted asks Java where the group is after the reset.
func (c *comparison) checkCommitted(ctx context.Context, level kafkatest.IsolationLevel) error {
	committed, err := c.java.Committed(ctx, c.group)
	for _, r := range c.rows {
		if got, want := committed[r.topic][r.number], r.expect(c.scenario, level); err == nil && got != want {
			err = fmt.Errorf("%s: Java reads the committed offset %d after the reset, want %d", r.partition, got, want)
		}
	}
	return err
}

// consume lets the consumer read from its committed offsets up to the old ones.
func (c *comparison) consume(ctx context.Context, level kafkatest.IsolationLevel) (map[partition]kafkatest.Given, error) {
	request := kafkatest.ReadRequest{Group: c.group, Isolation: level, Subscribe: c.subscribe}
	for _, r := range c.rows {
		request.Ranges = append(request.Ranges, kafkatest.ReadRange{Topic: r.topic, Partition: r.number, Until: r.committed})
	}
	list, err := c.java.Read(ctx, request)
	given := map[partition]kafkatest.Given{}
	for _, g := range list {
		given[partition{g.Topic, g.Partition}] = g
	}
	return given, err
}

// checkRecords compares the listed records with the given ones, offset by
// offset and content by content.
func (c *comparison) checkRecords(list map[partition]listed, given map[partition]kafkatest.Given) error {
	for _, r := range c.rows {
		l, g := list[r.partition], given[r.partition]
		if !slices.Equal(l.offsets, g.Offsets) {
			return fmt.Errorf("%s: kofs lists %d records and Java was given %d; the first difference: %s",
				r.partition, len(l.offsets), len(g.Offsets), firstDifference(l.offsets, g.Offsets))
		}
		for i := range l.digests {
			if l.digests[i] != g.Digests[i] {
				return fmt.Errorf("%s: the record at offset %d has other content in kofs than in Java", r.partition, l.offsets[i])
			}
		}
		c.compared += len(l.offsets)
	}
	return nil
}

func firstDifference(listed, given []int64) string {
	for i := range min(len(listed), len(given)) {
		if listed[i] != given[i] {
			return fmt.Sprintf("listed offset %d, given %d", listed[i], given[i])
		}
	}
	if len(listed) > len(given) {
		return fmt.Sprintf("offset %d only listed", listed[len(given)])
	}
	return fmt.Sprintf("offset %d only given", given[len(listed)])
}

// checkPlan compares the plan's offsets and numbers with what was given.
func (c *comparison) checkPlan(o outcome, level kafkatest.IsolationLevel) error {
	if len(o.plan.Changes) != len(c.rows) {
		return fmt.Errorf("the plan has %d rows, want %d", len(o.plan.Changes), len(c.rows))
	}
	var total, span int64
	for i, r := range c.rows {
		g := o.given[r.partition]
		total, span = total+int64(len(g.Offsets)), span+r.committed-r.expect(c.scenario, level)
		if err := r.checkChange(o.plan.Changes[i], r.expect(c.scenario, level), g.Offsets); err != nil {
			return fmt.Errorf("the plan's row of %s: %w", r.partition, err)
		}
	}
	return errors.Join(
		same("totals.replay_records", o.plan.Totals.ReplayRecords, total),
		same("totals.replay_span", &o.plan.Totals.ReplaySpan, span))
}

func (r row) checkChange(got change, newOffset int64, given []int64) error {
	if (partition{got.Topic, got.Partition}) != r.partition {
		return fmt.Errorf("is of %s:%d", got.Topic, got.Partition)
	}
	err := errors.Join(
		same("committed_offset", got.CommittedOffset, r.committed),
		same("new_offset", got.NewOffset, newOffset),
		same("span", got.Span, r.committed-newOffset),
		same("records", got.Records, int64(len(given))))
	if !got.Exact {
		err = errors.Join(err, errors.New("exact is false"))
	}
	if want := r.effect(newOffset); got.Effect != want {
		err = errors.Join(err, fmt.Errorf("effect is %s, want %s", got.Effect, want))
	}
	if len(given) == 0 {
		return err
	}
	return errors.Join(err,
		same("first_record.offset", got.First.offset(), given[0]),
		same("last_record.offset", got.Last.offset(), given[len(given)-1]))
}

func (r row) effect(newOffset int64) string {
	if newOffset == r.committed {
		return "none"
	}
	return "replay"
}

// crossCheck compares each plan's number for the other isolation level with
// what the consumer was given there, where both go to the same offset.
func (c *comparison) crossCheck(seen map[kafkatest.IsolationLevel]outcome) error {
	for _, level := range levels() {
		for i, r := range c.rows {
			if r.expect(c.scenario, kafkatest.ReadCommitted) != r.target {
				continue
			}
			uncommitted := len(seen[kafkatest.ReadUncommitted].given[r.partition].Offsets)
			committed := len(seen[kafkatest.ReadCommitted].given[r.partition].Offsets)
			got := seen[level].plan.Changes[i]
			err := errors.Join(
				same("records_read_uncommitted", got.Uncommitted, int64(uncommitted)),
				same("records_read_committed", got.Committed, int64(committed)))
			if err != nil {
				return fmt.Errorf("%v %s at %s: %w", c.arguments(level), r.partition, level, err)
			}
		}
	}
	return nil
}

func same(field string, got *int64, want int64) error {
	if got == nil {
		return fmt.Errorf("%s is null, want %d", field, want)
	}
	if *got != want {
		return fmt.Errorf("%s is %d, want %d", field, *got, want)
	}
	return nil
}
