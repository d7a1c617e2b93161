package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Each kind of document, and each other form that has its rows, as it is. What
// is not the same in every run is replaced. -update writes the files anew.
func TestGoldenDocuments(t *testing.T) {
	t.Parallel()
	addrs := goldenWorld(t)
	for _, c := range []struct {
		file, args string
		code       int
	}{
		{file: "groups.json", args: "groups --lag -o json"},
		{file: "groups.jsonl", args: "groups --lag -o jsonl"},
		{file: "groups.csv", args: "groups --lag -o csv"},
		{file: "inspect.json", args: "inspect audit -o json"},
		{file: "inspect-member.json", args: "inspect shipping -o json"},
		{file: "inspect.csv", args: "inspect shipping -o csv"},
		{file: "inspect-wide.txt", args: "inspect shipping -o wide"},
		{file: "lag.json", args: "lag audit billing -o json"},
		{file: "lag.jsonl", args: "lag audit billing -o jsonl"},
		{file: "lag.csv", args: "lag audit billing -o csv"},
		{file: "lag-wide.txt", args: "lag audit billing -o wide"},
		{file: "plan.json", args: "reset billing --topic orders --to-datetime 2026-01-02T03:00:10Z -o json"},
		{file: "plan.jsonl", args: "reset billing --topic orders --to-datetime 2026-01-02T03:00:10Z -o jsonl"},
		{file: "plan.csv", args: "reset billing --topic orders --to-datetime 2026-01-02T03:00:10Z -o csv"},
		{file: "plan-wide.txt", args: "reset billing --topic orders --to-datetime 2026-01-02T03:00:10Z -o wide"},
		{file: "plan-active.json", args: "reset shipping --topic parcels --to-earliest -o json"},
		{file: "plan-refused.json", args: "reset billing --all-topics --to-offset 1000 -o json", code: exitRefused},
		{file: "result.json", args: "reset billing --topic orders:0 --to-offset 20 --execute --yes -o json"},
		{file: "result.csv", args: "reset billing --topic orders:0 --to-offset 25 --execute --yes -o csv"},
		{file: "records.json", args: "records --topic orders:1 --from-offset 0 --until-offset 5 --include-control -o json"},
		{file: "records.jsonl", args: "records billing --topic orders:0 --to-offset 28 -o jsonl"},
		{file: "records.csv", args: "records --topic orders:1 --from-offset 0 --until-offset 5 --include-control -o csv"},
		{file: "records-wide.txt", args: "records --topic orders:1 --from-offset 0 --until-offset 5 --include-control -o wide"},
		{file: "duplicates.json", args: "duplicates --topic orders -o json"},
		{file: "duplicates.jsonl", args: "duplicates --topic orders:0,2 --by value --within 1h -o jsonl"},
		{file: "duplicates.csv", args: "duplicates --topic orders:0,2 -o csv"},
		{file: "duplicates-wide.txt", args: "duplicates --topic orders -o wide"},
		{file: "inspect-producers.json", args: "inspect audit --producers -o json"},
		{file: "record-keys.json", args: "records --topic orders:1 --from-offset 0 --until-offset 5 --by-key -o json"},
		{file: "record-keys.csv", args: "records --topic orders:1 --from-offset 0 --until-offset 5 --by-key -o csv"},
		{file: "record-keys-wide.txt", args: "records --topic orders:1 --from-offset 0 --until-offset 5 --by-key -o wide"},
		{file: "record-timeline.json", args: "records --topic orders:1 --from-offset 0 --until-offset 5 --timeline -o json"},
		{file: "record-timeline.csv", args: "records --topic orders:1 --from-offset 0 --until-offset 5 --timeline -o csv"},
		{file: "error.json", args: "inspect biling -o json", code: exitFailed},
		{file: "error-refused.json", args: "reset billing --all-topics --to-offset 1000 --count none -o jsonl", code: exitRefused},
		{file: "error-usage.json", args: "lag --bogus -o json", code: exitUsage},
		{file: "version.json", args: "version -o json"},
	} {
		code, stdout, stderr := runGolden(t, addrs, testProcess(t, nil), strings.Fields(c.args)...)
		if code != c.code {
			t.Fatalf("kofs %s: exit code %d, want %d: %s", c.args, code, c.code, stderr)
		}
		text := stdout
		if strings.HasPrefix(c.file, "error") {
			text = stderr
		}
		compareGolden(t, c.file, scrub(text))
	}
}

// goldenNow is when the golden commands run: an hour after the first record.
func goldenNow() time.Time { return seedStart.Add(time.Hour) }

// goldenWorld is a cluster with a group for every condition, and an active one.
func goldenWorld(t *testing.T) []string {
	t.Helper()
	embedded := kafkatest.NewEmbedded(t, kafkatest.EmbeddedOptions{})
	world := kafkatest.NewWorld(t, embedded.Addrs())
	ctx := t.Context()
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	for topic, partitions := range map[string]int32{"orders": 3, "parcels": 2, "gone": 1} {
		must(world.CreateTopic(ctx, topic, partitions, map[string]string{"retention.ms": "-1"}))
	}
	records := kafkatest.Numbered(30)
	for i := range records {
		records[i].Timestamp = seedStart.Add(time.Duration(i) * time.Second)
	}
	odd := []kafkatest.Record{
		{Key: []byte("a,b"), Value: []byte("two\nlines, \"quoted\""), Timestamp: seedStart},
		{Value: nil, Timestamp: seedStart.Add(time.Second)},
		{Key: []byte{0xff}, Value: []byte("=1+1"), Headers: []kafkatest.Header{{Key: "h", Value: []byte("\x1b[2J")}, {Key: "null"}}, Timestamp: seedStart.Add(2 * time.Second)},
		{Key: []byte("鍵"), Value: []byte(strings.Repeat("長い値", 30)), Timestamp: seedStart.Add(24 * time.Hour)},
	}
	_, err := world.Produce(ctx, "orders", 0, records...)
	must(err)
	must(world.Transact(ctx, "golden", true, kafkatest.Batch{Topic: "orders", Partition: 1, Records: odd}))
	_, err = world.Produce(ctx, "orders", 2, records...)
	must(err)
	_, err = world.Produce(ctx, "parcels", 0, records...)
	must(err)
	must(world.DeleteRecords(ctx, "orders", 2, 5))
	must(world.Commit(ctx, "billing", kafkatest.Offsets{"orders": {0: 25, 2: 30}}))
	must(world.Commit(ctx, "audit", kafkatest.Offsets{"orders": {1: 99, 2: 3}, "gone": {0: 0}}))
	must(world.Commit(ctx, "shipping", kafkatest.Offsets{"parcels": {0: 8}}))
	must(world.DeleteTopic(ctx, "gone"))
	member, err := world.Join(ctx, "shipping", []string{"parcels"}, kgo.ClientID("出荷-1"))
	must(err)
	t.Cleanup(member.Close)
	return embedded.Addrs()
}

// runGolden runs kofs in this process, with a clock that stands still.
func runGolden(t *testing.T, addrs []string, p process, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	getenv := p.getenv
	p.getenv = func(name string) string {
		if name == "KOFS_BOOTSTRAP_SERVER" {
			return strings.Join(addrs, ",")
		}
		return getenv(name)
	}
	p.args, p.now, p.zone = args, goldenNow, time.UTC
	code = runInTime(t, p)
	return code, string(read(t, p.out)), string(read(t, p.err))
}

// scrub replaces what is not the same in every run by something as wide.
func scrub(text string) string {
	for _, volatile := range []struct{ pattern, stable string }{
		{`127\.0\.0\.1:\d{5}`, "127.0.0.1:19092"},
		{`("port": ?)\d+`, "${1}19092"},
		{`("(?:id|plan_id)": ?")[A-Z2-7]{26}"`, `${1}ID"`},
		{`("topic_id": ?)"[^"]+"`, `${1}"TOPIC-ID"`},
		{`(?m)^([a-z]+,[a-z]+,)[A-Za-z0-9_-]{22},`, `${1}TOPIC-ID,`},
		{`(?m)  [A-Za-z0-9_-]{22}$`, "  TOPIC-ID"},
		{`127\.…\d+`, "127.…"},
		{`\b\d{8}T\d{6}\.\d{3}Z-[a-z0-9]{6}\b`, "20260102T030000.000Z-abcdef"},
		{`("digest": ?)"[^"]+"`, `${1}"DIGEST"`},
		{`("(?:version|revision|go)": ?)(?:"[^"]+"|null)`, `${1}"BUILD"`},
		{`\b[1-9]\d{15,18}\b( *)`, `PRODUCER$1`},
		{`PRODUCER +`, `PRODUCER             `}, // in a table its width differs
		{`(?m)^(.*)\d{13}(,"timestamp":"|,)20[0-9T.:-]{21}Z(.*\bcommit\b.*)$`, `${1}0$2${3}`},
		{`(?m)^(.* )20[0-9T.:-]{21}Z( .*\(commit marker\))$`, `${1}when-it-was-committed---$2`},
	} {
		text = regexp.MustCompile(volatile.pattern).ReplaceAllString(text, volatile.stable)
	}
	member := regexp.MustCompile(`(出荷-1-|出荷-1-[0-9a-f]+…|出荷-1…|出荷-…|出荷…|出…)[0-9a-f]{3,32}`)
	return member.ReplaceAllStringFunc(text, func(id string) string {
		return regexp.MustCompile(`[0-9a-f]`).ReplaceAllString(strings.ReplaceAll(id, "出荷-1-", "出荷-!-"), "m")
	})
}

func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata/golden", file)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, []byte(got)) {
		t.Errorf("%s: go test ./cmd/kofs -run TestGolden -update writes it anew; got\n%s", path, got)
	}
}
