package inspect

import "context"

// Source is a cluster that can be asked. internal/cluster is one.
//
// An error is returned when nothing could be asked at all (no connection, the
// context ended); it does not say what was asked, which the caller knows. What failed for one broker, group, topic or partition is a
// Fault in the answer. No question changes anything on the cluster, and none
// creates a topic or a group.
type Source interface {
	// Cluster says which cluster this is and which brokers it has.
	Cluster(ctx context.Context) (Cluster, error)
	// ListGroups asks every broker for its groups.
	ListGroups(ctx context.Context) (GroupList, error)
	// DescribeGroups asks each group's coordinator. Every ID gets an answer; a
	// group that does not exist has StateDead.
	DescribeGroups(ctx context.Context, ids []string) (map[string]Group, error)
	// FetchCommits reads the committed offsets of groups. With partitions nil all
	// that there are: partitions without a commit are then left out, and so are,
	// without a word, those of topics that the principal may not describe.
	// Otherwise every named partition gets an answer.
	FetchCommits(ctx context.Context, ids []string, partitions []TopicPartition) (map[string]GroupCommits, error)
	// Topics describes the named topics, all of them when names is nil. Every
	// name gets an answer.
	Topics(ctx context.Context, names []string) (map[string]Topic, error)
	// Logs reads log start, last stable offset and high watermark. Every
	// partition gets an answer.
	Logs(ctx context.Context, partitions []TopicPartition) (map[TopicPartition]LogAnswer, error)
	// OffsetsAt finds, for each partition, the first record with a timestamp (ms
	// since 1970) at or after ms, as far as a consumer of the isolation level
	// reads. Every partition gets an answer.
	OffsetsAt(ctx context.Context, partitions []TopicPartition, ms int64, isolation Isolation) (map[TopicPartition]OffsetAtAnswer, error)
}

// ConfigSource tells configurations of brokers. internal/cluster is one.
type ConfigSource interface {
	// BrokerConfig is the value of one broker's configuration. An error is also that
	// one may not ask (an *inspect.Fault), and that the broker has no such name.
	BrokerConfig(ctx context.Context, node int32, name string) (string, error)
}

// Cluster is a cluster's name and brokers.
type Cluster struct {
	ID      string
	Server  string // the bootstrap server that answered, host:port
	Brokers []Broker
}

// Broker is one broker as the cluster advertises it.
type Broker struct {
	NodeID int32
	Host   string
	Port   int32
}

// BrokerFault is a broker that did not answer, and why.
type BrokerFault struct {
	Broker Broker
	Fault  *Fault
}

// GroupCommits is what a coordinator holds for one group.
type GroupCommits struct {
	Commits map[TopicPartition]CommitAnswer
	Fault   *Fault // the whole group could not be read
}

// CommitAnswer is one partition's committed offset.
type CommitAnswer struct {
	Commit  *Commit // nil: no commit
	Pending bool    // an open transaction holds an offset; Commit is the last stable one
	Fault   *Fault
}

// Topic is a topic and its partitions, in the order of their numbers.
type Topic struct {
	Name       string
	ID         TopicID
	Internal   bool
	Partitions []int32
	// Leaders has the broker that leads each partition, by node ID; partitions of
	// which none is known are left out.
	Leaders map[int32]int32
	Fault   *Fault // such as UNKNOWN_TOPIC_OR_PARTITION
}

// LogAnswer is where one partition's log starts and ends, or why that is not known.
type LogAnswer struct {
	Log   Log
	Fault *Fault
}

// OffsetAtAnswer is one partition's answer to a search by time.
type OffsetAtAnswer struct {
	OffsetAt
	Fault *Fault
}
