package cluster

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/IBM/sarama"
	"github.com/kofs/kofs/inspect"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// ListGroups asks every broker for the groups that it coordinates. Types are
// known from brokers 3.8 on, states from 2.6 on; older ones leave them "". A
// broker that has left the cluster is not asked and takes the groups along whose
// offsets nobody else holds: those have a fault too.
func (c *Cluster) ListGroups(ctx context.Context) (inspect.GroupList, error) {
	phase, cancel := c.phase(ctx)
	defer cancel()
	var mu sync.Mutex
	var list inspect.GroupList
	cluster, _ := c.Cluster(phase) // asks nothing, cannot fail
	together(cluster.Brokers, func(b inspect.Broker) {
		groups, err := c.listOn(phase, b)
		mu.Lock()
		defer mu.Unlock()
		list.Groups = append(list.Groups, groups...)
		if err != nil {
			list.Faults = append(list.Faults, inspect.BrokerFault{Broker: b, Fault: faultOf(err)})
		}
	})
	list.Faults = append(list.Faults, c.orphans(phase)...)
	if err := ended(ctx); err != nil {
		return inspect.GroupList{}, err
	}
	slices.SortFunc(list.Groups, func(a, b inspect.Listing) int { return cmp.Compare(a.ID, b.ID) })
	// A coordinator that moves while brokers are asked may be listed by both.
	list.Groups = slices.CompactFunc(list.Groups, func(a, b inspect.Listing) bool { return a.ID == b.ID })
	slices.SortFunc(list.Faults, func(a, b inspect.BrokerFault) int { return cmp.Compare(a.Broker.NodeID, b.Broker.NodeID) })
	return list, nil
}

// orphans are the partitions of __consumer_offsets without a leader, one fault for
// each, at the broker that would lead it. A principal that may not describe the
// topic learns nothing.
func (c *Cluster) orphans(ctx context.Context) []inspect.BrokerFault {
	topics, err := c.metadata(ctx, []string{inspect.OffsetsTopic})
	if err != nil || topics[inspect.OffsetsTopic].fault != nil {
		return nil
	}
	var faults []inspect.BrokerFault
	leaders := topics[inspect.OffsetsTopic].leaders
	for _, p := range slices.Sorted(maps.Keys(leaders)) {
		if l := leaders[p]; l.fault != nil {
			faults = append(faults, inspect.BrokerFault{
				Broker: inspect.Broker{NodeID: l.node},
				Fault: &inspect.Fault{Code: l.fault.Code, Name: l.fault.Name, Message: fmt.Sprintf(
					"partition %d of %s has no leader: the groups in it cannot be listed", p, inspect.OffsetsTopic)},
			})
		}
	}
	return faults
}

// listOn asks one broker, again while it is loading groups.
func (c *Cluster) listOn(ctx context.Context, b inspect.Broker) ([]inspect.Listing, error) {
	n, ok := c.node(b.NodeID)
	if !ok {
		return nil, fmt.Errorf("broker %d is not known any more", b.NodeID)
	}
	for p := newPatience(mendTime); ; {
		groups, err := ask(ctx, n, func(ctx context.Context, conn *conn) ([]inspect.Listing, error) {
			return listGroups(ctx, conn, nil)
		})
		if !movedCoordinator(asFault(err)) || !p.again(ctx) {
			return groups, err
		}
	}
}

// listGroups lists one broker's groups, of these types or (nil) of all. The
// request is built anew each time: sarama lowers the version of the one it sends.
func listGroups(ctx context.Context, c *conn, types []string) ([]inspect.Listing, error) {
	least := int16(0)
	if types != nil {
		least = 5 // sarama drops the filter silently below
	}
	v, err := c.version(kmsg.ListGroups, least, 5)
	if err != nil {
		return nil, err
	}
	resp, err := typed(ctx, c, kmsg.ListGroups, v, func(b *sarama.Broker) (*sarama.ListGroupsResponse, error) {
		return b.ListGroups(&sarama.ListGroupsRequest{Version: v, TypesFilter: types})
	})
	if err != nil {
		return nil, err
	}
	if resp.Err != sarama.ErrNoError {
		return nil, inspect.KafkaFault(int16(resp.Err), "")
	}
	listings := make([]inspect.Listing, 0, len(resp.Groups))
	for id, protocol := range resp.Groups {
		data := resp.GroupsData[id]
		listings = append(listings, inspect.Listing{
			ID: id, Type: inspect.GroupType(data.GroupType), State: inspect.State(data.GroupState), ProtocolType: protocol,
		})
	}
	return listings, nil
}
