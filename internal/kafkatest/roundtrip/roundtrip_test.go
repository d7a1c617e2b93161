//go:build integration

package roundtrip

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
)

// names are group IDs that a CSV, a shell or a terminal may stumble over.
var names = []string{
	"plain", "a,b", ",", `say "hi"`, `"`, `""`, `"quoted"`, `"a","b"`,
	"two\nlines", "ends with a newline\n", "dos\r\nlines", "a\rb", "tab\there",
	"=1+1", "+1", "@SUM(A1)", "#comment", "'single'", "in the middle", " in front", "behind ", " ",
	"📦🚚", "grüße", "日本語のグループ", "e\u0301", `back\slash`, "{\"schema\":1}", "*?[a]",
	strings.Repeat("exactly 24 units", 2)[:24], strings.Repeat("exactly 25 units", 2)[:25], strings.Repeat("very, \"long\" ", 20),
	"\u00a0", "null", "0", "a;b|c", "%s%d", "\x1b[31mred",
}

// The topics' names differ in how Kafka's tool quotes them.
const (
	short = "orders"
	long  = "a.topic_with-a-name.of-more-than.24-characters"
)

type bed struct {
	kofs   kafkatest.Program
	world  *kafkatest.World
	oracle *kafkatest.Oracle
}

func start(t *testing.T) bed {
	t.Helper()
	k := kafkatest.NewKafka(t, kafkatest.KafkaOptions{})
	b := bed{world: kafkatest.NewWorld(t, k.Addrs()), oracle: kafkatest.NewOracle(t, k)}
	built, err := kafkatest.BuildKofs(t.Context(), t.TempDir())
	must(t, err)
	b.kofs = built.At(k.Addrs()...)
	for _, topic := range []string{short, long} {
		must(t, b.world.CreateTopic(t.Context(), topic, 2, nil))
		for p := range int32(2) {
			_, err := b.world.Produce(t.Context(), topic, p, kafkatest.Numbered(120)...)
			must(t, err)
		}
	}
	return b
}

// offsets are other ones for each group and each n.
func offsets(group int, n int64) kafkatest.Offsets {
	at := int64(group) + n
	return kafkatest.Offsets{short: {0: at, 1: at + 10}, long: {0: at + 20, 1: at + 30}}
}

func TestRoundTrip(t *testing.T) {
	begun := time.Now()
	b := start(t)
	for i, group := range names {
		must(t, b.world.Commit(t.Context(), group, offsets(i, 0)))
	}
	t.Run("OneGroup", func(t *testing.T) {
		for i, group := range names {
			b.oneGroup(t, i, group)
		}
	})
	t.Run("SeveralGroups", b.severalGroups)
	t.Logf("%d names in %v", len(names), time.Since(begun).Round(time.Second))
}

// oneGroup takes a group's offsets from each program to the other, three columns.
func (b bed) oneGroup(t *testing.T, i int, group string) {
	ctx, want := t.Context(), offsets(i, 0)
	theirs := b.tool(t, "--reset-offsets", "--group", group, "--all-topics", "--to-current", "--export", "--dry-run")
	ours := b.run(t, "snapshot", group, "-o", "kafka-csv").Stdout
	// Behind the last line theirs has an empty one.
	if got, want := sorted(ours), sorted(strings.TrimSuffix(theirs, "\n")); !slices.Equal(got, want) || len(got) != 4 {
		t.Errorf("%q: kofs wrote %q, kafka-consumer-groups %q", group, got, want)
	}

	must(t, b.world.Commit(ctx, group, offsets(i, 1)))
	b.run(t, "reset", group, "--from-file", file(t, theirs), "--execute", "--yes")
	b.check(t, group, want)

	must(t, b.world.Commit(ctx, group, offsets(i, 2)))
	b.tool(t, "--reset-offsets", "--group", group, "--from-file", file(t, ours), "--execute")
	b.check(t, group, want)
}

// severalGroups takes the offsets of all groups at once, four columns.
func (b bed) severalGroups(t *testing.T) {
	args := []string{"--reset-offsets", "--all-topics", "--to-current", "--export", "--dry-run"}
	for _, group := range names {
		args = append(args, "--group", group)
	}
	all := file(t, b.tool(t, args...))
	for i, group := range names {
		must(t, b.world.Commit(t.Context(), group, offsets(i, 3)))
		b.run(t, "reset", group, "--from-file", all, "--execute", "--yes")
		b.check(t, group, offsets(i, 0))
	}
	// Nobody's offsets went to another group.
	for i, group := range names {
		b.check(t, group, offsets(i, 0))
	}
}

func sorted(text string) []string {
	lines := slices.Collect(strings.Lines(text))
	slices.Sort(lines)
	return lines
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "offsets.csv")
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func (b bed) tool(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), kafkatest.Deadline)
	defer cancel()
	out, err := b.oracle.ConsumerGroups(ctx, args...)
	must(t, err)
	if strings.Contains(out, "Error") {
		t.Errorf("kafka-consumer-groups %q: %s", args, out)
	}
	return out
}

func (b bed) run(t *testing.T, args ...string) kafkatest.Ran {
	t.Helper()
	ran, err := b.kofs.Run(t.Context(), args...)
	must(t, err)
	if ran.Exit != 0 {
		t.Errorf("%q: %s", args, ran)
	}
	return ran
}

func (b bed) check(t *testing.T, group string, want kafkatest.Offsets) {
	t.Helper()
	got, err := b.oracle.Committed(t.Context(), group)
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q: committed %v, want %v", group, got, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
