package main

import (
	"strings"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/reset"
	"github.com/spf13/pflag"
)

// selection is GROUP SCOPE TARGET, which reset and records have in common.
type selection struct {
	topics    []string
	topicsRe  []string
	allTopics bool

	earliest, latest, current           bool
	offset, shift, datetime, byDuration string
	fromFile, toGroup                   string

	neverSkip, clamp, create bool

	// reason becomes the metadata of the commits.
	reason string

	flags  *pflag.FlagSet
	scopes []inspect.Scope
	target reset.Target
}

func (s *selection) addFlags(f *pflag.FlagSet) {
	s.flags = f
	f.StringArrayVar(&s.topics, "topic", nil, "every partition of `topic`, or topic:0,1,5, topic:0-5, 'pattern*'; repeatable")
	f.StringArrayVar(&s.topicsRe, "topic-re", nil, "every partition of the topics that match the `RE2` expression; repeatable")
	f.BoolVar(&s.allTopics, "all-topics", false, "every partition that has a commit")
	f.BoolVar(&s.earliest, "to-earliest", false, "to the log start offset")
	f.BoolVar(&s.latest, "to-latest", false, "to the end for the isolation level, as it is now")
	f.StringVar(&s.offset, "to-offset", "", "to offset `N`")
	f.StringVar(&s.shift, "shift-by", "", "by `N` offsets, forward or back (-N)")
	f.StringVar(&s.datetime, "to-datetime", "", "to the first record at or after `datetime`: 2026-01-02T03:04:05 with Z, +01:00 or no zone (UTC), or @seconds, @milliseconds")
	f.StringVar(&s.byDuration, "by-duration", "", "to the first record at or after `duration` ago: PT1H30M, P2D, 1h30m")
	f.BoolVar(&s.current, "to-current", false, "to the committed offset")
	f.StringVar(&s.fromFile, "from-file", "", "to the offsets in `file`: the CSV of kafka-consumer-groups, a kofs plan or snapshot")
	f.StringVar(&s.toGroup, "to-group", "", "to the committed offsets of `group`")
	f.BoolVar(&s.create, "create", false, "also for a group that does not exist yet")
	f.BoolVar(&s.neverSkip, "never-skip", false, "keep partitions that would move forward where they are")
	f.BoolVar(&s.clamp, "clamp", false, "move new offsets outside the log to its nearest bound")
}

// validate reads scope and target; group is whose offsets a file is read for.
func (s *selection) validate(now time.Time, group string) error {
	if err := s.validateScope(); err != nil {
		return err
	}
	if err := s.validateTarget(now); err != nil {
		return err
	}
	if s.fromFile == "" {
		return nil
	}
	offsets, err := reset.LoadOffsets(s.fromFile, group)
	if err != nil {
		return usagef("--from-file: %v", err)
	}
	s.setOffsets(offsets)
	return nil
}

// setOffsets makes the partitions of the offsets the scope, as far as a scope was
// not named.
func (s *selection) setOffsets(offsets reset.Offsets) {
	s.target.Offsets = offsets
	if len(s.scopes) == 0 {
		s.scopes = offsets.Scopes()
	}
}

// namesPartitions reports whether the target itself says which partitions.
func (s *selection) namesPartitions() bool { return s.fromFile != "" || s.toGroup != "" }

func (s *selection) validateScope() (err error) {
	switch {
	case s.allTopics && len(s.topics) > 0:
		return usagef("--all-topics and --topic %q exclude each other", s.topics[0])
	case s.allTopics && len(s.topicsRe) > 0:
		return usagef("--all-topics and --topic-re %q exclude each other", s.topicsRe[0])
	case !s.allTopics && len(s.topics) == 0 && len(s.topicsRe) == 0 && !s.namesPartitions():
		return &usageError{message: "no scope", hint: "--topic orders, --topic orders:0,1 or --all-topics"}
	}
	if s.scopes, err = parseScopes(s.topics); err != nil {
		return err
	}
	for _, re := range s.topicsRe {
		scope, err := inspect.ParseTopicPattern(re)
		if err != nil {
			return usagef("--topic-re: %v", err)
		}
		s.scopes = append(s.scopes, scope)
	}
	return nil
}

// validateTarget makes sure that there is exactly one target, and reads it.
func (s *selection) validateTarget(now time.Time) error {
	given := s.targets()
	switch {
	case len(given) == 0:
		return &usageError{message: "no target", hint: "--to-earliest, --to-latest, --to-offset, --shift-by, --to-datetime, --by-duration, --to-current, --from-file or --to-group"}
	case len(given) > 1:
		return usagef("%s exclude each other", strings.Join(given, " and "))
	}
	target, err := s.parseTarget(now)
	if err != nil {
		return usagef("%s: %v", given[0], err)
	}
	s.target = target
	return nil
}

func (s *selection) targets() []string {
	var given []string
	for _, flag := range []struct {
		name string
		set  bool
	}{
		{"to-earliest", s.earliest}, {"to-latest", s.latest}, {"to-offset", s.flags.Changed("to-offset")}, {"shift-by", s.flags.Changed("shift-by")},
		{"to-datetime", s.flags.Changed("to-datetime")}, {"by-duration", s.flags.Changed("by-duration")}, {"to-current", s.current},
		{"from-file", s.flags.Changed("from-file")}, {"to-group", s.flags.Changed("to-group")},
	} {
		if flag.set {
			given = append(given, "--"+flag.name)
		}
	}
	return given
}

func (s *selection) parseTarget(now time.Time) (reset.Target, error) {
	switch s.targets()[0] {
	case "--to-earliest":
		return reset.Target{Kind: reset.ToEarliest}, nil
	case "--to-latest":
		return reset.Target{Kind: reset.ToLatest}, nil
	case "--to-current":
		return reset.Target{Kind: reset.ToCurrent}, nil
	case "--to-offset":
		return reset.ParseOffset(s.offset)
	case "--shift-by":
		return reset.ParseShift(s.shift)
	case "--from-file":
		return reset.Target{Kind: reset.FromFile, Value: s.fromFile}, nil
	case "--to-group":
		return reset.Target{Kind: reset.ToGroup, Value: s.toGroup}, nil
	case "--to-datetime":
		return reset.ParseDatetime(s.datetime)
	}
	return reset.ParseDuration(s.byDuration, now)
}
