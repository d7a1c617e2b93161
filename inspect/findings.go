package inspect

import "fmt"

// Finding is something about a group that somebody should know, in words.
type Finding struct {
	Kind FindingKind
	// Partition is the one it is about; nil when it is about the group.
	Partition *TopicPartition
	Message   string
}

// FindingKind names a finding for scripts.
type FindingKind string

// The findings. Those about a commit's place are named as its Condition.
const (
	FindingSimpleGroup        FindingKind = "simple_group"
	FindingPendingTransaction FindingKind = "pending_transaction"
	FindingOpenTransaction    FindingKind = "open_transaction"
	FindingUnassigned         FindingKind = "unassigned"
	FindingUnreadable         FindingKind = "unreadable"
	FindingExpiry             FindingKind = "expiry"
	FindingStaticMember       FindingKind = "static_member"
	// Of [Producers.Findings].
	FindingProducerTransaction FindingKind = "producer_transaction"
	FindingHangingTransaction  FindingKind = "hanging_transaction"
)

// Findings says what is worth knowing about the group, the group's own first.
func (g GroupSnapshot) Findings() []Finding {
	var findings []Finding
	if g.Simple() {
		findings = append(findings, Finding{Kind: FindingSimpleGroup, Message: "simple group: it has no protocol type, so a consumer that assigns itself its partitions may be running unseen"})
	}
	findings = append(findings, g.groupFindings()...)
	for _, p := range g.Partitions {
		findings = append(findings, p.findings(g)...)
	}
	return findings
}

// groupFindings are the rules of Kafka that decide how long the group's commits
// and members stay. The times themselves are not known to an admin.
func (g GroupSnapshot) groupFindings() []Finding {
	var findings []Finding
	switch {
	case g.Fault != nil || g.State != StateEmpty:
	case g.Type == TypeClassic && g.ProtocolType != "":
		findings = append(findings, Finding{Kind: FindingExpiry, Message: "its commits expire offsets.retention.minutes (7 days unless changed) after it became Empty; a reset does not begin that time anew"})
	default:
		findings = append(findings, Finding{Kind: FindingExpiry, Message: "its commits expire offsets.retention.minutes (7 days unless changed) after they were written"})
	}
	for _, m := range g.Members {
		if m.InstanceID != nil {
			findings = append(findings, Finding{Kind: FindingStaticMember, Message: fmt.Sprintf("member %q is static: when it stops it counts until its session timeout, at most group.max.session.timeout.ms", *m.InstanceID)})
		}
	}
	return findings
}

func (p Partition) findings(g GroupSnapshot) []Finding {
	var findings []Finding
	add := func(kind FindingKind, format string, args ...any) {
		at := p.TopicPartition
		findings = append(findings, Finding{kind, &at, fmt.Sprintf(format, args...)})
	}
	switch condition := p.Condition(); condition {
	case ConditionNoCommit:
		add(FindingKind(condition), "no commit: auto.offset.reset decides where a consumer begins (%d or %d)", p.Log.Start, p.Log.HighWatermark)
	case ConditionBeforeLogStart:
		lost := p.Log.Start - max(0, p.Commit.Offset)
		add(FindingKind(condition), "committed offset %d lies before the log start offset %d: %d offsets were deleted before they were read", p.Commit.Offset, p.Log.Start, lost)
	case ConditionPastEnd:
		add(FindingKind(condition), "committed offset %d lies past the end %d: auto.offset.reset will decide where a consumer begins", p.Commit.Offset, p.Log.HighWatermark)
	case ConditionTopicMissing:
		add(FindingKind(condition), "the topic or partition does not exist any more, or may not be described; its commit is still there")
	case ConditionError:
		add(FindingUnreadable, "not read: %v", p.Fault)
	}
	if p.Pending {
		add(FindingPendingTransaction, "an open transaction holds an offset: the commit shown is the last stable one")
	}
	if p.Log != nil && p.Log.LastStable < p.Log.HighWatermark {
		add(FindingOpenTransaction, "an open transaction holds the last stable offset at %d, %d offsets before the end: read_committed consumers stop there", p.Log.LastStable, p.Log.HighWatermark-p.Log.LastStable)
	}
	if g.Active() && g.State == StateStable && p.Member == nil {
		add(FindingUnassigned, "no member is assigned to it")
	}
	return findings
}
