//go:build integration

package security

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/cluster"
	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/kofs/kofs/reset"
)

// A count that takes several times as long as a session lasts is exact: where a
// session ends another begins, at the same position. The broker makes it long
// itself, by a quota.
func TestACountOutlastsItsSessions(t *testing.T) {
	t.Parallel()
	const records = 900
	ctx := t.Context()
	if err := shared.world.CreateTopic(ctx, "long", 1, nil); err != nil {
		t.Fatal(err)
	}
	for range records / 100 {
		batch := kafkatest.Numbered(100)
		for i := range batch {
			batch[i].Value = []byte(strings.Repeat("x", 5000))
		}
		if _, err := shared.world.Produce(ctx, "long", 0, batch...); err != nil {
			t.Fatal(err)
		}
	}
	if err := shared.world.Commit(ctx, "patient", kafkatest.Offsets{"long": {0: records}}); err != nil {
		t.Fatal(err)
	}
	limit(t, "slow", 350_000)

	file := config(t, append(loginAs("SCRAM-SHA-256", "slow", kafkatest.Password("slow")), "security.protocol=SASL_PLAINTEXT")...)
	begun := time.Now()
	ran, err := shared.kofs.At(shared.Door(kafkatest.ListenerBrief).Addr()).Run(ctx, "reset", "patient", "--topic", "long",
		"--to-earliest", "--count", "exact", "-v", "--command-config", file)
	took, logins := time.Since(begun), strings.Count(ran.Stderr, " SASLHandshake ")
	if err != nil || ran.Exit != 0 {
		t.Fatalf("%v %v", ran, err)
	}
	if !strings.Contains(ran.Stdout, fmt.Sprintf("consumed again %d records", records)) {
		t.Errorf("not the right number: %s", ran)
	}
	t.Logf("%v, %d logins, %d fetches", took.Round(100*time.Millisecond), logins, strings.Count(ran.Stderr, " Fetch "))
	if sessions := int(took / (kafkatest.BriefSession * time.Millisecond)); sessions < 2 || logins <= sessions {
		t.Errorf("%v and %d logins: the session never ended, and nothing was shown", took, logins)
	}
	if strings.Contains(ran.Stdout+ran.Stderr, kafkatest.Password("slow")) {
		t.Error("-v shows the password")
	}
}

// limit sets a user's consumer_byte_rate.
func limit(t *testing.T, user string, bytesPerSecond float64) {
	t.Helper()
	altered, err := shared.world.Admin().AlterClientQuotas(t.Context(), []kadm.AlterClientQuotaEntry{{
		Entity: kadm.ClientQuotaEntity{{Type: "user", Name: &user}},
		Ops:    []kadm.AlterClientQuotaOp{{Key: "consumer_byte_rate", Value: bytesPerSecond}},
	}})
	if err == nil && altered[0].Err != nil {
		err = altered[0].Err
	}
	if err != nil {
		t.Fatal(err)
	}
}

// After a pause in which the broker cut the connection, questions are answered
// and a commit is stored at the first try.
func TestPausesBetweenQuestions(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c, sent := dial(t, kafkatest.ListenerClearSASL)
	for round := range int64(2) {
		checkEnd(t, c)
		awaitCut(t, sent)
		stored, err := c.Commit(ctx, "pauses", []reset.CommitRow{{TopicPartition: second, Offset: 10 + round}})
		if err != nil || stored[second] != nil {
			t.Fatalf("round %d: %v, %v", round, stored, err)
		}
		if line := sent.before("OffsetCommit"); !strings.Contains(line, "FindCoordinator") {
			t.Errorf("the request before the commit was %q", line)
		}
		awaitCut(t, sent)
	}
	checkCommit(t, c, "pauses", 11)
}

// While one session after another ends, no question fails, and no commit.
func TestQuestionsAcrossSessions(t *testing.T) {
	t.Parallel()
	c, sent := dial(t, kafkatest.ListenerBrief)
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	offset := int64(0)
	for begun := time.Now(); time.Since(begun) < 2*kafkatest.BriefSession*time.Millisecond; <-ticker.C {
		checkEnd(t, c)
		offset = (offset + 1) % recordsEach
		stored, err := c.Commit(t.Context(), "sessions", []reset.CommitRow{{TopicPartition: second, Offset: offset}})
		if err != nil || stored[second] != nil {
			t.Fatalf("after %v: %v, %v", time.Since(begun), stored, err)
		}
	}
	checkCommit(t, c, "sessions", offset)
	if n := sent.count("SASLHandshake"); n < 3 {
		t.Errorf("%d logins: no session ended", n)
	}
}

var second = inspect.TopicPartition{Topic: "orders", Partition: 1}

func checkEnd(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	logs, err := c.Logs(t.Context(), []inspect.TopicPartition{second})
	if err != nil || logs[second].Fault != nil || logs[second].Log.HighWatermark != recordsEach {
		t.Fatalf("%+v, %v", logs, err)
	}
}

func checkCommit(t *testing.T, c *cluster.Cluster, group string, want int64) {
	t.Helper()
	commits, err := c.FetchCommits(t.Context(), []string{group}, nil)
	if got := commits[group].Commits[second].Commit; err != nil || got == nil || got.Offset != want {
		t.Errorf("%+v, %v; want %d", commits, err, want)
	}
}

func dial(t *testing.T, listener string) (*cluster.Cluster, *requests) {
	t.Helper()
	file := config(t, append(loginAs("SCRAM-SHA-256", "admin", kafkatest.Password("admin")), "security.protocol=SASL_PLAINTEXT")...)
	conf, err := cluster.LoadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	sent := &requests{}
	c, err := cluster.Dial(t.Context(), cluster.Options{Servers: []string{shared.Door(listener).Addr()}, Config: conf, Log: sent.add})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, sent
}

// requests are the lines of a cluster's log.
type requests struct {
	mu    sync.Mutex
	lines []string
	last  time.Time
}

func (r *requests) add(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines, r.last = append(r.lines, fmt.Sprintf(format, args...)), time.Now()
}

// before is the line before the last one of a request.
func (r *requests) before(request string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.lines) - 1; i > 0; i-- {
		if strings.Contains(r.lines[i], request) {
			return r.lines[i-1]
		}
	}
	return ""
}

func (r *requests) count(request string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, line := range r.lines {
		if strings.Contains(line, request) {
			n++
		}
	}
	return n
}

func (r *requests) silence() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Since(r.last)
}

// awaitCut waits until the broker has cut every connection of the listener.
func awaitCut(t *testing.T, sent *requests) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), kafkatest.Deadline)
	defer cancel()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for sent.silence() < kafkatest.IdleTime*time.Millisecond || shared.Door(kafkatest.ListenerClearSASL).Open() > 0 {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			t.Fatal("the broker never cut the connection")
		}
	}
}
