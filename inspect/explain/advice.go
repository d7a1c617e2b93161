package explain

// advice is what to do about work that was lost in a change of hands.
func (l loss) advice() []string {
	switch l.fate {
	case timedOut, cameBack:
		return []string{
			"a crash repeats what was processed since the last commit: commit after each batch, or a shorter auto.commit.interval.ms, makes that less; an idempotency key in the consumer makes it harmless",
			"session.timeout.ms says after how long a dead consumer's partitions are given to others",
		}
	case stalled:
		return []string{
			"the consumer took longer than max.poll.interval.ms for one poll: lower max.poll.records, raise max.poll.interval.ms, or process in another thread and pause() the partitions",
			"commit after processing each record or small batch, so that less is repeated",
		}
	}
	return []string{
		"commit in onPartitionsRevoked (ConsumerRebalanceListener), or use enable.auto.commit with processing inside the poll loop",
		"group.instance.id avoids rebalances when consumers restart; CooperativeStickyAssignor or group.protocol=consumer leave the other partitions alone",
	}
}

func adviceExpired() []string {
	return []string{
		"offsets of a group without members expire after offsets.retention.minutes (7 days unless set): raise it for groups that rest longer",
		"auto.offset.reset=none makes a consumer stop instead of guessing; kofs reset puts it where it should be",
	}
}

func adviceOutOfRange() []string {
	return []string{
		"auto.offset.reset decides alone: none makes a consumer stop instead; kofs reset puts the group where it should be",
		"retention.ms and retention.bytes of the topic must outlast the longest pause of its consumers",
	}
}
