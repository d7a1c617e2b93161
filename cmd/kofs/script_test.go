package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/kofs/kofs/internal/schema/registrytest"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Every script has an embedded cluster of its own.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                scriptCommands(),
		Condition:           func(cond string) (bool, error) { return cond == "embedded", nil },
		Setup: func(env *testscript.Env) error {
			cluster, err := kafkatest.StartEmbedded(kafkatest.EmbeddedOptions{Brokers: 2})
			if err != nil {
				return err
			}
			env.Defer(cluster.Close)
			return setupScript(env, cluster.Addrs(), cluster)
		},
	})
}

// scriptWorld is the cluster behind one script, seen by an independent client.
type scriptWorld struct {
	*kafkatest.World
	ctx      context.Context
	embedded *kafkatest.Embedded // nil on real Kafka
	addrs    []string
	members  map[string]*kafkatest.Member
	open     map[string]*kafkatest.Transaction
	senders  map[string]*kafkatest.Sender

	registries []*registrytest.Registry
}

type worldKey struct{}

func setupScript(env *testscript.Env, addrs []string, embedded *kafkatest.Embedded) error {
	ctx, cancel := context.WithTimeout(context.Background(), kafkatest.Deadline)
	env.Defer(cancel)
	world, err := kafkatest.Connect(ctx, addrs)
	if err != nil {
		return err
	}
	w := &scriptWorld{World: world, ctx: ctx, embedded: embedded, addrs: addrs, members: map[string]*kafkatest.Member{}, open: map[string]*kafkatest.Transaction{}, senders: map[string]*kafkatest.Sender{}}
	env.Defer(func() { w.Close() })
	env.Defer(func() {
		w.close()
		if embedded == nil {
			if err := w.empty(); err != nil {
				panic(err)
			}
		}
	})
	env.Values[worldKey{}] = w
	env.Setenv("KOFS_BOOTSTRAP_SERVER", strings.Join(addrs, ","))
	env.Setenv("TZ", "Europe/Berlin")
	env.Setenv("KOFS_SETTLE", "0s") // groups of scripts are simple groups
	env.Setenv("KOFS_STATE_DIR", filepath.Join(env.WorkDir, "state"))
	env.Setenv("GORACE", "atexit_sleep_ms=0") // else each kofs takes a second to end under -race
	return nil
}

func (w *scriptWorld) close() {
	for _, r := range w.registries {
		r.Close()
	}
	for _, s := range w.senders {
		s.Close()
	}
	for _, m := range w.members {
		m.Close()
	}
	for _, t := range w.open {
		if w.embedded != nil {
			t.Abandon()
		} else if err := t.Abort(w.ctx); err != nil {
			panic(err)
		}
	}
}

// empty deletes the groups and topics that the script left behind.
func (w *scriptWorld) empty() error {
	groups, err := w.Admin().ListGroups(w.ctx)
	if err != nil {
		return err
	}
	deleted, err := w.Admin().DeleteGroups(w.ctx, groups.Groups()...)
	if err == nil {
		err = deleted.Error()
	}
	if err != nil {
		return fmt.Errorf("deleting groups: %w", err)
	}
	topics, err := w.Admin().ListTopics(w.ctx)
	if err != nil {
		return err
	}
	for _, name := range topics.Names() {
		if !strings.HasPrefix(name, "__") {
			if err := w.DeleteTopic(w.ctx, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// scriptCommands are what scripts say beside the standard commands. They seed
// and look through an independent client.
func scriptCommands() map[string]func(ts *testscript.TestScript, neg bool, args []string) {
	with := func(f func(w *scriptWorld, args []string) error) func(*testscript.TestScript, bool, []string) {
		return func(ts *testscript.TestScript, neg bool, args []string) {
			if neg {
				ts.Fatalf("this command has no negation")
			}
			ts.Check(f(ts.Value(worldKey{}).(*scriptWorld), args))
		}
	}
	return map[string]func(*testscript.TestScript, bool, []string){
		"exits":          exits,
		"seen":           seen,
		"last-entry":     lastEntry,
		"committed":      committed,
		"forget":         with(func(w *scriptWorld, _ []string) error { w.embedded.ForgetRequests(); return nil }),
		"topic":          with((*scriptWorld).topic),
		"produce":        with((*scriptWorld).produce),
		"transact":       with((*scriptWorld).transact),
		"send":           with((*scriptWorld).send),
		"commit":         with((*scriptWorld).commitOffsets),
		"pending":        with((*scriptWorld).pending),
		"join":           with((*scriptWorld).join),
		"delete-records": with((*scriptWorld).deleteRecords),
		"delete-topic":   with((*scriptWorld).deleteTopic),
		"produce-bytes":  with((*scriptWorld).produceBytes),
		"registry":       registry,
		"registry-asked": with((*scriptWorld).registryAsked),
		"registry-fails": with((*scriptWorld).registryFails),
		"registry-stops": with((*scriptWorld).registryStops),
		"offset-log":     offsetLog,
		"documented":     documented,
	}
}

// exits CODE COMMAND...: the command ends with exactly this exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// seen N REQUEST...: so many requests of each of these kinds have reached a
// broker since the script began, or since "forget". Only the embedded broker
// counts them; scripts guard both with [embedded].
func seen(ts *testscript.TestScript, neg bool, args []string) {
	w := ts.Value(worldKey{}).(*scriptWorld)
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	for _, name := range args[1:] {
		key := kmsg.Key(-1)
		for k := range kmsg.Key(kmsg.MaxKey + 1) {
			if kmsg.NameForKey(k.Int16()) == name {
				key = k
			}
		}
		if key < 0 {
			ts.Fatalf("there is no request %q", name)
		}
		if got := w.embedded.Requests(key); (got == want) == neg {
			ts.Fatalf("%d requests %s, want %d", got, name, want)
		}
	}
}

// last-entry VARIABLE: the ID of the newest entry of the journal.
func lastEntry(ts *testscript.TestScript, neg bool, args []string) {
	files, err := filepath.Glob(filepath.Join(ts.Getenv("KOFS_STATE_DIR"), "journal", "*.intent.json"))
	ts.Check(err)
	if neg || len(args) != 1 || len(files) == 0 {
		ts.Fatalf("the journal has %d entries", len(files))
	}
	slices.Sort(files)
	ts.Setenv(args[0], strings.TrimSuffix(filepath.Base(files[len(files)-1]), ".intent.json"))
}

// committed GROUP [TOPIC:P=OFFSET...]: exactly these offsets are committed.
func committed(ts *testscript.TestScript, neg bool, args []string) {
	w := ts.Value(worldKey{}).(*scriptWorld)
	offsets, err := w.Committed(w.ctx, args[0])
	ts.Check(err)
	var got []string
	for topic, partitions := range offsets {
		for p, offset := range partitions {
			got = append(got, fmt.Sprintf("%s:%d=%d", topic, p, offset))
		}
	}
	slices.Sort(got)
	if slices.Equal(got, args[1:]) == neg {
		ts.Fatalf("committed %q", got)
	}
}

// topic NAME PARTITIONS [CONFIG=VALUE...]
func (w *scriptWorld) topic(args []string) error {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	configs := map[string]string{}
	for _, arg := range args[2:] {
		name, value, _ := strings.Cut(arg, "=")
		configs[name] = value
	}
	if _, ok := configs["retention.ms"]; !ok {
		configs["retention.ms"] = "-1"
	}
	return w.CreateTopic(w.ctx, args[0], int32(n), configs)
}

// seedStart is the timestamp of the first record that produce writes; the others
// follow a second apart, by offset.
var seedStart = time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)

// produce TOPIC:P N [CODEC]: N records k0.. v0.., a batch for every ten.
func (w *scriptWorld) produce(args []string) error {
	topic, partition, n, err := place(args)
	if err != nil {
		return err
	}
	codec := kafkatest.Codec("")
	if len(args) > 2 {
		codec = kafkatest.Codec(args[2])
	}
	records, err := w.next(topic, partition, n)
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(records, 10) {
		if _, err := w.ProduceBatch(w.ctx, kafkatest.Batch{Topic: topic, Partition: partition, Codec: codec, Records: batch}); err != nil {
			return err
		}
	}
	return nil
}

// next are n numbered records with the timestamps of the offsets they will have.
func (w *scriptWorld) next(topic string, partition int32, n int) ([]kafkatest.Record, error) {
	records := kafkatest.Numbered(n)
	end, err := w.end(topic, partition)
	if err != nil {
		return nil, err
	}
	for i := range records {
		records[i].Timestamp = seedStart.Add(time.Duration(end+int64(i)) * time.Second)
	}
	return records, nil
}

func (w *scriptWorld) end(topic string, partition int32) (int64, error) {
	bounds, err := w.Bounds(w.ctx, topic)
	return bounds[partition].HighWatermark, err
}

func place(args []string) (topic string, partition int32, n int, err error) {
	topic, number, _ := strings.Cut(args[0], ":")
	p, err := strconv.Atoi(number)
	if err != nil {
		return "", 0, 0, err
	}
	n, err = strconv.Atoi(args[1])
	return topic, int32(p), n, err
}

// transact TOPIC:P N commit|abort|open
func (w *scriptWorld) transact(args []string) error {
	topic, partition, n, err := place(args)
	if err != nil {
		return err
	}
	id := fmt.Sprintf("%s-%d-%d", args[0], n, len(w.open))
	records, err := w.next(topic, partition, n)
	if err != nil {
		return err
	}
	batch := kafkatest.Batch{Topic: topic, Partition: partition, Records: records}
	if args[2] != "open" {
		end, err := w.end(topic, partition)
		if err == nil {
			err = w.Transact(w.ctx, id, args[2] == "commit", batch)
		}
		for marker := end + int64(n); err == nil && end <= marker; { // Kafka writes the marker after it has answered
			end, err = w.end(topic, partition)
		}
		return err
	}
	t, err := w.Begin(w.ctx, id)
	if err != nil {
		return err
	}
	w.open[id] = t
	_, err = t.Produce(w.ctx, batch)
	return err
}

// commit GROUP TOPIC:P=OFFSET...
func (w *scriptWorld) commitOffsets(args []string) error {
	offsets, err := parseOffsets(args[1:])
	if err != nil {
		return err
	}
	return w.Commit(w.ctx, args[0], offsets)
}

// pending GROUP TOPIC:P=OFFSET...: a transaction holds these offsets, and stays open.
func (w *scriptWorld) pending(args []string) error {
	offsets, err := parseOffsets(args[1:])
	if err != nil {
		return err
	}
	t, err := w.Begin(w.ctx, "pending-"+args[0])
	if err != nil {
		return err
	}
	w.open["pending-"+args[0]] = t
	return t.CommitOffsets(w.ctx, args[0], offsets)
}

func parseOffsets(args []string) (kafkatest.Offsets, error) {
	offsets := kafkatest.Offsets{}
	for _, arg := range args {
		place, value, _ := strings.Cut(arg, "=")
		topic, number, _ := strings.Cut(place, ":")
		p, err := strconv.Atoi(number)
		if err != nil {
			return nil, err
		}
		offset, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return nil, err
		}
		if offsets[topic] == nil {
			offsets[topic] = map[int32]int64{}
		}
		offsets[topic][int32(p)] = offset
	}
	return offsets, nil
}

// join GROUP TOPIC: a live member, until the script ends.
func (w *scriptWorld) join(args []string) error {
	m, err := w.Join(w.ctx, args[0], args[1:])
	if err != nil {
		return err
	}
	w.members[args[0]] = m
	return nil
}

// delete-records TOPIC:P OFFSET
func (w *scriptWorld) deleteRecords(args []string) error {
	topic, partition, before, err := place(args)
	if err != nil {
		return err
	}
	return w.DeleteRecords(w.ctx, topic, partition, int64(before))
}

// delete-topic NAME. The client that knows its topic ID goes with it.
func (w *scriptWorld) deleteTopic(args []string) error {
	if err := w.DeleteTopic(w.ctx, args[0]); err != nil {
		return err
	}
	fresh, err := kafkatest.Connect(w.ctx, w.addrs)
	if err != nil {
		return err
	}
	w.Close()
	w.World = fresh
	return nil
}
