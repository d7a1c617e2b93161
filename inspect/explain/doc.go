// Package explain says why a group consumed records twice, or may have: it looks
// for windows of offsets that were given to the group more than once, and names
// their cause, from the group's history, from where the logs lay at the moments
// that matter, and from what the records themselves tell.
//
// A crash leaves no commit that goes back: what is lost is what was processed
// after the last commit, and never committed. So a window begins at the commit
// that was in force when a partition changed hands, and ends at the latest where
// the log ended then (the hard window); the owner's own pace says how much of
// that it most likely had processed (the likely window).
//
// [Find] makes the candidates and says which log ends they need ([Inquiry.Instants]),
// [Inquiry.Explain] makes the windows. Nothing here asks a cluster. What a history
// cannot show is said in [Explanation.CannotSee], never passed over.
package explain
