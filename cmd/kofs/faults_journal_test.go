package main

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// journalFaults: what was there, or what became of it, cannot be put down.
func journalFaults() []fault {
	elsewhere := func(prepare func(dir string) error) func(*scene) {
		return func(s *scene) {
			good := s.env["KOFS_STATE_DIR"]
			s.env["KOFS_STATE_DIR"] = filepath.Join(s.t.TempDir(), "state")
			if err := prepare(s.env["KOFS_STATE_DIR"]); err != nil {
				s.t.Fatal(err)
			}
			s.repair = func() { s.env["KOFS_STATE_DIR"] = good }
		}
	}
	return []fault{
		{
			name: "the journal's directory cannot be made", breaks: elsewhere(func(dir string) error { return os.WriteFile(dir, nil, 0o600) }),
			code: exitFailed, reason: reasonFailed, message: "opening the journal",
		},
		{
			name: "others may write to the journal",
			breaks: elsewhere(func(dir string) error {
				return errors.Join(os.MkdirAll(filepath.Join(dir, "journal"), 0o700), os.Chmod(filepath.Join(dir, "journal"), 0o777)) //nolint:gosec // that is the fault
			}),
			code: exitFailed, reason: reasonFailed, message: "others may write",
		},
		{
			name: "the journal is a link to somewhere else",
			breaks: elsewhere(func(dir string) error {
				return errors.Join(os.MkdirAll(filepath.Join(dir, "other"), 0o700), os.Symlink("other", filepath.Join(dir, "journal")))
			}),
			code: exitFailed, reason: reasonFailed, message: "is not a directory",
		},
		{
			name: "the outcome cannot be put into the journal",
			breaks: func(s *scene) {
				dir := filepath.Join(s.env["KOFS_STATE_DIR"], "journal")
				away := dir + ".away"
				s.repair = func() {
					if err := os.Rename(away, dir); err != nil {
						s.t.Error(err)
					}
				}
				s.onCommit(func(*kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) {
					if err := os.Rename(dir, away); err != nil {
						s.t.Error(err)
					}
					return nil, nil, false
				})
			},
			code: exitIncomplete, reason: reasonIncomplete, message: "has no outcome", outcomes: "applied applied", status: "open", commits: commitsShifted, sent: 1,
		},
	}
}
