package main

import (
	"encoding/json"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Command lines that are not right: exit 2, a message that names what was typed,
// and no connection, not even one that is closed at once.
func TestWrongCommandLinesOpenNoConnection(t *testing.T) {
	t.Parallel()
	server := countAccepts(t)
	for _, c := range []struct {
		wrong string // what is wrong
		args  []string
		env   string // NAME=VALUE
		says  string
	}{
		// commands
		{"a command that is not there", line("nonsense"), "", `unknown command "nonsense"`},
		{"a command with two letters swapped", line("lga billing"), "", `unknown command "lga"`},
		{"a command in capitals", line("RESET billing --topic t --to-earliest"), "", `unknown command "RESET"`},
		{"an empty command", []string{""}, "", `unknown command ""`},
		{"a command of Kafka's tool", line("--reset-offsets --group billing --topic t --to-earliest"), "", "--reset-offsets"},
		{"the group before the command", line("billing reset --topic t --to-earliest"), "", `"billing"`},
		{"help for a command that is not there", line("help nonsense"), "", `"nonsense"`},
		{"an argument to version", line("version 2"), "", `"2"`},
		{"completion for a shell that is not there", line("completion nosh"), "", `"nosh"`},

		// flags
		{"a flag that is not there", line("lag billing --bogus"), "", "--bogus"},
		{"a flag cut short", line("reset billing --topic t --to-early"), "", "--to-early"},
		{"a flag with one dash", line("reset billing --topic t -to-earliest"), "", "-to-earliest"},
		{"a flag with an en dash", line("reset billing --topic t –-to-earliest"), "", "–-to-earliest"},
		{"a flag with an em dash", line("reset billing --topic t —to-earliest"), "", "—to-earliest"},
		{"a flag with a hyphen that does not break", line("reset billing --topic t --to\u2011earliest"), "", "earliest"},
		{"a flag of another command", line("lag billing --execute"), "", "--execute"},
		{"a flag of Kafka's tool", line("lag --group billing"), "", "--group"},
		{"a flag without its value", line("reset billing --topic t --to-offset"), "", "--to-offset"},
		{"a value for a switch that is neither true nor false", line("reset billing --topic t --to-earliest --execute --yes=sure"), "", `"sure"`},
		{"a value after a switch", line("reset billing --topic t --to-earliest --execute false"), "", "false"},
		{"an unknown short flag", line("lag billing -x"), "", "'x'"},

		// arguments
		{"no group to reset", line("reset --topic t --to-earliest"), "", "needs a group"},
		{"two groups to reset", line("reset billing shipping --topic t --to-earliest"), "", "shipping"},
		{"a topic where --topic belongs", line("reset billing orders --to-earliest"), "", "orders"},
		{"an empty group", []string{"reset", "", "--topic", "t", "--to-earliest"}, "", "empty"},
		{"an empty group among others", []string{"lag", "billing", ""}, "", "empty"},
		{"no group to inspect", line("inspect"), "", "needs a group"},
		{"two groups to inspect", line("inspect a b"), "", "b"},
		{"neither a group nor --all-groups", line("lag"), "", "no group"},
		{"a group and --all-groups", line("lag billing --all-groups"), "", `"billing"`},
		{"two groups of records", line("records a b --topic t --to-earliest"), "", "b"},

		// scopes
		{"no scope", line("reset billing --to-earliest"), "", "no scope"},
		{"two scopes that exclude each other", line("reset billing --topic t --all-topics --to-earliest"), "", "--all-topics"},
		{"an empty topic", []string{"reset", "billing", "--topic", "", "--to-earliest"}, "", "--topic"},
		{"a colon without partitions", line("reset billing --topic t: --to-earliest"), "", `"t:"`},
		{"partitions without a topic", line("reset billing --topic :0 --to-earliest"), "", `":0"`},
		{"a range that runs backwards", line("reset billing --topic t:3-1 --to-earliest"), "", `"3-1"`},
		{"an empty partition in a list", line("reset billing --topic t:1,,2 --to-earliest"), "", `"t:1,,2"`},
		{"a list that ends with a comma", line("reset billing --topic t:1, --to-earliest"), "", `"t:1,"`},
		{"a negative partition", line("reset billing --topic t:-1 --to-earliest"), "", `"t:-1"`},
		{"a partition with a sign", line("reset billing --topic t:+1 --to-earliest"), "", `"+1"`},
		{"a partition with a leading zero", line("reset billing --topic t:01 --to-earliest"), "", `"01"`},
		{"a partition in Arabic digits", line("reset billing --topic t:٣ --to-earliest"), "", `"٣"`},
		{"a partition above 32 bits", line("reset billing --topic t:4294967296 --to-earliest"), "", `"4294967296"`},
		{"a range without its end", line("reset billing --topic t:0- --to-earliest"), "", `"t:0-"`},
		{"a range of three", line("reset billing --topic t:0-5-7 --to-earliest"), "", `"5-7"`},
		{"more partitions than there can be", line("reset billing --topic t:0-2000000 --to-earliest"), "", `"0-2000000"`},
		{"two colons", line("reset billing --topic t:0:1 --to-earliest"), "", `"0:1"`},
		{"topics in a list", line("reset billing --topic t,u --to-earliest"), "", `"t,u"`},
		{"a topic with a space", []string{"reset", "billing", "--topic", "t ", "--to-earliest"}, "", `"t "`},
		{"a topic with a slash", line("lag billing --topic a/b"), "", `"a/b"`},
		{"a pattern with an open bracket", line("lag billing --topic t["), "", `"t["`},
		{"a topic that is a folder", line("groups --topic .."), "", `".."`},
		{"a topic longer than Kafka takes", line("groups --topic " + strings.Repeat("t", 250)), "", "249"},
		{"the second of two scopes is wrong", line("reset billing --topic t --topic u:x --to-earliest"), "", `"u:x"`},

		// targets
		{"no target", line("reset billing --topic t"), "", "no target"},
		{"two targets", line("reset billing --topic t --to-earliest --to-latest"), "", "--to-earliest and --to-latest"},
		{"a flag where the topic belongs", line("reset billing --topic --to-earliest"), "", "no target"},
		{"an offset with a minus", line("reset billing --topic t --to-offset -1"), "", `"-1"`},
		{"an offset with a plus", line("reset billing --topic t --to-offset +1"), "", `"+1"`},
		{"an offset with leading zeros", line("reset billing --topic t --to-offset 007"), "", `"007"`},
		{"an offset in hexadecimal", line("reset billing --topic t --to-offset 0x10"), "", `"0x10"`},
		{"an offset with underscores", line("reset billing --topic t --to-offset 1_000"), "", `"1_000"`},
		{"an offset with thousands", line("reset billing --topic t --to-offset 1,000"), "", `"1,000"`},
		{"an offset with an exponent", line("reset billing --topic t --to-offset 1e3"), "", `"1e3"`},
		{"an offset in fullwidth digits", line("reset billing --topic t --to-offset １２"), "", `"１２"`},
		{"an offset above 63 bits", line("reset billing --topic t --to-offset 9223372036854775808"), "", `"9223372036854775808"`},
		{"an offset with a fraction", line("reset billing --topic t --to-offset 1.5"), "", `"1.5"`},
		{"an empty offset", []string{"reset", "billing", "--topic", "t", "--to-offset", ""}, "", "--to-offset"},
		{"an offset with a space", []string{"reset", "billing", "--topic", "t", "--to-offset", " 5"}, "", `" 5"`},
		{"a shift with a Unicode minus", line("reset billing --topic t --shift-by −5"), "", `"−5"`},
		{"a shift with two signs", line("reset billing --topic t --shift-by +-5"), "", `"+-5"`},
		{"a shift with leading zeros", line("reset billing --topic t --shift-by -05"), "", `"-05"`},
		{"a sign alone", line("reset billing --topic t --shift-by -"), "", `"-"`},
		{"a shift above 63 bits", line("reset billing --topic t --shift-by -9223372036854775809"), "", `"-9223372036854775809"`},
		{"a datetime with a space", []string{"reset", "billing", "--topic", "t", "--to-datetime", "2026-01-02 03:04:05"}, "", `"2026-01-02 03:04:05"`},
		{"a datetime without quotes", line("reset billing --topic t --to-datetime 2026-01-02 03:04:05"), "", "03:04:05"},
		{"a date alone", line("reset billing --topic t --to-datetime 2026-01-02"), "", `"2026-01-02"`},
		{"a datetime without seconds", line("reset billing --topic t --to-datetime 2026-01-02T03:04Z"), "", `"2026-01-02T03:04Z"`},
		{"a zone without a colon", line("reset billing --topic t --to-datetime 2026-01-02T03:04:05+0100"), "", `"2026-01-02T03:04:05+0100"`},
		{"a zone by name", line("reset billing --topic t --to-datetime 2026-01-02T03:04:05CET"), "", `"2026-01-02T03:04:05CET"`},
		{"a small z", line("reset billing --topic t --to-datetime 2026-01-02T03:04:05z"), "", `"2026-01-02T03:04:05z"`},
		{"hour 24", line("reset billing --topic t --to-datetime 2026-01-02T24:00:00Z"), "", `"2026-01-02T24:00:00Z"`},
		{"second 60", line("reset billing --topic t --to-datetime 2026-06-30T23:59:60Z"), "", `"2026-06-30T23:59:60Z"`},
		{"the 30th of February", line("reset billing --topic t --to-datetime 2026-02-30T03:04:05Z"), "", `"2026-02-30T03:04:05Z"`},
		{"month first", line("reset billing --topic t --to-datetime 01-02-2026T03:04:05Z"), "", `"01-02-2026T03:04:05Z"`},
		{"a bare number of seconds", line("reset billing --topic t --to-datetime 1767323045"), "", `"1767323045"`},
		{"@ with 11 digits", line("reset billing --topic t --to-datetime @17673230451"), "", `"@17673230451"`},
		{"@ with microseconds", line("reset billing --topic t --to-datetime @1767323045000000"), "", `"@1767323045000000"`},
		{"before 1970", line("reset billing --topic t --to-datetime 1969-12-31T23:59:59Z"), "", `"1969-12-31T23:59:59Z"`},
		{"a word for a time", line("reset billing --topic t --to-datetime yesterday"), "", `"yesterday"`},
		{"an empty datetime", []string{"reset", "billing", "--topic", "t", "--to-datetime", ""}, "", "--to-datetime"},
		{"a duration without a unit", line("reset billing --topic t --by-duration 5"), "", `"5"`},
		{"no duration", line("reset billing --topic t --by-duration 0"), "", `"0"`},
		{"no duration with a unit", line("reset billing --topic t --by-duration PT0S"), "", `"PT0S"`},
		{"a negative duration", line("reset billing --topic t --by-duration -5m"), "", `"-5m"`},
		{"a negative ISO duration", line("reset billing --topic t --by-duration PT-5M"), "", `"PT-5M"`},
		{"a duration with months", line("reset billing --topic t --by-duration P1M"), "", `"P1M"`},
		{"a duration with years", line("reset billing --topic t --by-duration P1Y"), "", `"P1Y"`},
		{"a duration in weeks", line("reset billing --topic t --by-duration 1w"), "", `"1w"`},
		{"an ISO duration with a T and nothing after it", line("reset billing --topic t --by-duration P1DT"), "", `"P1DT"`},
		{"units in the wrong order", line("reset billing --topic t --by-duration 5m1h"), "", `"5m1h"`},
		{"a unit in capitals", line("reset billing --topic t --by-duration 5M"), "", `"5M"`},
		{"a duration before 1970", line("reset billing --topic t --by-duration P36500D"), "", `"P36500D"`},
		{"a duration beyond counting", line("reset billing --topic t --by-duration P99999999999999999999D"), "", `"P99999999999999999999D"`},
		{"a target of records without a group", line("records --topic t:0 --from-offset 0 --until-offset 5 --to-earliest"), "", "--to-earliest"},

		// writing
		{"--yes without --execute", line("reset billing --topic t --to-earliest --yes"), "", "--yes"},
		{"--allow-skip without --yes", line("reset billing --topic t --to-earliest --execute --allow-skip"), "", "--allow-skip"},
		{"--dry-run with --execute", line("reset billing --topic t --to-earliest --dry-run --execute"), "", "--dry-run"},
		{"a question, and no terminal to ask on", line("reset billing --topic t --to-earliest --execute"), "", "no terminal"},

		// numbers and sizes
		{"a way to count that is not there", line("reset billing --topic t --to-earliest --count few"), "", `"few"`},
		{"a size in terabytes", line("reset billing --topic t --to-earliest --count-limit 1TB"), "", `"1TB"`},
		{"no size", line("reset billing --topic t --to-earliest --count-limit 0"), "", `"0"`},
		{"a size with a fraction", line("reset billing --topic t --to-earliest --count-limit 1.5GiB"), "", `"1.5GiB"`},
		{"a size with a space", []string{"reset", "billing", "--topic", "t", "--to-earliest", "--count-limit", "1 GiB"}, "", `"1 GiB"`},
		{"a counting time without a unit", line("reset billing --topic t --to-earliest --count-time 10"), "", `"10"`},
		{"a negative counting time", line("reset billing --topic t --to-earliest --count-time -1s"), "", `"-1s"`},
		{"fewer samples than none", line("reset billing --topic t --to-earliest --show -1"), "", "-1"},
		{"samples in words", line("reset billing --topic t --to-earliest --show all"), "", `"all"`},
		{"samples in a document", line("reset billing --topic t --to-earliest --show 3 -o json"), "", "--show"},
		{"a negative threshold", line("lag billing --fail-above -1"), "", `"-1"`},
		{"a threshold in words", line("lag billing --fail-above 10k"), "", `"10k"`},
		{"an empty threshold", []string{"lag", "billing", "--fail-above", ""}, "", "--fail-above"},
		{"--ignore-no-commit without --fail-above", line("lag billing --ignore-no-commit"), "", "--ignore-no-commit"},
		{"an offset to begin at and none to end at", line("records --topic t:0 --from-offset 5"), "", "--until-offset"},
		{"offsets that run backwards", line("records --topic t:0 --from-offset 5 --until-offset 1"), "", "--until-offset 1"},
		{"offsets of a whole topic", line("records --topic t --from-offset 0 --until-offset 1"), "", "one partition"},
		{"offsets of two partitions", line("records --topic t:0,1 --from-offset 0 --until-offset 1"), "", "one partition"},
		{"offsets and a group", line("records billing --topic t:0 --from-offset 0 --until-offset 1"), "", `"billing"`},
		{"neither a group nor offsets", line("records"), "", "no group"},
		{"a state that is not there", line("groups --state Sleepy"), "", `"Sleepy"`},
		{"an empty state", []string{"groups", "--state", ""}, "", "--state"},
		{"a type that is not there", line("groups --type simple"), "", `"simple"`},

		// global flags
		{"a timeout without a unit", line("lag billing --timeout 30"), "", `"30"`},
		{"no timeout", line("lag billing --timeout 0s"), "", `"0s"`},
		{"a negative timeout", line("lag billing --timeout -5s"), "", `"-5s"`},
		{"a timeout with a space", []string{"lag", "billing", "--timeout", "30 s"}, "", `"30 s"`},
		{"a timeout in fullwidth digits", line("lag billing --timeout ３０s"), "", `"３０s"`},
		{"a timeout in days", line("lag billing --timeout 1d"), "", `"1d"`},
		{"a timeout beyond counting", line("lag billing --timeout 9999999h"), "", `"9999999h"`},
		{"an empty timeout", []string{"lag", "billing", "--timeout", ""}, "", "--timeout"},
		{"an output that is not there", line("lag billing -o xml"), "", `"xml"`},
		{"an output in capitals", line("lag billing -o JSON"), "", `"JSON"`},
		{"an empty output", []string{"lag", "billing", "-o", ""}, "", "--output"},
		{"an isolation level cut short", line("lag billing --isolation-level committed"), "", `"committed"`},
		{"an isolation level with a hyphen", line("lag billing --isolation-level read-committed"), "", `"read-committed"`},
		{"an empty isolation level", []string{"lag", "billing", "--isolation-level", ""}, "", "--isolation-level"},
		{"a server without a port", line("lag billing -b kafka"), "", `"kafka"`},
		{"a server with a scheme", line("lag billing -b kafka://" + server.addr), "", `"kafka://`},
		{"servers that end with a comma", line("lag billing -b " + server.addr + ","), "", "empty"},
		{"the second server is wrong", line("lag billing -b " + server.addr + ",kafka:x"), "", `"kafka:x"`},
		{"servers with a semicolon", line("lag billing -b " + server.addr + ";" + server.addr), "", ";"},
		{"a port above 65535", line("lag billing -b kafka:90920"), "", `"90920"`},
		{"port 0", line("lag billing -b kafka:0"), "", `"0"`},
		{"a server without a host", line("lag billing -b :9092"), "", `":9092"`},
		{"a space in the middle of a server", []string{"lag", "billing", "-b", "kafka 1:9092"}, "", `"kafka 1:9092"`},
		{"IPv6 without brackets", line("lag billing -b ::1:9092"), "", "brackets"},
		{"a server that an unset variable left empty", []string{"lag", "billing", "-b", ""}, "KOFS_BOOTSTRAP_SERVER=" + server.addr, "--bootstrap-server"},
		{"servers with one dash", line("lag billing -bootstrap-server " + server.addr), "", `"ootstrap-server"`},
		{"a properties file that is not there", line("lag billing --command-config nothere.properties"), "", "nothere.properties"},
		{"an empty name of a properties file", []string{"lag", "billing", "--command-config", ""}, "", "--command-config"},

		// the same flag again
		{"two offsets", line("reset billing --topic t --to-offset 5 --to-offset 6"), "", `"6"`},
		{"two datetimes", line("reset billing --topic t --to-datetime 2026-01-02T03:04:05Z --to-datetime 2026-01-02T03:04:06Z"), "", `"2026-01-02T03:04:06Z"`},
		{"two clusters", line("lag billing -b " + server.addr + " -b kafka:9092"), "", `"kafka:9092"`},
		{"two timeouts", line("lag billing --timeout 5s --timeout 6s"), "", `"6s"`},
		{"two outputs", line("lag billing -o json --output table"), "", "table"},
		{"a switch on and off", line("reset billing --topic t --to-earliest --execute --yes --execute=false"), "", "--execute"},

		// the environment
		{"no server anywhere", line("lag billing"), "KOFS_BOOTSTRAP_SERVER=", "no bootstrap server"},
		{"a bad output in the environment", line("lag billing"), "KOFS_OUTPUT=yaml", `"yaml"`},
		{"a bad timeout in the environment", line("lag billing"), "KOFS_TIMEOUT=30", `"30"`},
		{"a bad server in the environment", line("lag billing"), "KOFS_BOOTSTRAP_SERVER=kafka://kafka:9092", `"kafka://kafka:9092"`},
		{"a properties file in the environment that is not there", line("lag billing"), "KOFS_COMMAND_CONFIG=nothere.properties", "nothere.properties"},
	} {
		t.Run(c.wrong, func(t *testing.T) {
			name, value, _ := strings.Cut(c.env, "=")
			env := map[string]string{"KOFS_BOOTSTRAP_SERVER": server.addr}
			if name != "" {
				env[name] = value
			}
			args := c.args
			if !namesOutput(args, name) { // where the output is not what is wrong
				args = append([]string{"-o", "json"}, args...)
			}
			code, stdout, stderr := runKofsIn(t, env, args...)
			if code != exitUsage {
				t.Errorf("exit code %d, want %d", code, exitUsage)
			}
			if len(stdout) > 0 {
				t.Errorf("stdout: %s", stdout)
			}
			message := string(stderr)
			if !namesOutput(c.args, name) {
				doc := errorLine(t, stderr)
				if doc.Reason != reasonUsage || doc.ExitCode != exitUsage || doc.Retryable {
					t.Errorf("%+v", doc)
				}
				message = doc.Message
			}
			if !strings.Contains(message, c.says) {
				t.Errorf("%q does not say %q", message, c.says)
			}
		})
	}
	if n := server.accepted.Load(); n != 0 {
		t.Errorf("%d connections were opened", n)
	}
	if code, _, _ := runKofsIn(t, nil, "groups", "-b", server.addr); code != exitFailed || server.accepted.Load() != 1 {
		t.Errorf("the server counts nothing: exit code %d, %d connections", code, server.accepted.Load())
	}
}

// Command lines that are right, and cannot be done: nothing that leaves a trace
// reaches a broker.
func TestWhatCannotBeDoneLeavesNoTrace(t *testing.T) {
	t.Parallel()
	embedded := kafkatest.NewEmbedded(t, kafkatest.EmbeddedOptions{Brokers: 2, Topics: map[string]int32{"orders": 2, "payments": 1, "__consumer_offsets": 1}})
	world := kafkatest.NewWorld(t, embedded.Addrs())
	seedForRefusals(t, world)
	traces := withoutHeartbeats(kafkatest.TraceKeys()) // the live member sends those
	for _, c := range []struct {
		why    string
		args   string
		code   int
		reason string
		says   string
	}{
		{"lag of a group that is not there", "lag biling", 1, "unknown_group", `"biling"`},
		{"lag of a pattern that no group has", "lag zzz-*", 1, "unknown_group", `"zzz-*"`},
		{"a group that is not there", "inspect biling", 1, "unknown_group", `"biling"`},
		{"a group to list that is not there", "groups biling", 1, "unknown_group", `"biling"`},
		{"records of a group that is not there", "records biling --topic orders --to-earliest", 1, "unknown_group", `"biling"`},
		{"a reset of a group that is not there", "reset biling --topic orders --to-earliest", 4, "unknown_group", `"biling"`},
		{"a reset of a pattern", "reset bill* --topic orders --to-earliest", 4, "unknown_group", `"bill*"`},
		{"lag of a topic that the group does not read", "lag billing --topic payments", 1, "failed", `"payments"`},
		{"a reset of a topic that is not there", "reset billing --topic order --to-earliest", 4, "unknown_topic", `"order"`},
		{"a reset of a topic named like a flag", "reset billing --topic --all-topics --to-earliest", 4, "unknown_topic", `"--all-topics"`},
		{"a reset of a pattern that no topic has", "reset billing --topic zzz* --to-earliest", 4, "unknown_topic", `"zzz*"`},
		{"a reset of a partition that is not there", "reset billing --topic orders:0,7 --to-earliest", 4, "unknown_topic", `"orders:0,7"`},
		{"records of a topic that is not there", "records --topic order:0 --from-offset 0 --until-offset 5", 1, "unknown_topic", `"order"`},
		{"records of a partition that is not there", "records --topic orders:7 --from-offset 0 --until-offset 5", 1, "unknown_topic", `"orders:7"`},
		{"a reset of Kafka's own topic", "reset billing --topic __consumer_offsets --to-earliest --execute --yes", 4, "internal_topic", `"__consumer_offsets"`},
		{"an offset past the end", "reset billing --topic orders --to-offset 999 --execute --yes", 4, "out_of_range", "999"},
		{"a shift past the end", "reset billing --topic orders:0 --shift-by 1000 --execute --yes", 4, "out_of_range", "orders:0"},
		{"a shift before the start", "reset billing --topic orders:0 --shift-by -1000 --execute --yes", 4, "out_of_range", "orders:0"},
		{"a shift beyond 63 bits", "reset billing --topic orders:0 --shift-by 9223372036854775807 --execute --yes", 4, "out_of_range", "orders:0"},
		{"records up to an offset past the end", "records billing --topic orders --to-offset 999", 4, "out_of_range", "999"},
		{"a shift without a commit to start from", "reset billing --topic orders --shift-by -1 --execute --yes", 4, "no_commit", "orders:1"},
		{"the committed offset, where there is none", "reset billing --topic orders:1 --to-current --execute --yes", 4, "no_commit", "orders:1"},
		{"an instant in the future", "reset billing --topic orders --to-datetime 2999-01-01T00:00:00Z --execute --yes", 4, "instant_in_future", "2999-01-01T00:00:00"},
		{"a datetime that moves forward, unattended", "reset billing --topic orders:0 --to-datetime 2026-01-02T03:00:25Z --execute --yes", 4, "would_skip", "orders:0"},
		{"a group with a live member", "reset live --topic payments --to-earliest --execute --yes", 4, "group_active", `"live"`},
		{"the end, above an open transaction", "reset open --topic orders:1 --to-latest --execute --yes", 4, "above_last_stable_offset", "orders:1"},
		{"offsets that a transaction holds", "reset pending --topic payments --to-earliest --execute --yes", 4, "pending_transaction", "payments:0"},
		{"nobody at that port", "lag billing -b 127.0.0.1:1", 1, "connection", "127.0.0.1:1"},
	} {
		t.Run(c.why, func(t *testing.T) {
			before := embedded.Requests(traces...)
			env := map[string]string{"KOFS_BOOTSTRAP_SERVER": strings.Join(embedded.Addrs(), ",")}
			code, _, stderr := runKofsIn(t, env, append([]string{"-o", "json"}, strings.Fields(c.args)...)...)
			doc := errorLine(t, stderr)
			if code != c.code || doc.ExitCode != c.code {
				t.Errorf("exit code %d, in the document %d, want %d", code, doc.ExitCode, c.code)
			}
			if doc.Reason != c.reason {
				t.Errorf("reason %q, want %q", doc.Reason, c.reason)
			}
			if !strings.Contains(doc.Message, c.says) {
				t.Errorf("%q does not say %q", doc.Message, c.says)
			}
			if after := embedded.Requests(traces...); after != before {
				t.Errorf("%d requests that leave a trace", after-before)
			}
		})
	}
}

// seedForRefusals fills what the rows above name: billing has a commit on
// orders:0 only, live has a member, open and pending have a transaction in the way.
func seedForRefusals(t *testing.T, world *kafkatest.World) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for topic, partitions := range map[string]int32{"orders": 2, "payments": 1} {
		for p := range partitions {
			records := kafkatest.Numbered(30)
			for i := range records {
				records[i].Timestamp = seedStart.Add(time.Duration(i) * time.Second)
			}
			_, err := world.Produce(t.Context(), topic, p, records...)
			must(err)
		}
	}
	must(world.Commit(t.Context(), "billing", kafkatest.Offsets{"orders": {0: 20}}))
	must(world.Commit(t.Context(), "open", kafkatest.Offsets{"orders": {1: 20}}))
	must(world.Commit(t.Context(), "pending", kafkatest.Offsets{"payments": {0: 20}}))
	member, err := world.Join(t.Context(), "live", []string{"payments"})
	must(err)
	t.Cleanup(member.Close)
	producing, err := world.Begin(t.Context(), "producing")
	must(err)
	t.Cleanup(producing.Abandon)
	_, err = producing.Produce(t.Context(), kafkatest.Batch{Topic: "orders", Partition: 1, Records: kafkatest.Numbered(3)})
	must(err)
	committing, err := world.Begin(t.Context(), "committing")
	must(err)
	t.Cleanup(committing.Abandon)
	must(committing.CommitOffsets(t.Context(), "pending", kafkatest.Offsets{"payments": {0: 25}}))
}

func withoutHeartbeats(keys []kmsg.Key) (rest []kmsg.Key) {
	for _, key := range keys {
		if key != kmsg.Heartbeat && key != kmsg.ConsumerGroupHeartbeat {
			rest = append(rest, key)
		}
	}
	return rest
}

// The same value twice says the same thing twice, and flags that are lists are
// meant to be repeated.
func TestFlagsThatMayBeRepeated(t *testing.T) {
	embedded := kafkatest.NewEmbedded(t, kafkatest.EmbeddedOptions{Topics: map[string]int32{"orders": 1, "payments": 1}})
	world := kafkatest.NewWorld(t, embedded.Addrs())
	if err := world.Commit(t.Context(), "billing", kafkatest.Offsets{"orders": {0: 0}, "payments": {0: 0}}); err != nil {
		t.Fatal(err)
	}
	args := line("reset billing --topic orders --topic payments --to-earliest --to-earliest --timeout 9s --timeout 9s")
	if code, _, stderr := runKofs(t, append(args, "-b", embedded.Addrs()[0])...); code != exitDone {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// A script that asked for JSON gets its line, wherever it asked and whatever was
// wrong before kofs came to read that.
func TestErrorLineWhereverJSONIsAskedFor(t *testing.T) {
	for _, c := range []struct {
		where string
		args  string
		env   string
	}{
		{"before the mistake", "lag -o json --bogus", ""},
		{"after the mistake", "lag --bogus -o json", ""},
		{"after the mistake, in one word", "lag --bogus -ojsonl", ""},
		{"after the mistake, by its long name", "lag --bogus --output=json", ""},
		{"after a bad value", "lag --timeout 5 -o json", ""},
		{"in the environment, before flags were read", "lag --bogus", "json"},
		{"in the environment, before arguments were counted", "inspect", "jsonl"},
		{"in the environment, for an unknown command", "nonsense", "json"},
	} {
		t.Run(c.where, func(t *testing.T) {
			_, _, stderr := runKofsIn(t, map[string]string{"KOFS_OUTPUT": c.env}, strings.Fields(c.args)...)
			if doc := errorLine(t, stderr); doc.Reason != reasonUsage {
				t.Errorf("%+v", doc)
			}
		})
	}
	for _, args := range []string{"lag --bogus", "lag -o table --bogus", "lag --bogus -o xml", "lag --bogus -- -o json"} {
		if _, _, stderr := runKofs(t, strings.Fields(args)...); !strings.HasPrefix(string(stderr), "kofs: ") {
			t.Errorf("kofs %s: %s", args, stderr)
		}
	}
}

// line splits a command line at its blanks.
func line(s string) []string { return strings.Fields(s) }

// namesOutput reports whether a command line or its environment names the output.
func namesOutput(args []string, variable string) bool {
	for _, arg := range args {
		if arg == "-o" || arg == "--output" {
			return true
		}
	}
	return variable == "KOFS_OUTPUT"
}

// errorLine is the last line of stderr, which must be the error's document.
func errorLine(t *testing.T, stderr []byte) errorDoc {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(string(stderr), "\n"), "\n")
	var doc errorDoc
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &doc); err != nil || doc.Schema != "kofs/error/v1" {
		t.Fatalf("the last line is not the error's document: %s", stderr)
	}
	return doc
}

// accepting is a server that closes each connection, and counts them.
type accepting struct {
	addr     string
	accepted atomic.Int64
}

func countAccepts(t *testing.T) *accepting {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	a := &accepting{addr: listener.Addr().String()}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			a.accepted.Add(1)
			conn.Close()
		}
	}()
	return a
}
