package cluster

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/IBM/sarama"
	"github.com/kofs/kofs/inspect"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// unstableTime is how long the end of a transaction is waited for that holds an
// offset of the group, before the last stable offset is read instead.
const unstableTime = time.Second

// rowsChunk bounds the partitions named in one OffsetFetch, over all its groups.
const rowsChunk = 50_000

// FetchCommits reads committed offsets, stable ones: where an open transaction
// holds an offset (UNSTABLE_OFFSET_COMMIT, KIP-447) it is asked again for a
// second; then the last stable offset is read, and Pending says so.
func (c *Cluster) FetchCommits(ctx context.Context, ids []string, partitions []inspect.TopicPartition) (map[string]inspect.GroupCommits, error) {
	phase, cancel := c.phase(ctx)
	defer cancel()
	wanted := byTopic(partitions)
	answers, err := perCoordinator(phase, c, ids,
		func(ctx context.Context, conn *conn, ids []string) (map[string]inspect.GroupCommits, error) {
			return stableCommits(ctx, conn, ids, wanted)
		},
		func(f *inspect.Fault) inspect.GroupCommits { return inspect.GroupCommits{Fault: f} },
		func(g inspect.GroupCommits) *inspect.Fault { return g.Fault })
	if err == nil {
		err = ended(ctx)
	}
	if err != nil {
		return nil, err
	}
	return answers, nil
}

// byTopic is what OffsetFetch takes: nil, and only nil, means all partitions.
func byTopic(partitions []inspect.TopicPartition) map[string][]int32 {
	if partitions == nil {
		return nil
	}
	topics := map[string][]int32{}
	for _, p := range distinctPartitions(partitions) {
		topics[p.Topic] = append(topics[p.Topic], p.Partition)
	}
	return topics
}

func countRows(topics map[string][]int32) (n int) {
	for _, partitions := range topics {
		n += len(partitions)
	}
	return n
}

// stableCommits reads the groups of one coordinator, in chunks.
func stableCommits(ctx context.Context, c *conn, ids []string, wanted map[string][]int32) (map[string]inspect.GroupCommits, error) {
	answers := make(map[string]inspect.GroupCommits, len(ids))
	size := max(1, min(groupChunk, rowsChunk/max(1, countRows(wanted))))
	for chunk := range slices.Chunk(ids, size) {
		asked := make(map[string]map[string][]int32, len(chunk))
		for _, id := range chunk {
			asked[id] = wanted
		}
		got, err := offsetFetch(ctx, c, asked, true)
		if err != nil {
			return nil, err
		}
		maps.Copy(answers, got)
		if err := settle(ctx, c, got, answers); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// settle asks again for the partitions of got that are unstable, until they are
// stable or the time for that is over; those still unstable then get the last
// stable offset. Answers are put into answers.
func settle(ctx context.Context, c *conn, got, answers map[string]inspect.GroupCommits) error {
	for p := newPatience(unstableTime); ; {
		unstable := unstableIn(got)
		if len(unstable) == 0 {
			return nil
		}
		stable := p.again(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var err error
		if got, err = offsetFetch(ctx, c, unstable, stable); err != nil {
			return err
		}
		for id, g := range got {
			merge(answers, id, g, !stable)
		}
		if !stable {
			return nil
		}
	}
}

// unstableIn lists the partitions that an open transaction holds an offset for.
func unstableIn(groups map[string]inspect.GroupCommits) map[string]map[string][]int32 {
	unstable := map[string]map[string][]int32{}
	for id, g := range groups {
		for p, a := range g.Commits {
			if !a.Fault.HasCode(inspect.CodeUnstableOffsetCommit) {
				continue
			}
			if unstable[id] == nil {
				unstable[id] = map[string][]int32{}
			}
			unstable[id][p.Topic] = append(unstable[id][p.Topic], p.Partition)
		}
	}
	return unstable
}

// merge puts a second reading of some partitions over the first.
func merge(answers map[string]inspect.GroupCommits, id string, second inspect.GroupCommits, pending bool) {
	if second.Fault != nil {
		answers[id] = second
		return
	}
	for p, a := range second.Commits {
		a.Pending = pending && a.Fault == nil
		answers[id].Commits[p] = a
	}
}

// offsetFetch reads the groups in one request (KIP-709) or, where the broker is
// too old for that, in one each. asked says which partitions of each group.
func offsetFetch(ctx context.Context, c *conn, asked map[string]map[string][]int32, stable bool) (map[string]inspect.GroupCommits, error) {
	v, err := c.version(kmsg.OffsetFetch, 2, 8) // below v2 one cannot ask for all partitions
	if err != nil {
		return nil, err
	}
	answers := make(map[string]inspect.GroupCommits, len(asked))
	if v >= 8 {
		return answers, fetchMany(ctx, c, v, asked, stable, answers)
	}
	for _, id := range slices.Sorted(maps.Keys(asked)) {
		if err := fetchMany(ctx, c, v, map[string]map[string][]int32{id: asked[id]}, stable && v >= 7, answers); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// fetchMany sends one OffsetFetch; below v8 asked has exactly one group, and the
// answer does not repeat its name.
func fetchMany(ctx context.Context, c *conn, v int16, asked map[string]map[string][]int32, stable bool, answers map[string]inspect.GroupCommits) error {
	resp, err := typed(ctx, c, kmsg.OffsetFetch, v, func(b *sarama.Broker) (*sarama.OffsetFetchResponse, error) {
		req := &sarama.OffsetFetchRequest{Version: v, RequireStable: stable}
		for _, id := range slices.Sorted(maps.Keys(asked)) {
			req.Groups = append(req.Groups, sarama.OffsetFetchRequestGroup{GroupId: id, Partitions: asked[id]})
		}
		return b.FetchOffset(req)
	})
	if err != nil {
		return err
	}
	if v < 8 {
		for id, wanted := range asked {
			answers[id] = groupCommits(id, resp.Err, resp.Blocks, wanted)
		}
		return nil
	}
	for _, g := range resp.Groups {
		if wanted, ok := asked[g.GroupId]; ok {
			answers[g.GroupId] = groupCommits(g.GroupId, g.Err, g.Blocks, wanted)
		}
	}
	return nil
}

// groupCommits takes one group's answer. GROUP_ID_NOT_FOUND is said of groups
// that do not exist by some brokers, where Kafka answers that nothing is committed.
func groupCommits(id string, kerr sarama.KError, blocks map[string]map[int32]*sarama.OffsetFetchResponseBlock, wanted map[string][]int32) inspect.GroupCommits {
	g := inspect.GroupCommits{Commits: map[inspect.TopicPartition]inspect.CommitAnswer{}}
	fault := toDescribe().fault(int16(kerr), "", "", id)
	missing := fault.HasCode(inspect.CodeGroupIDNotFound)
	if fault != nil && !missing {
		return inspect.GroupCommits{Fault: fault}
	}
	for topic, partitions := range blocks {
		for p, block := range partitions {
			if a := commitOf(id, topic, block); a.Commit != nil || a.Fault != nil {
				g.Commits[inspect.TopicPartition{Topic: topic, Partition: p}] = a
			}
		}
	}
	for topic, partitions := range wanted {
		for _, p := range partitions {
			tp := inspect.TopicPartition{Topic: topic, Partition: p}
			if _, ok := g.Commits[tp]; ok {
				continue
			}
			a := inspect.CommitAnswer{} // offset -1: no commit
			if blocks[topic][p] == nil && !missing {
				a.Fault = leftOut(tp.String())
			}
			g.Commits[tp] = a
		}
	}
	return whole(g)
}

// whole lifts an error that older brokers repeat for each partition to the
// group, where it is decided whether to ask again.
func whole(g inspect.GroupCommits) inspect.GroupCommits {
	for _, a := range g.Commits {
		if movedCoordinator(a.Fault) {
			return inspect.GroupCommits{Fault: a.Fault}
		}
	}
	return g
}

// commitOf is one partition's answer. Any offset below 0 is what clients read as none.
func commitOf(group, topic string, b *sarama.OffsetFetchResponseBlock) inspect.CommitAnswer {
	if b.Err != sarama.ErrNoError {
		return inspect.CommitAnswer{Fault: toDescribe().fault(int16(b.Err), "", topic, group)}
	}
	if b.Offset < 0 {
		return inspect.CommitAnswer{}
	}
	commit := &inspect.Commit{Offset: b.Offset, Metadata: b.Metadata}
	if b.LeaderEpoch >= 0 {
		commit.LeaderEpoch = &b.LeaderEpoch
	}
	return inspect.CommitAnswer{Commit: commit}
}
