package inspect

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// maxTopicName is the longest topic name Kafka takes
// (org.apache.kafka.common.internals.Topic).
const maxTopicName = 249

// maxPartitions bounds what "t:0-4000000000" may ask for.
const maxPartitions = 1 << 20

// Scope selects partitions: of one topic, or of every topic that a glob matches.
type Scope struct {
	Topic      string // a name, a glob, or what Pattern was made from
	Partitions []int32
	Pattern    *regexp.Regexp // nil unless the topics are those that match it as a whole
}

// ParseTopicPattern reads a regular expression (RE2) that whole topic names match.
func ParseTopicPattern(s string) (Scope, error) {
	pattern, err := regexp.Compile("^(?:" + s + ")$")
	if err != nil {
		return Scope{}, fmt.Errorf("%q is not a regular expression: %w", s, err)
	}
	return Scope{Topic: s, Pattern: pattern}, nil
}

// ParseScope reads "orders", "orders:0,1,5", "orders:0-5" or "ord*". Kafka's
// topic names have no colon, so the form is safe to split.
func ParseScope(s string) (Scope, error) {
	topic, list, hasList := strings.Cut(s, ":")
	if err := checkTopic(topic); err != nil {
		return Scope{}, fmt.Errorf("scope %q: %w", s, err)
	}
	scope := Scope{Topic: topic}
	if !hasList {
		return scope, nil
	}
	for part := range strings.SplitSeq(list, ",") {
		first, last, err := parsePartitions(part)
		if err != nil {
			return Scope{}, fmt.Errorf("scope %q: %w", s, err)
		}
		for p := first; p <= last; p++ {
			scope.Partitions = append(scope.Partitions, int32(p))
		}
	}
	slices.Sort(scope.Partitions)
	scope.Partitions = slices.Compact(scope.Partitions)
	return scope, nil
}

func checkTopic(topic string) error {
	switch {
	case topic == "":
		return fmt.Errorf("the topic is empty")
	case len(topic) > maxTopicName:
		return fmt.Errorf("a topic name has at most %d characters", maxTopicName)
	case topic == "." || topic == "..":
		return fmt.Errorf("%q is not a topic name", topic)
	}
	for _, r := range topic {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-*?[]", r) {
			return fmt.Errorf("a topic name has no %q", r)
		}
	}
	if _, err := path.Match(topic, ""); err != nil {
		return fmt.Errorf("%q is not a pattern", topic)
	}
	return nil
}

// parsePartitions reads "3" or "0-5".
func parsePartitions(s string) (first, last int64, err error) {
	from, to, isRange := strings.Cut(s, "-")
	if first, err = parsePartition(from); err != nil {
		return 0, 0, err
	}
	if !isRange {
		return first, first, nil
	}
	if last, err = parsePartition(to); err != nil {
		return 0, 0, err
	}
	if last < first {
		return 0, 0, fmt.Errorf("the range %q runs backwards", s)
	}
	if last-first >= maxPartitions {
		return 0, 0, fmt.Errorf("the range %q has more than %d partitions", s, maxPartitions)
	}
	return first, last, nil
}

func parsePartition(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || strconv.FormatInt(n, 10) != s || n < 0 {
		return 0, fmt.Errorf("%q is not a partition number", s)
	}
	return n, nil
}

// String is the form that ParseScope reads.
func (s Scope) String() string {
	if s.Partitions == nil {
		return s.Topic
	}
	numbers := make([]string, len(s.Partitions))
	for i, p := range s.Partitions {
		numbers[i] = strconv.Itoa(int(p))
	}
	return s.Topic + ":" + strings.Join(numbers, ",")
}

// IsGlob reports whether the topic is a pattern rather than a name.
func (s Scope) IsGlob() bool { return s.Pattern != nil || IsGlob(s.Topic) }

// IsGlob reports whether s has a character of a pattern as path.Match reads it.
func IsGlob(s string) bool { return strings.ContainsAny(s, `*?[\`) }

// Matches reports whether the scope has the partition.
func (s Scope) Matches(p TopicPartition) bool {
	return s.matchesTopic(p.Topic) && (s.Partitions == nil || slices.Contains(s.Partitions, p.Partition))
}

func (s Scope) matchesTopic(topic string) bool {
	switch {
	case s.Pattern != nil:
		return s.Pattern.MatchString(topic)
	case !s.IsGlob():
		return s.Topic == topic
	}
	ok, _ := path.Match(s.Topic, topic) // the pattern was checked by ParseScope
	return ok
}
