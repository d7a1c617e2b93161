package cluster

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"

	"github.com/IBM/sarama"
	"github.com/kofs/kofs/inspect"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// topicMeta is a topic as a Metadata answer describes it.
type topicMeta struct {
	id       inspect.TopicID
	internal bool
	leaders  map[int32]leader
	fault    *inspect.Fault
}

// leader is who leads a partition, or who would, and why nobody does.
type leader struct {
	node  int32 // -1 where not even that is known
	epoch int32 // since which it leads, -1 where the broker does not say
	fault *inspect.Fault
}

// leastMetadata is the first version that can forbid the broker to create the
// topics asked about (auto.create.topics.enable). No older one is ever sent.
const leastMetadata = 4

// discover asks the bootstrap server for the cluster's ID and brokers. A broker
// that has just started may know none yet.
func (c *Cluster) discover(ctx context.Context) error {
	for p := newPatience(mendTime); ; {
		resp, err := ask(ctx, c.seed, brokersOnly)
		if err != nil {
			return err
		}
		if len(resp.Brokers) > 0 {
			c.learnBrokers(resp)
			return nil
		}
		if !p.again(ctx) {
			return fmt.Errorf("asking %s for the cluster's brokers: it knows none", c.seed.addr)
		}
	}
}

// brokersOnly is a raw request: sarama's Metadata cannot ask for no topics (an
// empty list means all of them to it), which on a large cluster is megabytes.
func brokersOnly(ctx context.Context, c *conn) (*kmsg.MetadataResponse, error) {
	v, err := c.version(kmsg.Metadata, leastMetadata, 11)
	if err != nil {
		return nil, err
	}
	req := kmsg.NewPtrMetadataRequest()
	req.Version, req.Topics = v, []kmsg.MetadataRequestTopic{}
	resp, err := c.do(ctx, req)
	if err != nil {
		return nil, err
	}
	return resp.(*kmsg.MetadataResponse), nil
}

func (c *Cluster) learnBrokers(resp *kmsg.MetadataResponse) {
	brokers := make([]inspect.Broker, 0, len(resp.Brokers))
	for _, b := range resp.Brokers {
		brokers = append(brokers, inspect.Broker{NodeID: b.NodeID, Host: b.Host, Port: b.Port})
	}
	c.learn(resp.ClusterID, brokers)
}

// learn keeps the cluster's ID and brokers.
func (c *Cluster) learn(id *string, brokers []inspect.Broker) {
	slices.SortFunc(brokers, func(a, b inspect.Broker) int { return cmp.Compare(a.NodeID, b.NodeID) })
	c.mu.Lock()
	if id != nil {
		c.id = *id
	}
	c.brokers = brokers
	c.mu.Unlock()
	for _, b := range brokers {
		c.meet(b)
	}
}

// metadata asks about topics, all of them when names is nil, and keeps what it
// hears. Topics that the broker leaves out get a fault.
func (c *Cluster) metadata(ctx context.Context, names []string) (map[string]topicMeta, error) {
	if names != nil && len(names) == 0 {
		return map[string]topicMeta{}, nil
	}
	resp, err := askAnybody(ctx, c, func(ctx context.Context, c *conn) (*sarama.MetadataResponse, error) {
		v, err := c.version(kmsg.Metadata, leastMetadata, 11)
		if err != nil {
			return nil, err
		}
		return typed(ctx, c, kmsg.Metadata, v, func(b *sarama.Broker) (*sarama.MetadataResponse, error) {
			return b.GetMetadata(&sarama.MetadataRequest{Version: v, Topics: names, AllowAutoTopicCreation: false})
		})
	})
	if err != nil {
		return nil, err
	}
	brokers, err := brokersOf(resp)
	if err != nil {
		return nil, err
	}
	if len(brokers) > 0 {
		c.learn(resp.ClusterID, brokers)
	}
	topics := topicsOf(resp, names)
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, t := range topics {
		c.topics[name] = t
	}
	return topics, nil
}

// brokersOf takes apart the addresses that sarama puts together.
func brokersOf(resp *sarama.MetadataResponse) ([]inspect.Broker, error) {
	brokers := make([]inspect.Broker, 0, len(resp.Brokers))
	for _, b := range resp.Brokers {
		host, port, err := net.SplitHostPort(b.Addr())
		if err != nil {
			return nil, fmt.Errorf("reading the address of broker %d: %w", b.ID(), err)
		}
		n, err := strconv.ParseInt(port, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("reading the address of broker %d: %w", b.ID(), err)
		}
		brokers = append(brokers, inspect.Broker{NodeID: b.ID(), Host: host, Port: int32(n)})
	}
	return brokers, nil
}

func topicsOf(resp *sarama.MetadataResponse, names []string) map[string]topicMeta {
	topics := make(map[string]topicMeta, len(resp.Topics))
	for _, t := range resp.Topics {
		meta := topicMeta{
			id:       inspect.TopicID(t.Uuid),
			internal: t.IsInternal,
			leaders:  make(map[int32]leader, len(t.Partitions)),
			fault:    toDescribe().fault(int16(t.Err), "", t.Name, ""),
		}
		for _, p := range t.Partitions {
			meta.leaders[p.ID] = leaderOf(p)
		}
		topics[t.Name] = meta
	}
	for _, name := range names {
		if _, ok := topics[name]; !ok {
			topics[name] = topicMeta{fault: leftOut("topic " + strconv.Quote(name))}
		}
	}
	return topics
}

// leaderOf: an error beside a leader speaks of replicas (REPLICA_NOT_AVAILABLE)
// or listeners, and does not make the leader a worse one.
func leaderOf(p *sarama.PartitionMetadata) leader {
	if p.Leader < 0 {
		l := leader{node: -1, fault: inspect.KafkaFault(cmp.Or(int16(p.Err), leaderNotAvailable), "")}
		if len(p.Replicas) > 0 {
			l.node = p.Replicas[0]
		}
		return l
	}
	if p.Version < 7 {
		return leader{node: p.Leader, epoch: -1}
	}
	return leader{node: p.Leader, epoch: p.LeaderEpoch}
}

// leaderIn finds a partition's leader. A partition that the topic does not have
// is UNKNOWN_TOPIC_OR_PARTITION, as a broker would say.
func (t topicMeta) leaderIn(partition int32) leader {
	if t.fault != nil {
		return leader{fault: t.fault}
	}
	if l, ok := t.leaders[partition]; ok {
		return l
	}
	return leader{fault: inspect.KafkaFault(inspect.CodeUnknownTopicOrPartition, "")}
}

// Topics describes the named topics, all of them when names is nil. No topic is
// ever created by it, whatever auto.create.topics.enable says. A topic whose
// creation is not known everywhere yet is waited for, for a few seconds.
func (c *Cluster) Topics(ctx context.Context, names []string) (map[string]inspect.Topic, error) {
	ctx, cancel := c.phase(ctx)
	defer cancel()
	metas, err := c.metadata(ctx, distinct(names))
	for p := newPatience(mendTime); err == nil; metas, err = c.metadata(ctx, distinct(names)) {
		if !anyMoving(metas) || !p.again(ctx) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	topics := make(map[string]inspect.Topic, len(metas))
	for name, t := range metas {
		topics[name] = t.topic(name)
	}
	return topics, nil
}

// anyMoving: LEADER_NOT_AVAILABLE of a whole topic means that it is being created.
func anyMoving(metas map[string]topicMeta) bool {
	for _, t := range metas {
		if t.fault.HasCode(leaderNotAvailable) {
			return true
		}
	}
	return false
}

func (t topicMeta) topic(name string) inspect.Topic {
	topic := inspect.Topic{Name: name, ID: t.id, Internal: t.internal, Leaders: map[int32]int32{}, Fault: t.fault}
	for p, leader := range t.leaders {
		topic.Partitions = append(topic.Partitions, p)
		if leader.fault == nil && leader.node >= 0 {
			topic.Leaders[p] = leader.node
		}
	}
	slices.Sort(topic.Partitions)
	return topic
}

// distinct is the names without repetitions, nil for nil.
func distinct(names []string) []string {
	sorted := slices.Clone(names)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}
