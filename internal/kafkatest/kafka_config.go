package kafkatest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// node is one broker, which is also a controller of the cluster's quorum.
type node struct {
	id         int
	port       int // for clients
	controller int // port of the quorum
	dir        string
	advertised string // to clients; port if empty
}

// serverProperties is the node's configuration: one that forms groups at once,
// cleans and deletes within a second, and fits into a small heap.
func (k *Kafka) serverProperties(self node, extra map[string]string) string {
	props := map[string]string{}
	maps.Copy(props, self.common(len(k.nodes)))
	if k.zookeeper != nil {
		maps.Copy(props, self.besideZooKeeper(k.zookeeper))
	} else {
		maps.Copy(props, self.inQuorum(k.nodes))
	}
	for name, value := range extra {
		if isListenerList(name) {
			value = props[name] + "," + value
		}
		props[name] = value
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(props)) {
		fmt.Fprintf(&b, "%s=%s\n", name, props[name])
	}
	return b.String()
}

func isListenerList(name string) bool {
	return name == "listeners" || name == "advertised.listeners" || name == "listener.security.protocol.map"
}

// common is what every version understands.
func (n node) common(nodes int) map[string]string {
	replicas := min(nodes, 3)
	return map[string]string{
		"listeners":            fmt.Sprintf("PLAINTEXT://127.0.0.1:%d", n.port),
		"advertised.listeners": "PLAINTEXT://" + cmp.Or(n.advertised, n.addr()),
		"log.dirs":             n.logDir(),

		"default.replication.factor":               fmt.Sprint(replicas),
		"offsets.topic.replication.factor":         fmt.Sprint(replicas),
		"offsets.topic.num.partitions":             fmt.Sprint(offsetsPartitions),
		"transaction.state.log.replication.factor": fmt.Sprint(replicas),
		"transaction.state.log.min.isr":            fmt.Sprint(min(replicas, 2)),
		"transaction.state.log.num.partitions":     "3",

		"auto.create.topics.enable":        "false",
		"group.initial.rebalance.delay.ms": "0",

		"log.cleaner.backoff.ms":          "100",
		"log.cleaner.dedupe.buffer.size":  "4194304",
		"log.retention.check.interval.ms": "500",
	}
}

// offsetsPartitions is the number of partitions of __consumer_offsets: with three
// nodes each leads one of them, and so is the coordinator of some groups.
const offsetsPartitions = 3

// inQuorum is what KRaft wants, and what only versions with KRaft know. Without
// log.initial.task.delay.ms 3.9 begins to delete after 30 seconds.
func (n node) inQuorum(all []node) map[string]string {
	props := map[string]string{
		"process.roles":                  "broker,controller",
		"node.id":                        fmt.Sprint(n.id),
		"controller.quorum.voters":       voters(all),
		"listeners":                      fmt.Sprintf("PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d", n.port, n.controller),
		"controller.listener.names":      "CONTROLLER",
		"listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"log.initial.task.delay.ms":      "500",

		"group.consumer.min.session.timeout.ms":    "1000",
		"group.consumer.session.timeout.ms":        "6000",
		"group.consumer.min.heartbeat.interval.ms": "500",
		"group.consumer.heartbeat.interval.ms":     "1000",
	}
	if len(all) == 1 { // nobody takes over: a stall of the disk must not end the broker's session
		props["broker.session.timeout.ms"] = "60000"
	}
	return props
}

func (n node) besideZooKeeper(z *zookeeper) map[string]string {
	return map[string]string{
		"broker.id":         fmt.Sprint(n.id),
		"zookeeper.connect": fmt.Sprintf("127.0.0.1:%d", z.port),
		// As above; it also is how long a killed broker's name stays taken.
		"zookeeper.session.timeout.ms": "60000",
	}
}

func voters(all []node) string {
	var list []string
	for _, n := range all {
		list = append(list, fmt.Sprintf("%d@127.0.0.1:%d", n.id, n.controller))
	}
	return strings.Join(list, ",")
}
