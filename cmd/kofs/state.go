package main

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"

	"github.com/kofs/kofs/reset"
	"github.com/spf13/pflag"
)

// stateOptions say where the journal is.
type stateOptions struct{ dir string }

func (o *stateOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.dir, "state-dir", "", "`directory` of the journal (KOFS_STATE_DIR; default $XDG_STATE_HOME/kofs)")
}

// openJournal opens the journal of this user, to be written to.
func (a *app) openJournal(o stateOptions) (*reset.Journal, error) {
	dir, err := a.journalDir(o)
	if err != nil {
		return nil, err
	}
	return reset.OpenJournal(dir)
}

// readJournal opens the journal of this user, and makes nothing.
func (a *app) readJournal(o stateOptions) (*reset.Journal, error) {
	dir, err := a.journalDir(o)
	if err != nil {
		return nil, err
	}
	return reset.ReadJournal(dir)
}

func (a *app) journalDir(o stateOptions) (string, error) {
	dir := firstOf(o.dir, a.getenv("KOFS_STATE_DIR"))
	if dir == "" {
		base := a.getenv("XDG_STATE_HOME")
		if !filepath.IsAbs(base) { // the XDG specification ignores relative paths
			home := a.getenv("HOME")
			if home == "" {
				return "", &usageError{message: "there is no place for the journal: HOME is not set", hint: "--state-dir names one"}
			}
			base = filepath.Join(home, ".local", "state")
		}
		dir = filepath.Join(base, "kofs")
	}
	return filepath.Join(dir, "journal"), nil
}

// newIntent is an intent with who and when; the plan joins it when it is written.
func (a *app) newIntent(kind reset.Write, server, of, reason string) reset.Intent {
	now := a.now()
	i := reset.Intent{ID: reset.EntryID(now, newID()), Kind: kind, CreatedAt: formatTime(now), Server: server, Of: of, Reason: reason}
	if u, err := user.Current(); err == nil {
		i.User = u.Username
	} else {
		i.User = fmt.Sprint(os.Geteuid())
	}
	if host, err := os.Hostname(); err == nil {
		i.Host = host
	}
	return i
}
