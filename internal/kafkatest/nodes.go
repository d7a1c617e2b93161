package kafkatest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Nodes are the IDs of all brokers, ascending, also of those that are down.
func (k *Kafka) Nodes() []int32 {
	var ids []int32
	for _, n := range k.nodes {
		ids = append(ids, int32(n.id))
	}
	return ids
}

// HasConsumerProtocol says whether groups may use the protocol of KIP-848: 3.9 has
// it too, but switched off.
func (k *Kafka) HasConsumerProtocol() bool { return strings.HasPrefix(k.version, "4.") }

// Addr is the host:port address of one broker.
func (k *Kafka) Addr(id int32) string { return k.nodes[k.index(id)].addr() }

func (k *Kafka) index(id int32) int {
	i := slices.IndexFunc(k.nodes, func(n node) bool { return n.id == int(id) })
	if i < 0 {
		panic(fmt.Sprintf("no node %d", id))
	}
	return i
}

// Kill ends one node as a power cut does. The others notice after
// broker.session.timeout.ms, 9 seconds by default: until then it leads on.
func (k *Kafka) Kill(id int32) {
	i := k.index(id)
	k.running[i].kill()
	k.running[i] = nil
}

// ShutDown ends one node as an operator does: it hands over what it leads first.
func (k *Kafka) ShutDown(ctx context.Context, id int32) error {
	i := k.index(id)
	if err := k.running[i].terminate(ctx); err != nil {
		return fmt.Errorf("shutting down node %d: %w", id, err)
	}
	k.running[i] = nil
	return nil
}

// Restart starts a node that was ended, with the data it had, and returns once
// all brokers that run are listed. It leads nothing then, until leaders are moved.
func (k *Kafka) Restart(ctx context.Context, id int32) (err error) {
	i := k.index(id)
	if k.running[i], err = k.run(k.nodes[i]); err == nil {
		err = k.awaitReady(ctx)
	}
	if err != nil {
		return k.explain(fmt.Errorf("starting node %d again: %w", id, err))
	}
	return nil
}

// AwaitListed waits until the cluster lists this many brokers.
func (k *Kafka) AwaitListed(ctx context.Context, w *World, brokers int) error {
	return Await(ctx, 50*time.Millisecond, fmt.Sprintf("a list of %d brokers", brokers), func() (bool, error) {
		listed, err := w.admin.ListBrokers(ctx)
		return err == nil && len(listed) == brokers, nil
	})
}
