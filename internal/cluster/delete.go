package cluster

import (
	"context"

	"github.com/kofs/kofs/inspect"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// DeleteOffsets implements [reset.Committer]. It is raw rather than sarama's, as
// it is sent once and its answer must name every partition: an absent one reads
// as success in sarama's DeleteConsumerGroupOffset.
func (c *Cluster) DeleteOffsets(ctx context.Context, group string, partitions []inspect.TopicPartition) (map[inspect.TopicPartition]*inspect.Fault, error) {
	ctx, cancel := c.phase(ctx)
	defer cancel()
	answers := map[inspect.TopicPartition]*inspect.Fault{}
	if len(partitions) == 0 {
		return answers, nil
	}
	err := c.write(ctx, group, "deleting offsets", func(conn *conn) error {
		resp, err := conn.do(ctx, offsetDeleteRequest(group, partitions))
		if err == nil {
			answers = offsetDeleteAnswers(resp.(*kmsg.OffsetDeleteResponse), partitions)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return answers, nil
}

func offsetDeleteRequest(group string, partitions []inspect.TopicPartition) *kmsg.OffsetDeleteRequest {
	req := kmsg.NewPtrOffsetDeleteRequest()
	req.Group = group
	at := map[string]int{}
	for _, p := range partitions {
		i, ok := at[p.Topic]
		if !ok {
			i = len(req.Topics)
			at[p.Topic] = i
			t := kmsg.NewOffsetDeleteRequestTopic()
			t.Topic = p.Topic
			req.Topics = append(req.Topics, t)
		}
		row := kmsg.NewOffsetDeleteRequestTopicPartition()
		row.Partition = p.Partition
		req.Topics[i].Partitions = append(req.Topics[i].Partitions, row)
	}
	return req
}

// offsetDeleteAnswers says of each partition what the answer says; an error of
// the whole group is every partition's.
func offsetDeleteAnswers(resp *kmsg.OffsetDeleteResponse, partitions []inspect.TopicPartition) map[inspect.TopicPartition]*inspect.Fault {
	answers := map[inspect.TopicPartition]*inspect.Fault{}
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			answers[inspect.TopicPartition{Topic: t.Topic, Partition: p.Partition}] = inspect.KafkaFault(p.ErrorCode, "")
		}
	}
	for _, p := range partitions {
		_, answered := answers[p]
		switch {
		case resp.ErrorCode != 0:
			answers[p] = inspect.KafkaFault(resp.ErrorCode, "")
		case !answered:
			answers[p] = unconfirmed()
		}
	}
	return answers
}

// unconfirmed is the fault of a partition, or group, that an answer to a write does
// not name: nobody knows whether it was written.
func unconfirmed() *inspect.Fault {
	return &inspect.Fault{Message: "the answer leaves out this partition: it is not known whether it was stored"}
}

// DeleteGroup implements [reset.Committer].
func (c *Cluster) DeleteGroup(ctx context.Context, group string) (*inspect.Fault, error) {
	ctx, cancel := c.phase(ctx)
	defer cancel()
	fault := unconfirmed()
	err := c.write(ctx, group, "deleting the group and the offsets", func(conn *conn) error {
		req := kmsg.NewPtrDeleteGroupsRequest()
		v, err := conn.version(kmsg.DeleteGroups, 0, 2)
		if err != nil {
			return err
		}
		req.Version, req.Groups = v, []string{group}
		resp, err := conn.do(ctx, req)
		if err != nil {
			return err
		}
		for _, g := range resp.(*kmsg.DeleteGroupsResponse).Groups {
			if g.Group == group {
				fault = inspect.KafkaFault(g.ErrorCode, "")
			}
		}
		return nil
	})
	return fault, err
}
