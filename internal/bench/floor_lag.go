package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// floorLag tells one group's lag with the questions that kofs asks, over one
// connection and without a check: which versions, which brokers, which
// coordinator, the group as one of either protocol, its commits, and the three
// offsets of each partition's log. Arguments: server, group.
func floorLag(args []string) error {
	w, err := dial(args[0])
	if err != nil {
		return err
	}
	group := args[1]
	if err := aboutGroup(w, group); err != nil {
		return err
	}
	committed, err := commits(w, group)
	if err != nil {
		return err
	}
	var lag int64
	for topic, offsets := range committed {
		if _, err := w.partitions(topic); err != nil {
			return err
		}
		numbers := slices.Collect(maps.Keys(offsets))
		if _, err := w.offsets(topic, numbers, -2, 0); err != nil {
			return err
		}
		if _, err := w.offsets(topic, numbers, -1, 1); err != nil {
			return err
		}
		ends, err := w.offsets(topic, numbers, -1, 0)
		if err != nil {
			return err
		}
		for p, at := range offsets {
			lag += ends[p] - at
		}
	}
	fmt.Println(lag)
	return nil
}

// aboutGroup asks what comes before the offsets.
func aboutGroup(w *wire, group string) error {
	versions := kmsg.NewPtrApiVersionsRequest()
	versions.Version, versions.ClientSoftwareName, versions.ClientSoftwareVersion = 3, "floor", "1"
	if err := w.ask(versions, kmsg.NewPtrApiVersionsResponse()); err != nil {
		return err
	}
	brokers := kmsg.NewPtrMetadataRequest()
	brokers.Version, brokers.Topics = 9, []kmsg.MetadataRequestTopic{}
	if err := w.ask(brokers, kmsg.NewPtrMetadataResponse()); err != nil {
		return err
	}
	coordinator := kmsg.NewPtrFindCoordinatorRequest()
	coordinator.Version, coordinator.CoordinatorKeys = 4, []string{group}
	if err := w.ask(coordinator, kmsg.NewPtrFindCoordinatorResponse()); err != nil {
		return err
	}
	modern := kmsg.NewPtrConsumerGroupDescribeRequest()
	modern.Version, modern.Groups = 1, []string{group}
	if err := w.ask(modern, kmsg.NewPtrConsumerGroupDescribeResponse()); err != nil {
		return err
	}
	state := kmsg.NewPtrDescribeGroupsRequest()
	state.Version, state.Groups = 5, []string{group}
	return w.ask(state, kmsg.NewPtrDescribeGroupsResponse())
}

// commits reads the group's committed offsets by topic and partition.
func commits(w *wire, group string) (map[string]map[int32]int64, error) {
	req := kmsg.NewPtrOffsetFetchRequest()
	req.Version, req.RequireStable = 8, true
	rg := kmsg.NewOffsetFetchRequestGroup()
	rg.Group = group
	req.Groups = append(req.Groups, rg)
	resp := kmsg.NewPtrOffsetFetchResponse()
	if err := w.ask(req, resp); err != nil {
		return nil, err
	}
	committed := map[string]map[int32]int64{}
	for _, t := range resp.Groups[0].Topics {
		committed[t.Topic] = map[int32]int64{}
		for _, p := range t.Partitions {
			committed[t.Topic][p.Partition] = p.Offset
		}
	}
	return committed, nil
}
