package cluster

import (
	"context"
	"errors"
	"fmt"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/reset"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Versions of OffsetCommit: from 10 on it names topics by ID (KAFKA-19186), and
// the broker refuses one that was created again. Below 5 it carries a retention
// time, which sets offsets to expire at the next cleanup when it is 0: never sent.
const (
	commitByID   = 10
	commitByName = 8
	leastCommit  = 5
)

// Commit implements [reset.Committer]. Just before, the coordinator itself is
// asked on the same connection who holds the group: that shows the connection to
// be alive, since brokers cut idle ones, and the look-up not to be out of date.
// The commit is then sent once; that connection lost, nothing is sent again.
func (c *Cluster) Commit(ctx context.Context, group string, rows []reset.CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error) {
	ctx, cancel := c.phase(ctx)
	defer cancel()
	if err := distinctRows(rows); err != nil {
		return nil, fmt.Errorf("%w: committing offsets of group %q: %w", reset.ErrNotSent, group, err)
	}
	if len(rows) == 0 {
		return map[inspect.TopicPartition]*inspect.Fault{}, nil
	}
	var answers map[inspect.TopicPartition]*inspect.Fault
	err := c.write(ctx, group, "committing offsets", func(conn *conn) (err error) {
		answers, err = commit(ctx, conn, group, rows)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, f := range answers {
		if movedCoordinator(f) {
			c.forgetCoordinator(group)
		}
	}
	return answers, nil
}

// write sends once, to the coordinator that has just confirmed that it is. The
// error wraps [reset.ErrNotSent] unless a byte may have left.
func (c *Cluster) write(ctx context.Context, group, gerund string, send func(*conn) error) error {
	conn, err := c.confirmedCoordinator(ctx, group)
	if err != nil {
		return fmt.Errorf("%w: finding the coordinator of group %q: %w", reset.ErrNotSent, group, err)
	}
	err = send(conn)
	if certainlyNotSent(err) && errors.Is(err, ErrLost) { // the login ran out in between
		if conn, err = c.confirmedCoordinator(ctx, group); err == nil {
			err = send(conn)
		}
	}
	switch {
	case certainlyNotSent(err):
		return fmt.Errorf("%w: %s of group %q: %w", reset.ErrNotSent, gerund, group, err)
	case err != nil:
		return fmt.Errorf("%s of group %q: %w", gerund, group, err)
	}
	return nil
}

// certainlyNotSent reports whether err is from before the first byte of a request.
func certainlyNotSent(err error) bool {
	var unsent *unsentError
	return errors.As(err, &unsent) || errors.Is(err, ErrUnsupported)
}

func distinctRows(rows []reset.CommitRow) error {
	seen := make(map[inspect.TopicPartition]bool, len(rows))
	for _, r := range rows {
		if seen[r.TopicPartition] {
			return fmt.Errorf("%s is named twice", r.TopicPartition)
		}
		seen[r.TopicPartition] = true
	}
	return nil
}

// confirmedCoordinator is the connection to the broker that says of itself that
// it holds the group.
func (c *Cluster) confirmedCoordinator(ctx context.Context, group string) (*conn, error) {
	for p := newPatience(mendTime); ; {
		held, err := c.holder(ctx, group)
		if err == nil {
			return held, nil
		}
		c.forgetCoordinator(group)
		if !movedCoordinator(asFault(err)) || !p.again(ctx) {
			return nil, err
		}
	}
}

// holder looks the coordinator up and asks it to confirm.
func (c *Cluster) holder(ctx context.Context, group string) (*conn, error) {
	var fault *inspect.Fault
	batches, err := c.coordinatorsOf(ctx, []string{group}, func(_ string, f *inspect.Fault) { fault = f })
	if err != nil {
		return nil, err
	}
	if fault != nil {
		return nil, fault
	}
	n := batches[0].node
	return ask(ctx, n, func(ctx context.Context, conn *conn) (*conn, error) {
		found, err := findCoordinators(ctx, conn, []string{group})
		if err != nil {
			return nil, err
		}
		said := found[group]
		if said.fault != nil {
			return nil, said.fault
		}
		if named, ok := c.node(said.broker.NodeID); !ok || named != n {
			return nil, inspect.KafkaFault(inspect.CodeNotCoordinator, "")
		}
		return conn, nil
	})
}

// commit sends one OffsetCommit as an admin: without a member, generation -1.
func commit(ctx context.Context, c *conn, group string, rows []reset.CommitRow) (map[inspect.TopicPartition]*inspect.Fault, error) {
	most := int16(commitByID)
	if !allIdentified(rows) {
		most = commitByName
	}
	v, err := c.version(kmsg.OffsetCommit, leastCommit, most)
	if err != nil {
		return nil, err
	}
	if v < commitByID {
		v = min(v, commitByName) // v9 adds nothing that a commit from outside needs
	}
	resp, err := c.do(ctx, commitRequest(v, group, rows))
	if err != nil {
		return nil, err
	}
	return commitAnswers(resp.(*kmsg.OffsetCommitResponse), group, rows), nil
}

func allIdentified(rows []reset.CommitRow) bool {
	for _, r := range rows {
		if r.TopicID == (inspect.TopicID{}) {
			return false
		}
	}
	return true
}

func commitRequest(v int16, group string, rows []reset.CommitRow) *kmsg.OffsetCommitRequest {
	req := kmsg.NewPtrOffsetCommitRequest()
	req.Version, req.Group, req.Generation, req.RetentionTimeMillis = v, group, -1, -1
	at := map[commitTopic]int{}
	for _, r := range rows {
		key := commitTopic{r.Topic, r.TopicID}
		i, ok := at[key]
		if !ok {
			i = len(req.Topics)
			at[key] = i
			t := kmsg.NewOffsetCommitRequestTopic()
			t.Topic, t.TopicID = r.Topic, r.TopicID
			req.Topics = append(req.Topics, t)
		}
		p := kmsg.NewOffsetCommitRequestTopicPartition()
		p.Partition, p.Offset, p.LeaderEpoch, p.Metadata = r.Partition, r.Offset, -1, &r.Metadata
		if r.LeaderEpoch != nil {
			p.LeaderEpoch = *r.LeaderEpoch
		}
		req.Topics[i].Partitions = append(req.Topics[i].Partitions, p)
	}
	return req
}

type commitTopic struct {
	name string
	id   inspect.TopicID
}

// commitAnswers says of each row what the answer says. A row that the answer
// leaves out was or was not stored: its fault has no code.
func commitAnswers(resp *kmsg.OffsetCommitResponse, group string, rows []reset.CommitRow) map[inspect.TopicPartition]*inspect.Fault {
	type place struct {
		topic     commitTopic
		partition int32
	}
	codes := map[place]int16{}
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			codes[place{commitTopic{t.Topic, t.TopicID}, p.Partition}] = p.ErrorCode
		}
	}
	answers := make(map[inspect.TopicPartition]*inspect.Fault, len(rows))
	for _, r := range rows {
		key := commitTopic{name: r.Topic}
		if resp.Version >= commitByID {
			key = commitTopic{id: r.TopicID}
		}
		if code, ok := codes[place{key, r.Partition}]; ok {
			answers[r.TopicPartition] = toRead().fault(code, "", r.Topic, group)
		} else {
			answers[r.TopicPartition] = unconfirmed()
		}
	}
	return answers
}
