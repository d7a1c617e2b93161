package kafkatest

import (
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
}

// serverProperties is the node's configuration: one that forms groups at once,
// cleans and deletes within a second, and fits into a small heap.
func serverProperties(self node, all []node, extra map[string]string) string {
	replicas := min(len(all), 3)
	props := map[string]string{
		"process.roles":                  "broker,controller",
		"node.id":                        fmt.Sprint(self.id),
		"controller.quorum.voters":       voters(all),
		"listeners":                      fmt.Sprintf("PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d", self.port, self.controller),
		"advertised.listeners":           fmt.Sprintf("PLAINTEXT://127.0.0.1:%d", self.port),
		"controller.listener.names":      "CONTROLLER",
		"listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"log.dirs":                       self.logDir(),

		"default.replication.factor":               fmt.Sprint(replicas),
		"offsets.topic.replication.factor":         fmt.Sprint(replicas),
		"offsets.topic.num.partitions":             "3",
		"transaction.state.log.replication.factor": fmt.Sprint(replicas),
		"transaction.state.log.min.isr":            fmt.Sprint(min(replicas, 2)),
		"transaction.state.log.num.partitions":     "3",

		"auto.create.topics.enable":        "false",
		"group.initial.rebalance.delay.ms": "0",

		"log.cleaner.backoff.ms":          "100",
		"log.cleaner.dedupe.buffer.size":  "4194304",
		"log.initial.task.delay.ms":       "500",
		"log.retention.check.interval.ms": "500",

		"group.consumer.min.session.timeout.ms":    "1000",
		"group.consumer.session.timeout.ms":        "6000",
		"group.consumer.min.heartbeat.interval.ms": "500",
		"group.consumer.heartbeat.interval.ms":     "1000",
	}
	if len(all) == 1 { // nobody takes over: a stall of the disk must not end the broker's session
		props["broker.session.timeout.ms"] = "60000"
	}
	maps.Copy(props, extra)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(props)) {
		fmt.Fprintf(&b, "%s=%s\n", name, props[name])
	}
	return b.String()
}

func voters(all []node) string {
	var list []string
	for _, n := range all {
		list = append(list, fmt.Sprintf("%d@127.0.0.1:%d", n.id, n.controller))
	}
	return strings.Join(list, ",")
}
