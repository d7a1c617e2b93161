package kafkatest

import (
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Embedded is a Kafka cluster inside this process.
type Embedded struct {
	// Cluster takes faults, topology changes and compaction; see kfake.
	Cluster *kfake.Cluster
	seen    requestCounter
}

// EmbeddedOptions says how large the cluster is and what is in it at the start.
type EmbeddedOptions struct {
	// Brokers is the number of brokers, 1 if zero.
	Brokers int
	// Topics maps each topic that exists from the start to its number of partitions.
	Topics map[string]int32
	// Extra goes to kfake as it is: SASL, TLS, version caps, broker configs.
	Extra []kfake.Opt
}

// StartEmbedded starts a cluster that lasts until Close. Topics are never
// created by asking for them.
func StartEmbedded(o EmbeddedOptions) (*Embedded, error) {
	opts := []kfake.Opt{kfake.NumBrokers(max(o.Brokers, 1))}
	for topic, partitions := range o.Topics {
		opts = append(opts, kfake.SeedTopics(partitions, topic))
	}
	cluster, err := kfake.NewCluster(append(opts, o.Extra...)...)
	if err != nil {
		return nil, fmt.Errorf("starting the embedded cluster: %w", err)
	}
	e := &Embedded{Cluster: cluster, seen: requestCounter{n: map[kmsg.Key]int{}}}
	e.countRequests()
	return e, nil
}

// countRequests watches every key by itself and before anybody else can: a
// control for all keys runs only after those of the key, any of which may
// answer the request.
func (e *Embedded) countRequests() {
	for key := int16(0); key <= kmsg.MaxKey; key++ {
		e.Cluster.ControlKey(key, func(kmsg.Request) (kmsg.Response, error, bool) {
			e.seen.add(kmsg.Key(key))
			return nil, nil, false
		})
	}
}

// Addrs are the brokers' host:port addresses.
func (e *Embedded) Addrs() []string { return e.Cluster.ListenAddrs() }

// Close stops the cluster and closes every connection to it.
func (e *Embedded) Close() { e.Cluster.Close() }

// Requests is how many requests with one of these keys have reached a broker,
// from any client, since the start or the last ForgetRequests. Take the number
// before and after what is tested: live members and a World ask things too.
func (e *Embedded) Requests(keys ...kmsg.Key) int { return e.seen.sum(keys) }

// ForgetRequests sets all counts of Requests to zero.
func (e *Embedded) ForgetRequests() { e.seen.reset() }

// TraceKeys are the requests that a command which only looks must never send:
// they join or leave a group, write offsets, or create and change things.
func TraceKeys() []kmsg.Key {
	return []kmsg.Key{
		kmsg.JoinGroup, kmsg.SyncGroup, kmsg.LeaveGroup, kmsg.Heartbeat, kmsg.ConsumerGroupHeartbeat,
		kmsg.OffsetCommit, kmsg.TxnOffsetCommit, kmsg.OffsetDelete, kmsg.DeleteGroups,
		kmsg.CreateTopics, kmsg.CreatePartitions, kmsg.DeleteRecords, kmsg.Produce, kmsg.InitProducerID,
	}
}

type requestCounter struct {
	mu sync.Mutex
	n  map[kmsg.Key]int
}

func (c *requestCounter) add(key kmsg.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[key]++
}

func (c *requestCounter) sum(keys []kmsg.Key) (total int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range keys {
		total += c.n[key]
	}
	return total
}

func (c *requestCounter) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.n)
}
