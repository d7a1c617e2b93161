package reset

import "time"

// settle marks the entries that a later one has finished or taken back: one whose
// own outcome is whole. It also gives each those that resumed it.
func settle(entries []Entry) {
	for i := range entries {
		chain := map[string]bool{entries[i].ID: true}
		for _, later := range entries[i+1:] {
			if later.Of == entries[i].ID && later.whole() {
				entries[i].Settled = later.ID
			}
			if later.Kind == WriteResume && chain[later.Of] {
				chain[later.ID] = true
				entries[i].resumptions = append(entries[i].resumptions, later)
			}
		}
	}
}

// whole reports whether every partition was applied, or needed nothing.
func (e Entry) whole() bool {
	return e.Result != nil && e.Result.First(Unknown, Failed, Refused, Overwritten) == nil
}

// Unsettled reports whether the entry's outcome is open, or was only reached in
// part, and nothing after it has finished it or taken it back. A write of which
// nothing was stored, and every partition is known to be as before, is settled.
func (e Entry) Unsettled() bool {
	switch {
	case e.Settled != "":
		return false
	case e.Result == nil || e.Result.Count(Unknown) > 0:
		return true
	}
	return e.Result.Count(Applied) > 0 && e.Result.Count(Failed)+e.Result.Count(Refused) > 0
}

// Status says in one word how the entry stands: applied, partial, unchanged (sent
// nothing, or nothing was stored), unknown, or open when the process ended before
// it could look.
func (e Entry) Status() string {
	switch {
	case e.Result == nil:
		return "open"
	case e.Result.Count(Unknown) > 0:
		return "unknown"
	case e.Result.Count(Applied)+e.Result.Count(Overwritten) == 0:
		return "unchanged"
	case e.Result.Count(Failed)+e.Result.Count(Refused) > 0:
		return "partial"
	}
	return "applied"
}

// Pending is the entry's result, or one that says of every row that was to be
// written that its outcome is unknown.
func Pending(e Entry) Result {
	if e.Result != nil {
		return *e.Result
	}
	r := newResult(e.Plan, time.Time{})
	r.JournalID, r.At = &e.ID, e.CreatedAt
	for i, c := range e.Plan.Changes {
		if c.Writes() {
			r.Partitions[i].Outcome = Unknown
		}
	}
	return r
}
