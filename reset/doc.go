// Package reset moves a group's committed offsets: from a target to a plan, to a
// check, to a commit that was read back.
//
// A [Plan] is what a preview shows. It is made from an [inspect.Snapshot] by
// arithmetic alone, and the numbers of records are added to it afterwards.
// Only apply.go writes to a cluster, through [Committer].
package reset
