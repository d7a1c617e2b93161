// Package lag does arithmetic on a snapshot: how far groups are behind, and
// whether a threshold is passed. It asks nothing and changes nothing.
//
// Lag is a number of offsets: the end for the isolation level minus the
// committed offset. It is not a number of records.
package lag
