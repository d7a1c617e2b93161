package explain

import "fmt"

// evidence says what was seen.
func (l loss) evidence(from, until int64) []string {
	lines := []string{l.whatHappened(), fmt.Sprintf(
		"the last commit before was %d at %s, %s earlier; the log ended at %d",
		l.run.Last.Offset, clock(l.run.Last.At), brief(l.silence), until)}
	if from != l.run.Last.Offset {
		lines = append(lines, fmt.Sprintf("it was set to %d before the next owner began", from))
	}
	if l.known {
		lines = append(lines, fmt.Sprintf("it had committed every %s, %s records each time",
			brief(l.rhythm.interval), round(l.rhythm.step)))
	}
	return append(lines, l.nextOwner())
}

// whatHappened is how the owner came to lose the partition.
func (l loss) whatHappened() string {
	who := member(*l.from)
	switch l.fate {
	case timedOut:
		if s := l.from.SessionTimeout; s != nil {
			return fmt.Sprintf("%s was gone at %s without a commit: its session of %s had ended", who, clock(l.lostAt), brief(*s))
		}
		return fmt.Sprintf("%s was gone at %s without a commit", who, clock(l.lostAt))
	case stalled:
		return fmt.Sprintf("%s left at %s, having not polled for max.poll.interval.ms (%s)", who, clock(l.lostAt), brief(*l.from.RebalanceTimeout))
	case left:
		return fmt.Sprintf("%s left at %s, and it cannot be seen whether it had committed all its work", who, clock(l.lostAt))
	case cameBack:
		return fmt.Sprintf("static member %q was started again and had the partition back at %s", *l.from.InstanceID, clock(l.givenAt))
	}
	if l.kept {
		return fmt.Sprintf("%s had to begin anew at its commit in the rebalance of %s", who, clock(l.lostAt))
	}
	return fmt.Sprintf("the partition was taken from %s in the rebalance of %s", who, clock(l.lostAt))
}

// nextOwner is who has the partition after it.
func (l loss) nextOwner() string {
	switch {
	case l.to == nil:
		return "nobody has taken the partition over yet"
	case l.kept:
		return "it kept the partition"
	}
	return fmt.Sprintf("%s has it since %s", member(*l.to), clock(l.givenAt))
}
