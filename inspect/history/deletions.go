package history

import (
	"fmt"
	"time"

	"github.com/kofs/kofs/inspect/records"
)

// deleting is the tombstones of one moment. What they mean shows when the next
// record of the group is read: only the offsets went, or the whole group.
type deleting struct {
	at      time.Time
	offsets []Deletion
	group   *Deletion
	// emptySince is from when a classic Empty group's offsets age; nil where each
	// ages from its commit.
	emptySince *time.Time
}

// takeTombstone deals with the deletion of a committed offset.
func (r *Replay) takeTombstone(record *records.Record, t *track) {
	r.collect(record)
	r.release(t.key)
	d := Deletion{At: r.deleting.at, Position: record.Offset, Partition: new(t.TopicPartition)}
	if t.known {
		d.Last = new(t.last.commit())
	}
	r.endRun(t)
	t.known = false
	r.deleting.offsets = append(r.deleting.offsets, d)
}

// groupGone deals with the tombstone of the group itself.
func (r *Replay) groupGone(record *records.Record) {
	r.collect(record)
	r.deleting.group = &Deletion{At: r.deleting.at, Position: record.Offset, Kind: GroupDeleted, Confidence: Certain}
}

// groupStays is told that the group is there. A tombstone of the same moment was
// then no deletion but a change from one protocol to the other.
func (r *Replay) groupStays(record *records.Record) {
	if r.deleting.group != nil && r.deleting.at.Equal(recordTime(record)) {
		r.deleting.group = nil
	}
	r.flushDeletions()
}

// collect makes room for a tombstone: those of another moment are put away.
func (r *Replay) collect(record *records.Record) {
	at := recordTime(record)
	if !r.deleting.at.Equal(at) || len(r.deleting.offsets) >= maxTracked {
		r.flushDeletions()
	}
	if len(r.deleting.offsets) == 0 && r.deleting.group == nil {
		r.deleting = deleting{at: at}
		if r.membership == MembersNone && r.now != nil && r.now.Protocol == Classic {
			r.deleting.emptySince = r.emptySince
		}
	}
}

// flushDeletions puts the tombstones away, now that it is clear what they mean.
func (r *Replay) flushDeletions() {
	if r.deleting.group == nil && len(r.deleting.offsets) == 0 {
		return
	}
	d := r.deleting
	r.deleting = deleting{}
	for _, offset := range d.offsets {
		r.explain(&offset, d)
		r.keepDeletion(offset)
	}
	if d.group == nil {
		return
	}
	r.keepDeletion(*d.group)
	r.closeEpoch()
	r.seq++
	r.now, r.log.Last, r.managed, r.emptySince = nil, nil, false, nil
	r.membership = MembersNone
	clear(r.group848.members)
	clear(r.owners)
}

func (r *Replay) keepDeletion(d Deletion) {
	gone, n := r.deletions.add(d, 320)
	r.forgot(n, gone.At)
}

// usualRetention is offsets.retention.minutes unless set (Kafka 2.0 and later).
const usualRetention = 7 * 24 * time.Hour

// explain says why an offset was deleted (OffsetExpirationConditionImpl).
func (r *Replay) explain(d *Deletion, of deleting) {
	retention, known := usualRetention, r.options.Retention != nil
	if known {
		retention = *r.options.Retention
	}
	if d.Last == nil {
		d.Kind, d.Confidence, d.Detail = OffsetDeleted, Possible, "deleted or expired: its last commit was not read"
		return
	}
	since := d.Last.At
	if of.emptySince != nil && of.emptySince.After(since) {
		since = *of.emptySince
	}
	age := d.At.Sub(since)
	switch {
	case d.Last.ExpiresAt != nil && !d.At.Before(*d.Last.ExpiresAt):
		d.Kind, d.Confidence, d.Detail = OffsetExpired, Likely, "its commit named "+d.Last.ExpiresAt.Format(time.RFC3339)+" as its end"
	case age >= retention:
		d.Kind, d.Confidence, d.Detail = OffsetExpired, Likely, fmt.Sprintf("after %s without use", age.Round(time.Minute))
		if !known {
			d.Confidence = Possible
		}
	default:
		d.Kind, d.Confidence, d.Detail = OffsetDeleted, Likely, "by an OffsetDelete, or with its topic"
	}
	if d.Kind == OffsetDeleted && of.group != nil {
		d.Detail = "with the group"
	}
}
