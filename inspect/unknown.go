package inspect

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// UnknownGroupError says that there is no such group, as far as the principal may see.
type UnknownGroupError struct {
	Group string
	Near  []string // groups with a similar name, the most similar first; at most three
	// Silent are brokers that did not list their groups: it may be one of theirs.
	Silent []BrokerFault
}

// Error names the group.
func (e *UnknownGroupError) Error() string {
	if len(e.Silent) > 0 {
		return fmt.Sprintf("group %q was not found, and it is not known whether it exists: broker %d did not list its groups: %v",
			e.Group, e.Silent[0].Broker.NodeID, e.Silent[0].Fault)
	}
	return fmt.Sprintf("group %q does not exist (or may not be described)", e.Group)
}

// Hint asks for the similar names; "" if there are none.
func (e *UnknownGroupError) Hint() string { return didYouMean(e.Near) }

func didYouMean(near []string) string {
	if len(near) == 0 {
		return ""
	}
	quoted := make([]string, len(near))
	for i, name := range near {
		quoted[i] = strconv.Quote(name)
	}
	return "did you mean " + strings.Join(quoted, " or ") + "?"
}

// UnknownTopicError says that there is no such topic, partition, or match of a glob.
type UnknownTopicError struct {
	Scope Scope
	Near  []string // topics with a similar name; at most three
	// Partitions is how many the topic has, when it is the partition that is missing.
	Partitions int
}

// Error names the topic or the partition.
func (e *UnknownTopicError) Error() string {
	switch {
	case e.Partitions > 0:
		return fmt.Sprintf("topic %q has no such partition in %q: it has %d, numbered from 0", e.Scope.Topic, e.Scope, e.Partitions)
	case e.Scope.IsGlob():
		return fmt.Sprintf("no topic matches %q", e.Scope.Topic)
	}
	return fmt.Sprintf("topic %q does not exist (or may not be described)", e.Scope.Topic)
}

// Hint asks for the similar names; "" if there are none.
func (e *UnknownTopicError) Hint() string { return didYouMean(e.Near) }

// isUnknown reports whether err is that a group or topic is not there.
func isUnknown(err error) bool {
	return errors.As(err, new(*UnknownGroupError)) || errors.As(err, new(*UnknownTopicError))
}

// Near returns at most three of the names that somebody who typed name may have
// meant, the most similar first.
func Near(name string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var candidates []candidate
	for _, other := range names {
		d := distance(strings.ToLower(name), strings.ToLower(other))
		if d <= max(1, len(name)/3) || len(name) >= 3 && strings.HasPrefix(other, name) {
			candidates = append(candidates, candidate{other, d})
		}
	}
	slices.SortFunc(candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})
	var near []string
	for _, c := range candidates[:min(3, len(candidates))] {
		near = append(near, c.name)
	}
	return near
}

// distance is the number of bytes to add, drop, change, or swap with their
// neighbour, to get from a to b (optimal string alignment).
func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
