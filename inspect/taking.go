package inspect

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// taking is a snapshot on its way: the answers so far, and the first error.
type taking struct {
	ctx context.Context
	src Source
	req Request
	err error

	cluster   Cluster
	described map[string]Group
	commits   map[string]GroupCommits
	topics    map[string]Topic
	logs      map[TopicPartition]LogAnswer
	instants  map[TopicPartition]OffsetAtAnswer
}

func (t *taking) ask(gerund string, question func() error) {
	if t.err != nil {
		return
	}
	err := question()
	switch {
	case err == nil:
	case isUnknown(err): // says by itself what is not there
		t.err = err
	default:
		t.err = fmt.Errorf("%s: %w", gerund, err)
	}
}

// readUncommitted asks by name for the selected partitions that seem to have no
// commit. Kafka leaves a partition out of "all commits" also when an open
// transaction holds its first one, and when its topic may not be described.
func (t *taking) readUncommitted() error {
	if len(t.req.Select) == 0 {
		return nil
	}
	for _, id := range t.req.Groups {
		var missing []TopicPartition
		for _, p := range t.rows(id) {
			if t.commits[id].Commits[p].Commit == nil && t.topicFault(p) == nil {
				missing = append(missing, p)
			}
		}
		if len(missing) == 0 || t.commits[id].Fault != nil {
			continue
		}
		answer, err := t.src.FetchCommits(t.ctx, []string{id}, missing)
		if err != nil {
			return err
		}
		all := GroupCommits{Commits: maps.Clone(t.commits[id].Commits), Fault: answer[id].Fault}
		if all.Commits == nil {
			all.Commits = map[TopicPartition]CommitAnswer{}
		}
		for _, p := range missing {
			all.Commits[p] = answer[id].Commits[p]
		}
		t.commits[id] = all
	}
	return nil
}

func (t *taking) requireGroups() error {
	for _, id := range t.req.Groups {
		if group := t.described[id]; t.req.MustExist && !group.Exists() {
			return t.unknownGroup(id)
		}
	}
	return nil
}

func (t *taking) unknownGroup(id string) error {
	return UnknownGroup(t.ctx, t.src, id)
}

// UnknownGroup is the error about a group that does not exist, with similar names,
// or why these could not be asked for.
func UnknownGroup(ctx context.Context, src Source, id string) error {
	list, err := src.ListGroups(ctx)
	if err != nil {
		return err
	}
	return &UnknownGroupError{Group: id, Near: Near(id, list.IDs())}
}

// readTopics describes the selected topics, or those that the groups know.
func (t *taking) readTopics() (err error) {
	names := map[string]bool{}
	all := false
	for _, scope := range t.req.Select {
		all = all || scope.IsGlob()
		names[scope.Topic] = !scope.IsGlob()
	}
	if len(t.req.Select) == 0 {
		names = t.knownTopics()
	}
	if all {
		if t.topics, err = t.src.Topics(t.ctx, nil); err != nil {
			return err
		}
	}
	literal := slices.DeleteFunc(slices.Sorted(maps.Keys(names)), func(name string) bool { return !names[name] })
	named, err := t.src.Topics(t.ctx, literal)
	if err != nil {
		return err
	}
	if t.topics == nil {
		t.topics = named
	}
	maps.Copy(t.topics, named)
	return t.checkScopes()
}

// knownTopics are those with a commit or an assigned partition in some group.
func (t *taking) knownTopics() map[string]bool {
	names := map[string]bool{}
	for _, id := range t.req.Groups {
		for p := range t.commits[id].Commits {
			names[p.Topic] = true
		}
		for _, m := range t.described[id].Members {
			for _, p := range m.Assignment {
				names[p.Topic] = true
			}
		}
	}
	return names
}

// checkScopes makes sure that each scope names something. A named topic that
// was deleted but still has commits counts: its rows carry the fault.
func (t *taking) checkScopes() error {
	for _, scope := range t.req.Select {
		if scope.IsGlob() && len(t.selected(scope)) == 0 {
			return &UnknownTopicError{Scope: scope}
		}
		topic := t.topics[scope.Topic]
		switch {
		case scope.IsGlob():
		case topic.Fault.HasCode(CodeUnknownTopicOrPartition):
			if !t.knownTopics()[scope.Topic] {
				return t.unknownTopic(scope)
			}
		case topic.Fault != nil:
			if len(scope.Partitions) == 0 && !t.knownTopics()[scope.Topic] { // there would be no row to carry the fault
				return fmt.Errorf("describing topic %q: %w", scope.Topic, topic.Fault)
			}
		default:
			for _, p := range scope.Partitions {
				if !slices.Contains(topic.Partitions, p) {
					return &UnknownTopicError{Scope: scope, Partitions: len(topic.Partitions)}
				}
			}
		}
	}
	return nil
}

func (t *taking) unknownTopic(scope Scope) error {
	all, err := t.src.Topics(t.ctx, nil)
	if err != nil {
		return err
	}
	return &UnknownTopicError{Scope: scope, Near: Near(scope.Topic, slices.Collect(maps.Keys(all)))}
}

// selected are the partitions of the scope in topics that could be described.
// A glob leaves out internal topics, as Kafka's own tools do.
func (t *taking) selected(scope Scope) []TopicPartition {
	var partitions []TopicPartition
	for name, topic := range t.topics {
		if scope.IsGlob() && topic.Internal {
			continue
		}
		for _, n := range topic.Partitions {
			if p := (TopicPartition{name, n}); scope.Matches(p) {
				partitions = append(partitions, p)
			}
		}
	}
	return partitions
}

// rows are the partitions of one group in the snapshot, sorted.
func (t *taking) rows(id string) []TopicPartition {
	set := map[TopicPartition]bool{}
	commits := t.commits[id].Commits
	topics := map[string]bool{}
	for p := range commits {
		topics[p.Topic] = true
		set[p] = t.wanted(p)
	}
	for _, m := range t.described[id].Members {
		for _, p := range m.Assignment {
			topics[p.Topic] = true
			set[p] = t.wanted(p)
		}
	}
	for _, scope := range t.req.Select {
		for _, p := range t.selected(scope) {
			set[p] = true
		}
		for _, n := range scope.Partitions { // also of a topic that could not be described
			set[TopicPartition{scope.Topic, n}] = !scope.IsGlob()
		}
	}
	if len(t.req.Select) == 0 {
		for name := range topics {
			for _, n := range t.topics[name].Partitions {
				set[TopicPartition{name, n}] = true
			}
		}
	}
	rows := slices.DeleteFunc(slices.Collect(maps.Keys(set)), func(p TopicPartition) bool { return !set[p] })
	slices.SortFunc(rows, TopicPartition.Compare)
	return rows
}

func (t *taking) wanted(p TopicPartition) bool {
	return len(t.req.Select) == 0 || slices.ContainsFunc(t.req.Select, func(s Scope) bool { return s.Matches(p) })
}

// partitionsToRead are the rows of all groups whose topic could be described.
func (t *taking) partitionsToRead() []TopicPartition {
	set := map[TopicPartition]bool{}
	for _, id := range t.req.Groups {
		for _, p := range t.rows(id) {
			if t.topicFault(p) == nil {
				set[p] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(set), TopicPartition.Compare)
}

func (t *taking) lookUpInstant() (err error) {
	if t.req.AtMs == nil {
		return nil
	}
	var readable []TopicPartition
	for p, answer := range t.logs {
		if answer.Fault == nil {
			readable = append(readable, p)
		}
	}
	slices.SortFunc(readable, TopicPartition.Compare)
	t.instants, err = t.src.OffsetsAt(t.ctx, readable, *t.req.AtMs, t.req.Isolation)
	return err
}
