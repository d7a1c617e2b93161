//go:build integration

package compatibility

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

// firstRecord is the timestamp of the record at offset 0; the others follow a
// second apart, by offset.
var firstRecord = time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)

func secondsOf(n int) time.Duration { return time.Duration(n) * time.Second }

func batchOf(n, from int) kafkatest.Batch {
	records := kafkatest.Numbered(n)
	for i := range records {
		records[i].Timestamp = firstRecord.Add(secondsOf(from + i))
	}
	return kafkatest.Batch{Topic: "orders", Records: records}
}

func (l *looker) groups() {
	var doc struct {
		Groups []struct {
			Group string
			Type  *string
			State string
		}
	}
	l.run(0, "kofs/groups/v1", &doc, "groups")
	l.see("`groups`: type of a KIP-848 group", "no such groups")
	for _, g := range doc.Groups {
		kind := "not told"
		if g.Type != nil {
			kind = "`" + *g.Type + "`"
		}
		switch g.Group {
		case "shipping":
			l.see("`groups`: type of a classic group", "%s", kind)
			l.see("`groups`: state", "`%s`", g.State)
		case "modern":
			l.see("`groups`: type of a KIP-848 group", "%s", kind)
		}
	}
}

func (l *looker) inspect() {
	l.see("`inspect`, classic group", "%s", l.inspected("shipping"))
	l.see("`inspect`, static member", "%s", l.inspected("fixed"))
	l.see("`inspect`, KIP-848 group", "no such groups")
	if l.kafka.HasConsumerProtocol() {
		l.see("`inspect`, KIP-848 group", "%s", l.inspected("modern"))
	}
}

// inspected is what is known of a group with one member.
func (l *looker) inspected(group string) string {
	var doc struct {
		Type, State string
		GroupEpoch  *int `json:"group_epoch"`
		Members     []struct {
			InstanceID *string `json:"group_instance_id"`
			Epoch      *int    `json:"member_epoch"`
			Assignment []struct{ Topic string }
		}
	}
	ran := l.run(0, "kofs/inspect/v1", &doc, "inspect", group)
	if len(doc.Members) != 1 || len(doc.Members[0].Assignment) != 1 {
		l.Fatal(ran)
	}
	known := []string{doc.Type, doc.State, "member", "assignment"}
	if doc.Members[0].InstanceID != nil {
		known = append(known, "instance id")
	}
	if doc.GroupEpoch != nil && doc.Members[0].Epoch != nil {
		known = append(known, "epochs")
	}
	return strings.Join(known, ", ")
}

func (l *looker) lag() {
	for _, level := range []struct{ name, row string }{
		{"read_uncommitted", "`lag`, read_uncommitted"},
		{"read_committed", "`lag`, read_committed, a transaction open"},
	} {
		var doc struct {
			Groups []struct {
				TotalLag int64 `json:"total_lag"`
			}
		}
		l.run(0, "kofs/lag/v1", &doc, "lag", "billing", "--isolation-level", level.name)
		l.see(level.row, "%d", doc.Groups[0].TotalLag)
	}
}

// plan is kofs/plan/v1, as far as it is looked at.
type plan struct {
	Blockers []struct{ Reason string }
	Changes  []struct {
		TopicID     *string `json:"topic_id"`
		NewOffset   int64   `json:"new_offset"`
		Span        int64
		Uncommitted int64 `json:"records_read_uncommitted"`
		Committed   int64 `json:"records_read_committed"`
		Exact       bool
	}
}

func (l *looker) preview() {
	var doc plan
	l.run(0, "kofs/plan/v1", &doc, "reset", "billing", "--topic", "orders", "--to-earliest")
	c := doc.Changes[0]
	l.see("`reset`, preview", "%d offsets: %d records, %d of them committed", c.Span, c.Uncommitted, c.Committed)
	l.see("topic ids", "no")
	if c.TopicID != nil {
		l.see("topic ids", "yes")
	}
	l.run(0, "kofs/plan/v1", &doc, "reset", "billing", "--topic", "orders", "--to-datetime", fmt.Sprintf("@%d", firstRecord.Unix()+7))
	l.see("`reset --to-datetime`", "to offset %d", doc.Changes[0].NewOffset)
	l.run(0, "kofs/plan/v1", &doc, "reset", "shipping", "--topic", "orders", "--to-earliest")
	refused, err := l.kofs.Run(l.Context(), "reset", "shipping", "--topic", "orders", "--to-earliest", "--execute", "--yes")
	l.must(err)
	l.see("`reset` of an active group", "previewed; refused (exit %d, `%s`)", refused.Exit, doc.Blockers[0].Reason)
}

func (l *looker) execute() {
	var doc struct {
		Partitions []struct {
			Outcome string
			Read    *int64 `json:"read_back_offset"`
		}
	}
	ran := l.run(0, "kofs/result/v1", &doc, "reset", "billing", "--topic", "orders", "--to-offset", "5", "--execute", "--yes")
	committed, err := l.world.Committed(l.Context(), "billing")
	l.must(err)
	if p := doc.Partitions[0]; p.Read == nil || *p.Read != committed["orders"][0] || *p.Read != 5 {
		l.Fatal(ran)
	}
	l.see("`reset --execute`", "%s, read back", doc.Partitions[0].Outcome)
	l.see("topic id checked by the commit", "no")
	if slices.Equal(l.requests["OffsetCommit"], []string{"v10"}) {
		l.see("topic id checked by the commit", "yes")
	}
}

func (l *looker) records() {
	counts := map[string]int{}
	for _, level := range []string{"read_uncommitted", "read_committed"} {
		var doc struct{ Records []struct{ Offset int64 } }
		l.run(0, "kofs/records/v1", &doc, "records", "--topic", "orders:0", "--from-offset", "0", "--until-offset", "31", "--isolation-level", level)
		counts[level] = len(doc.Records)
	}
	l.see("`records`", "%d, %d of them committed", counts["read_uncommitted"], counts["read_committed"])
}
