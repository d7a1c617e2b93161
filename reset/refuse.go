package reset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kofs/kofs/inspect"
)

// blockers are the reasons why a write to the group would be refused now.
func blockers(g inspect.GroupSnapshot) []Blocker {
	list := []Blocker{}
	if r := refuseGroup(g.Group); r != nil {
		b := Blocker{Reason: r.Reason, Message: r.Message, Hint: r.Hint, Members: []MemberDoc{}}
		for _, m := range g.Members {
			b.Members = append(b.Members, MemberDoc{m.ID, m.ClientID, m.Host, m.InstanceID})
		}
		list = append(list, b)
	}
	if b := ownProcedure(g); b != nil {
		b.Members = []MemberDoc{}
		list = append(list, *b)
	}
	return list
}

// refuseGroup is why the group's coordinator would not take a commit from
// outside, or why kofs does not send it one; nil if there is no such reason.
func refuseGroup(g inspect.Group) *Refusal {
	switch {
	case g.Fault != nil:
		return &Refusal{Reason: Unreadable, Group: g.ID, Fault: g.Fault, Message: fmt.Sprintf("describing group %q: %v", g.ID, g.Fault)}
	case g.Type == inspect.TypeShare || g.Type == inspect.TypeStreams:
		return &Refusal{Reason: UnsupportedGroupType, Group: g.ID,
			Message: fmt.Sprintf("group %q is a %s group, whose offsets are not reset by a commit", g.ID, g.Type),
			Hint:    fmt.Sprintf("use Kafka's own kafka-%s-groups --reset-offsets", g.Type)}
	case g.Active():
		return &Refusal{Reason: GroupActive, Group: g.ID, Retryable: true,
			Message: fmt.Sprintf("group %q is active: %s with %s", g.ID, g.State, plural(len(g.Members), "member")),
			Hint:    stopHint(g)}
	}
	return nil
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// refusal is why the plan as a whole is refused, already as a preview.
func (p Plan) refusal(g inspect.GroupSnapshot, o Options) error {
	for _, c := range p.Changes {
		if slices.Contains([]string{"__consumer_offsets", "__transaction_state", "__share_group_state"}, c.Topic) {
			return refuseRow(InternalTopic, g.ID, c, "", "topic %q is Kafka's own", c.Topic)
		}
	}
	for _, c := range p.Changes {
		if c.Error == nil && c.NewOffset == nil && c.Effect != Delete {
			return refuseRow(NoCommit, g.ID, c, p.committedScopes(), "%s has no commit to start from", c.At())
		}
	}
	for _, c := range p.Changes {
		if c.Error == nil && (*c.NewOffset < *c.LogStartOffset || *c.NewOffset > *c.HighWatermark) {
			return refuseRow(OutOfRange, g.ID, c, "--clamp moves it to the nearest bound",
				"new offset %d of %s lies outside its log, which goes from %d to %d", *c.NewOffset, c.At(), *c.LogStartOffset, *c.HighWatermark)
		}
	}
	return nil
}

func refuseRow(reason Reason, group string, c Change, hint, format string, args ...any) *Refusal {
	return &Refusal{Reason: reason, Group: group, Topic: c.Topic, Partition: &c.Partition, Hint: hint, Message: fmt.Sprintf(format, args...)}
}

// committedScopes is the list of --topic flags that names only the partitions
// with a commit, as a hint; "" if there are none.
func (p Plan) committedScopes() string {
	var scopes []inspect.Scope
	for _, c := range p.Changes {
		if c.CommittedOffset == nil {
			continue
		}
		if n := len(scopes); n == 0 || scopes[n-1].Topic != c.Topic {
			scopes = append(scopes, inspect.Scope{Topic: c.Topic})
		}
		last := &scopes[len(scopes)-1]
		last.Partitions = append(last.Partitions, c.Partition)
	}
	flags := make([]string, len(scopes))
	for i, s := range scopes {
		flags[i] = "--topic " + s.String()
	}
	if len(flags) == 0 {
		return "no partition in scope has a commit"
	}
	return "the partitions that have one: " + strings.Join(flags, " ")
}
