// Package disk writes much to a file: with room asked for, and put on the disk while
// more is made. What the file contains is the same without it, on every system.
package disk
