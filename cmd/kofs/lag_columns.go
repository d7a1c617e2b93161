package main

import (
	"strconv"

	"github.com/kofs/kofs/inspect"
)

// The columns that the tables of lag and inspect have in common.

func columnTopic() column[lagRow] {
	return column[lagRow]{"TOPIC", func(r lagRow) string { return r.Topic }, true}
}

func columnPartition() column[lagRow] {
	return column[lagRow]{"PARTITION", func(r lagRow) string { return strconv.Itoa(int(r.Partition.Partition.Partition)) }, false}
}

func columnCommitted() column[lagRow] {
	return column[lagRow]{"COMMITTED", commitCell(func(c inspect.Commit) string { return strconv.FormatInt(c.Offset, 10) }), false}
}

func columnEnd() column[lagRow] {
	return column[lagRow]{"END", func(r lagRow) string {
		if r.Log == nil {
			return "-"
		}
		return strconv.FormatInt(r.Log.End(r.isolation), 10)
	}, false}
}

func columnLag() column[lagRow] {
	return column[lagRow]{"LAG", func(r lagRow) string { return lagInWords(r.Partition) }, false}
}

func columnLogStart() column[lagRow] {
	return column[lagRow]{"LOG START", logCell(func(l inspect.Log) int64 { return l.Start }), false}
}

func columnLastStable() column[lagRow] {
	return column[lagRow]{"LAST STABLE", logCell(func(l inspect.Log) int64 { return l.LastStable }), false}
}

func columnLeaderEpoch() column[lagRow] {
	return column[lagRow]{"LEADER EPOCH", commitCell(func(c inspect.Commit) string { return numberOrDash(c.LeaderEpoch) }), false}
}

func columnMetadata() column[lagRow] {
	return column[lagRow]{"METADATA", commitCell(func(c inspect.Commit) string { return orDash(c.Metadata) }), false}
}

func columnClientID() column[lagRow] {
	return column[lagRow]{"CLIENT ID", memberCell(func(m inspect.Member) string { return m.ClientID }), true}
}

func columnHost() column[lagRow] {
	return column[lagRow]{"HOST", memberCell(func(m inspect.Member) string { return m.Host }), true}
}

func columnMember() column[lagRow] {
	return column[lagRow]{"MEMBER", memberCell(func(m inspect.Member) string { return m.ID }), false}
}

func columnInstance() column[lagRow] {
	return column[lagRow]{"GROUP INSTANCE ID", memberCell(func(m inspect.Member) string { return textOrDash(m.InstanceID) }), false}
}

// commitCell is a cell about the commit, "-" where there is none.
func commitCell(of func(inspect.Commit) string) func(lagRow) string {
	return func(r lagRow) string {
		if r.Commit == nil {
			return "-"
		}
		return of(*r.Commit)
	}
}

// logCell is an offset of the log, "-" where it could not be read.
func logCell(of func(inspect.Log) int64) func(lagRow) string {
	return func(r lagRow) string {
		if r.Log == nil {
			return "-"
		}
		return strconv.FormatInt(of(*r.Log), 10)
	}
}

// memberCell is a cell about the member that reads the partition, "-" where none does.
func memberCell(of func(inspect.Member) string) func(lagRow) string {
	return func(r lagRow) string {
		if r.Member == nil {
			return "-"
		}
		return orDash(of(*r.Member))
	}
}
