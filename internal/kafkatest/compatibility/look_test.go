//go:build integration

package compatibility

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kofs/kofs/internal/kafkatest"
)

// rows are the lines of the page's first table.
func rows() []string {
	return []string{
		"`groups`: type of a classic group", "`groups`: type of a KIP-848 group", "`groups`: state",
		"`inspect`, classic group", "`inspect`, static member", "`inspect`, KIP-848 group",
		"`lag`, read_uncommitted", "`lag`, read_committed, a transaction open",
		"`reset`, preview", "`reset --to-datetime`", "`reset` of an active group", "`reset --execute`",
		"`records`", "topic ids", "topic id checked by the commit",
	}
}

// looker runs commands on one version and keeps what it sees.
type looker struct {
	*testing.T
	column
	kafka *kafkatest.Kafka
	world *kafkatest.World
	kofs  kafkatest.Program
}

func look(t *testing.T, program kafkatest.Program, version string) column {
	k := kafkatest.NewKafka(t, kafkatest.KafkaOptions{Version: version})
	l := &looker{
		T: t, column: column{version: version, cells: map[string]string{}, requests: map[string][]string{}},
		kafka: k, world: kafkatest.NewWorld(t, k.Addrs()), kofs: program.At(k.Addrs()...),
	}
	l.fill()
	l.groups()
	l.inspect()
	l.lag()
	l.preview()
	l.execute()
	l.records()
	for _, row := range rows() {
		if l.cells[row] == "" {
			t.Errorf("nothing was seen of %s", row)
		}
	}
	return l.column
}

// fill writes 20 records and 10 of an aborted transaction, then 5 of one that
// stays open, and makes the groups: offsets whose members have left, a classic
// group, one with a static member, and one of KIP-848 where the broker has those.
func (l *looker) fill() {
	ctx := l.Context()
	l.must(l.world.CreateTopic(ctx, "orders", 1, map[string]string{"retention.ms": "-1"}))
	records := kafkatest.Numbered(20)
	for i := range records {
		records[i].Timestamp = firstRecord.Add(secondsOf(i))
	}
	_, err := l.world.Produce(ctx, "orders", 0, records...)
	l.must(err)
	l.must(l.world.Transact(ctx, "aborted", false, batchOf(10, 20)))
	open, err := l.world.Begin(ctx, "open")
	l.must(err)
	_, err = open.Produce(ctx, batchOf(5, 31))
	l.must(err)
	l.Cleanup(open.Abandon)
	l.must(l.world.Commit(ctx, "billing", kafkatest.Offsets{"orders": {0: 31}}))
	l.join("shipping", kgo.ClientID("worker-1"))
	l.join("fixed", kgo.InstanceID("worker-2"))
	if l.kafka.HasConsumerProtocol() {
		l.join("modern", kgo.ServerSideBalancer())
	}
}

func (l *looker) join(group string, opts ...kgo.Opt) {
	l.must(l.world.Commit(l.Context(), group, kafkatest.Offsets{"orders": {0: 10}}))
	member, err := l.world.Join(l.Context(), group, []string{"orders"}, opts...)
	l.must(err)
	l.Cleanup(member.Close)
}

// run runs kofs, which must end with this exit code, notes its requests, and
// decodes its document.
func (l *looker) run(exit int, schema string, doc any, args ...string) kafkatest.Ran {
	l.Helper()
	ran, err := l.kofs.Run(l.Context(), append(args, "-o", "json", "-v")...)
	l.must(err)
	if ran.Exit != exit {
		l.Fatalf("want exit %d: %s", exit, ran)
	}
	for _, request := range ran.Requests() {
		name, version, _ := strings.Cut(request, " ")
		if !slices.Contains(l.requests[name], version) {
			l.requests[name] = append(l.requests[name], version)
		}
	}
	l.must(ran.Document(schema, doc))
	return ran
}

func (l *looker) see(row, format string, args ...any) {
	l.cells[row] = fmt.Sprintf(format, args...)
}

func (l *looker) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}
