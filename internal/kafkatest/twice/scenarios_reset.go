package twice

import (
	"context"
	"fmt"
	"strconv"

	"github.com/kofs/kofs/internal/kafkatest"
)

func resets() []Scenario {
	return []Scenario{
		{Name: "reset by kofs", Cause: Reset, Run: resetWith((*Stage).byKofs), facts: wentBack},
		{Name: "reset by kafka-consumer-groups", Cause: Reset, Run: resetWith((*Stage).byTool), facts: wentBack},
	}
}

// resetWith processes everything, moves the group back, and processes on.
func resetWith(reset func(*Stage, context.Context, int) error) func(context.Context, *Stage) error {
	return func(ctx context.Context, s *Stage) error {
		if err := s.consumed(ctx, 2, s.between(200, 600)); err != nil {
			return err
		}
		if err := reset(s, ctx, s.between(20, 150)); err != nil {
			return err
		}
		if err := s.toAll(ctx, s.Topic, s.between(10, 60)); err != nil {
			return err
		}
		return s.consumedOn(ctx)
	}
}

// plain is a worker that commits after each poll and at its end.
func plain(client string) kafkatest.WorkerConfig {
	return kafkatest.WorkerConfig{ClientID: client, CommitEachPoll: true, CommitOnRevoke: true, Properties: consumer(rangeAssignor)}
}

// consumed creates the topic, lets a worker process all of it, and leaves the
// group empty.
func (s *Stage) consumed(ctx context.Context, partitions int32, records int) error {
	if err := s.create(ctx, s.Topic, partitions, records); err != nil {
		return err
	}
	return s.consumedOn(ctx)
}

// consumedOn lets a worker process what is not yet, and leaves the group empty.
func (s *Stage) consumedOn(ctx context.Context) error {
	w, err := s.start(ctx, plain(fmt.Sprintf("app-%d", len(s.workers))))
	if err != nil {
		return err
	}
	return s.finish(ctx, w)
}

// finish waits until the group has committed the ends of the topic, and lets the
// worker leave.
func (s *Stage) finish(ctx context.Context, w *kafkatest.Worker) error {
	if err := s.awaitCommitted(ctx, s.Topic); err != nil {
		return err
	}
	return w.End(ctx)
}

func (s *Stage) awaitCommitted(ctx context.Context, topic string) error {
	return await(ctx, "commits at the ends of "+topic, func() (bool, error) {
		committed, err := s.World.Committed(ctx, s.Group)
		for p, total := range s.totals[topic] {
			if committed[topic][int32(p)] != total {
				return false, err
			}
		}
		return true, err
	})
}

func (s *Stage) byKofs(ctx context.Context, back int) error {
	ran, err := s.Kofs.Run(ctx, "reset", s.Group, "--topic", s.Topic, "--shift-by", strconv.Itoa(-back), "--execute", "--yes")
	if err == nil && ran.Exit != 0 {
		err = fmt.Errorf("%s", ran)
	}
	return err
}

func (s *Stage) byTool(ctx context.Context, back int) error {
	_, err := s.Java.ConsumerGroups(ctx, "--group", s.Group, "--topic", s.Topic, "--reset-offsets", "--shift-by", strconv.Itoa(-back), "--execute")
	return err
}
