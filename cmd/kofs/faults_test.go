package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/kofs/kofs/reset"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// fault is one way in which a write can go wrong, and what must come of it.
type fault struct {
	name string
	// breaks lets it go wrong, before kofs is run; between, after the plan was saved.
	breaks, between func(*scene)
	brokers         int
	options         []kfake.Opt
	args            string // after "reset billing --topic orders"; "--shift-by -100" if empty

	code     int
	reason   string // of the error's line
	outcomes string // of the partitions in the result; "" if there is none
	status   string // of the journal's entry; "" if there is none
	commits  string // at the end, and after an undo; see scene.commits
	sent     int    // OffsetCommits that reached the broker, from kofs
	message  string // part of the error's message
	// lasts says that it cannot be healed, so that no undo is tried.
	lasts bool
}

// The group's commits before each fault, and where --shift-by -100 puts them.
const (
	commitsBefore  = `0:200 epoch 0 "was here", 1:220 epoch -1 ""`
	commitsShifted = `0:100 epoch -1 "", 1:120 epoch -1 ""`
	firstShifted   = `0:100 epoch -1 "", 1:220 epoch -1 ""`
)

// Every fault that a commit can meet: exit code, reason, what the broker has, what
// the journal has; and undo restores exactly what was there.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, f := range allFaults() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			f.run(t)
		})
	}
}

func allFaults() []fault {
	return slices.Concat(coordinatorFaults(), lostAnswers(), refusedCommits(), movedSincePlan(), othersAtWork(), journalFaults())
}

func (f fault) run(t *testing.T) {
	s := newScene(t, f.brokers, f.options...)
	args := strings.Fields("reset billing --topic orders " + firstOf(f.args, "--shift-by -100"))
	if f.between != nil {
		plan := filepath.Join(t.TempDir(), "plan.json")
		if code, _, stderr := s.kofs(append(args, "--save-plan", plan)...); code != exitDone {
			t.Fatalf("saving the plan: exit code %d: %s", code, stderr)
		}
		f.between(s)
		args = []string{"apply", plan, "--yes"}
	} else {
		args = append(args, "--execute", "--yes")
	}
	if f.breaks != nil {
		f.breaks(s)
	}
	s.forget()
	code, stdout, stderr := s.kofs(append(args, "-o", "json")...)
	f.checkEnd(t, code, stdout, stderr)
	sent := s.sent()
	s.heal()
	if got := sent; got != f.sent {
		t.Errorf("%d commits reached the broker, want %d", got, f.sent)
	}
	if got, want := s.commits(), strings.TrimSpace(firstOf(f.commits, commitsBefore)); got != want {
		t.Errorf("committed %s, want %s", got, want)
	}
	entries := s.journal()
	if f.status == "" {
		if len(entries) > 0 {
			t.Errorf("the journal has %+v", entries)
		}
		return
	}
	if len(entries) != 1 || entries[0].Status != f.status {
		t.Fatalf("the journal has %+v, want one entry, %s", entries, f.status)
	}
	if !f.lasts {
		s.undo(entries[0].ID)
	}
}

// checkEnd checks what scripts read.
func (f fault) checkEnd(t *testing.T, code int, stdout, stderr []byte) {
	t.Helper()
	if code != f.code {
		t.Errorf("exit code %d, want %d: %s", code, f.code, stderr)
	}
	if code != exitDone {
		end := errorLine(t, stderr)
		if again := saidTwice(end.Message); again != "" {
			t.Errorf("%q is said twice in %q", again, end.Message)
		}
		if end.Reason != f.reason || end.ExitCode != code || !strings.Contains(end.Message, f.message) {
			t.Errorf("error %+v, want the reason %s and %q", end, f.reason, f.message)
		}
		if unsettled := code == exitIncomplete || code == exitUnknown; unsettled && (end.Hint == nil || !strings.Contains(*end.Hint, "kofs apply --resume") && !strings.Contains(*end.Hint, "kofs journal verify")) {
			t.Errorf("the error does not say how to go on: %+v", end)
		}
	}
	if got := outcomesIn(t, stdout); got != f.outcomes {
		t.Errorf("outcomes %q, want %q", got, f.outcomes)
	}
}

// saidTwice is a part of an error's text, between colons, that another part begins
// with: "reading offsets: reading offsets of group ...".
func saidTwice(message string) string {
	parts := strings.Split(message, ": ")
	for i, part := range parts {
		for _, other := range slices.Delete(slices.Clone(parts), i, i+1) {
			if len(part) > 3 && strings.HasPrefix(other, part) {
				return part
			}
		}
	}
	return ""
}

func outcomesIn(t *testing.T, stdout []byte) string {
	t.Helper()
	if len(stdout) == 0 {
		return ""
	}
	var result reset.Result
	if err := json.Unmarshal(stdout, &result); err != nil {
		t.Fatalf("%v: %s", err, stdout)
	}
	var outcomes []string
	for _, p := range result.Partitions {
		outcomes = append(outcomes, string(p.Outcome))
	}
	return strings.Join(outcomes, " ")
}

// scene is a topic with two partitions of 300 records, a group, and a journal.
type scene struct {
	*kafkatest.World
	t        *testing.T
	embedded *kafkatest.Embedded
	ctx      context.Context
	env      map[string]string
	ahead    atomic.Int64 // of kofs's clock, in ns
	healed   atomic.Bool
	repair   func() // what heal does too
	faults   []*kfake.FaultHandle
	own      atomic.Int32 // commits that the test sent itself
	waiting  func()       // what happens whenever kofs waits
	cut      *cutListener
}

func newScene(t *testing.T, brokers int, options ...kfake.Opt) *scene {
	t.Helper()
	cut := &cutListener{}
	embedded := kafkatest.NewEmbedded(t, kafkatest.EmbeddedOptions{
		Brokers: max(brokers, 1), Topics: map[string]int32{"orders": 2},
		Extra: append([]kfake.Opt{kfake.ListenFn(cut.listen)}, options...),
	})
	ctx, cancel := context.WithTimeout(t.Context(), kafkatest.Deadline)
	t.Cleanup(cancel)
	s := &scene{World: kafkatest.NewWorld(t, embedded.Addrs()), t: t, embedded: embedded, ctx: ctx, cut: cut, env: map[string]string{"KOFS_STATE_DIR": t.TempDir()}}
	for p := range int32(2) {
		if _, err := s.Produce(ctx, "orders", p, kafkatest.Numbered(300)...); err != nil {
			t.Fatal(err)
		}
	}
	s.commit(kadm.Offset{Topic: "orders", Partition: 0, At: 200, LeaderEpoch: 0, Metadata: "was here"},
		kadm.Offset{Topic: "orders", Partition: 1, At: 220, LeaderEpoch: -1})
	return s
}

// commit commits through the independent client, as somebody else.
func (s *scene) commit(rows ...kadm.Offset) {
	s.own.Add(1)
	offsets := kadm.Offsets{}
	for _, row := range rows {
		offsets.Add(row)
	}
	if err := s.Admin().CommitAllOffsets(s.ctx, "billing", offsets); err != nil {
		s.t.Error(err)
	}
}

// put is commit of one partition, as a consumer does that knows no more.
func (s *scene) put(partition int32, offset int64) {
	s.commit(kadm.Offset{Topic: "orders", Partition: partition, At: offset, LeaderEpoch: -1})
}

func (s *scene) forget() {
	s.embedded.ForgetRequests()
	s.own.Store(0)
}

// sent is how many commits came from kofs.
func (s *scene) sent() int { return s.embedded.Requests(kmsg.OffsetCommit) - int(s.own.Load()) }

// commits are the group's commits, in full, as the independent client reads them.
func (s *scene) commits() string {
	s.t.Helper()
	fetched, err := s.Admin().FetchOffsets(s.ctx, "billing")
	if errors.Is(err, kerr.GroupIDNotFound) {
		return ""
	}
	if err != nil {
		s.t.Fatal(err)
	}
	var rows []string
	for _, o := range fetched.Sorted() {
		rows = append(rows, fmt.Sprintf("%d:%d epoch %d %q", o.Partition, o.At, o.LeaderEpoch, o.Metadata))
	}
	return strings.Join(rows, ", ")
}

// kofs runs a command on this cluster, with this journal.
func (s *scene) kofs(args ...string) (code int, stdout, stderr []byte) {
	s.t.Helper()
	p := testProcess(s.t, s.env)
	p.args, p.now, p.pause = append(args, "-b", strings.Join(s.embedded.Addrs(), ",")), s.now, s.pause
	code = run(p)
	return code, read(s.t, p.out), read(s.t, p.err)
}

// now is kofs's clock.
func (s *scene) now() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }

// later puts kofs's clock on.
func (s *scene) later(d time.Duration) { s.ahead.Add(int64(d)) }

// pause takes a tenth of the time, and puts the clock on by the rest. A request
// without an answer still takes its --timeout in full.
func (s *scene) pause(ctx context.Context, d time.Duration) error {
	if s.waiting != nil {
		s.waiting()
	}
	short := d / 10
	err := pause(ctx, short)
	s.later(d - short)
	return err
}

// journal are the entries, as kofs lists them.
func (s *scene) journal() (entries []journalEntryDoc) {
	s.t.Helper()
	code, stdout, stderr := s.kofs("journal", "list", "-o", "jsonl")
	if code != exitDone {
		s.t.Fatalf("journal: exit code %d: %s", code, stderr)
	}
	for line := range strings.Lines(string(stdout)) {
		var e journalEntryDoc
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			s.t.Fatal(err)
		}
		entries = append(entries, e)
	}
	return entries
}

// undo takes the write back, a minute later: everything is as it was, and the
// group can be written to again.
func (s *scene) undo(id string) {
	s.t.Helper()
	s.later(time.Minute)
	if code, _, stderr := s.kofs("undo", id, "--execute", "--yes"); code != exitDone {
		s.t.Fatalf("undo: exit code %d: %s", code, stderr)
	}
	if got := s.commits(); got != commitsBefore {
		s.t.Errorf("after the undo %s, want %s", got, commitsBefore)
	}
	if code, _, stderr := s.kofs("reset", "billing", "--topic", "orders", "--shift-by", "-1", "--execute", "--yes"); code != exitDone {
		s.t.Errorf("the next write: exit code %d: %s", code, stderr)
	}
}

// fault has the embedded broker answer with an error until it is healed, or so
// many times.
func (s *scene) fault(f kfake.Fault) {
	f.Group = "billing"
	s.faults = append(s.faults, s.embedded.Cluster.Fault(f))
}

func (s *scene) heal() {
	s.healed.Store(true)
	s.cut.armed.Store(false)
	if s.repair != nil {
		s.repair()
	}
	for _, f := range s.faults {
		f.Remove()
	}
}

// control answers requests of one kind until the scene is healed. Requests that
// arrive while one is being answered pass: they are the test's own.
func (s *scene) control(key kmsg.Key, f func(n int, r kmsg.Request) (kmsg.Response, error, bool)) {
	var n atomic.Int32
	var busy atomic.Bool
	s.embedded.Cluster.ControlKey(key.Int16(), func(r kmsg.Request) (kmsg.Response, error, bool) {
		s.embedded.Cluster.KeepControl()
		if s.healed.Load() || busy.Swap(true) {
			return nil, nil, false
		}
		defer busy.Store(false)
		return f(int(n.Add(1)), r)
	})
}

// onCommit is control of the first commit only.
func (s *scene) onCommit(f func(*kmsg.OffsetCommitRequest) (kmsg.Response, error, bool)) {
	s.control(kmsg.OffsetCommit, func(n int, r kmsg.Request) (kmsg.Response, error, bool) {
		if n > 1 {
			return nil, nil, false
		}
		return f(r.(*kmsg.OffsetCommitRequest))
	})
}

// meanwhile does something while a request waits, that is then handled.
func (s *scene) meanwhile(f func()) (kmsg.Response, error, bool) {
	s.embedded.Cluster.SleepControl(f)
	return nil, nil, false
}

// cutListener cuts a connection instead of letting an answer through, once armed.
type cutListener struct{ armed atomic.Bool }

func (c *cutListener) listen(network, address string) (net.Listener, error) {
	l, err := net.Listen(network, address)
	return &cuttingListener{l, c}, err
}

type cuttingListener struct {
	net.Listener
	cut *cutListener
}

func (l *cuttingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return &cuttingConn{conn, l.cut}, err
}

type cuttingConn struct {
	net.Conn
	cut *cutListener
}

func (c *cuttingConn) Write(p []byte) (int, error) {
	if c.cut.armed.Swap(false) {
		_ = c.Close()
		return 0, net.ErrClosed
	}
	return c.Conn.Write(p)
}

func commitFault(err *kerr.Error, count int, partitions ...int32) func(*scene) {
	return func(s *scene) {
		f := kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Err: err, Count: count}
		if len(partitions) > 0 {
			f.Topic, f.Partitions = "orders", partitions
		}
		s.fault(f)
	}
}

// coordinatorFaults: the broker that holds the group is not there, or another.
func coordinatorFaults() []fault {
	return []fault{
		{
			name: "the coordinator moved before the commit", breaks: commitFault(kerr.NotCoordinator, 1),
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 2,
		},
		{
			name: "the coordinator really moves while the commit is on its way", brokers: 3,
			breaks: func(s *scene) {
				s.onCommit(func(*kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) {
					s.embedded.Cluster.RehashCoordinators()
					return nil, nil, false
				})
			},
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 2,
		},
		{
			name: "the coordinator moves again and again", breaks: commitFault(kerr.NotCoordinator, -1), args: "--shift-by -100 --timeout 4s",
			code: exitFailed, reason: reasonFailed, outcomes: "failed failed", status: "unchanged", sent: 5,
		},
		{
			name: "the coordinator moved, and somebody commits before the second try", args: "--shift-by -100 --timeout 2s",
			breaks: func(s *scene) {
				s.onCommit(func(r *kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) {
					s.embedded.Cluster.SleepControl(func() { s.put(0, 211) })
					return commitAnswer(r, map[int32]int16{0: kerr.NotCoordinator.Code, 1: kerr.NotCoordinator.Code}), nil, true
				})
			},
			code: exitRefused, reason: string(reset.Drift), outcomes: "refused refused", status: "unchanged", sent: 1,
			commits: `0:211 epoch -1 "", 1:220 epoch -1 ""`, lasts: true,
		},
		{
			name: "the commit was stored, and then the coordinator moved",
			breaks: func(s *scene) {
				s.onCommit(func(r *kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) {
					s.embedded.Cluster.SleepControl(func() { s.put(0, 100); s.put(1, 120) })
					return commitAnswer(r, map[int32]int16{0: kerr.NotCoordinator.Code, 1: kerr.NotCoordinator.Code}), nil, true
				})
			},
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 1,
		},
		{
			name: "the group cannot be described because its coordinator moved", args: "--shift-by -100 --timeout 2s",
			breaks: func(s *scene) {
				s.fault(kfake.Fault{Keys: []kmsg.Key{kmsg.DescribeGroups, kmsg.ConsumerGroupDescribe}, Err: kerr.NotCoordinator, Count: -1})
			},
			code: exitFailed, reason: reasonTimeout,
		},
		{
			name:   "the group is described without a state",
			breaks: func(s *scene) { s.control(kmsg.DescribeGroups, describedAs("")) },
			code:   exitRefused, reason: string(reset.Unreadable),
		},
		{
			name: "the coordinator is described after one move", brokers: 3,
			breaks: func(s *scene) {
				s.control(kmsg.OffsetFetch, func(n int, _ kmsg.Request) (kmsg.Response, error, bool) {
					if n == 1 {
						s.embedded.Cluster.RehashCoordinators()
					}
					return nil, nil, false
				})
			},
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 1,
		},
		{
			name: "the coordinator is loading the group", breaks: commitFault(kerr.CoordinatorLoadInProgress, 2),
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 3,
		},
		{
			name: "one partition's commit meets a loading coordinator", breaks: commitFault(kerr.CoordinatorLoadInProgress, 1, 1),
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 2,
		},
		{
			name: "the coordinator is not available, and nothing was stored", breaks: commitFault(kerr.CoordinatorNotAvailable, 1), args: "--shift-by -100 --timeout 2s",
			code: exitUnknown, reason: reasonUnknownOutcome, outcomes: "unknown unknown", status: "unknown", sent: 1,
		},
		{
			name: "the coordinator is not available, and the commit was stored",
			breaks: func(s *scene) {
				s.onCommit(func(r *kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) {
					s.embedded.Cluster.SleepControl(func() { s.put(0, 100); s.put(1, 120) })
					return commitAnswer(r, map[int32]int16{0: kerr.CoordinatorNotAvailable.Code, 1: kerr.CoordinatorNotAvailable.Code}), nil, true
				})
			},
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 1,
		},
	}
}

// describedAs answers that groups are in this state.
func describedAs(state string) func(int, kmsg.Request) (kmsg.Response, error, bool) {
	return func(_ int, r kmsg.Request) (kmsg.Response, error, bool) {
		req := r.(*kmsg.DescribeGroupsRequest)
		resp := req.ResponseKind().(*kmsg.DescribeGroupsResponse)
		for _, group := range req.Groups {
			g := kmsg.NewDescribeGroupsResponseGroup()
			g.Group, g.State = group, state
			resp.Groups = append(resp.Groups, g)
		}
		return resp, nil, true
	}
}

// lostAnswers: nobody says what became of the commit, or not of all of it.
func lostAnswers() []fault {
	return []fault{
		{
			name: "the broker's timeout ran out after it stored the commit", breaks: commitFault(kerr.RequestTimedOut, 1),
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 1,
		},
		{
			name: "the connection is cut after the commit was stored",
			breaks: func(s *scene) {
				s.onCommit(func(*kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) {
					s.cut.armed.Store(true)
					return nil, nil, false
				})
			},
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 1,
		},
		{
			name: "the connection is cut before the commit was stored", args: "--shift-by -100 --timeout 2s",
			breaks: func(s *scene) {
				s.onCommit(func(*kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) { return nil, errors.New("cut"), true })
			},
			code: exitUnknown, reason: reasonUnknownOutcome, outcomes: "unknown unknown", status: "unknown", sent: 1,
		},
		{
			name: "no answer to the commit, and it was not stored", args: "--shift-by -100 --timeout 2s",
			breaks: func(s *scene) {
				s.onCommit(func(*kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) { return nil, nil, true })
			},
			code: exitUnknown, reason: reasonUnknownOutcome, outcomes: "unknown unknown", status: "unknown", sent: 1,
		},
		{
			name: "no answer to the commit, and it is stored only after kofs has looked", args: "--shift-by -100 --timeout 2s",
			breaks: func(s *scene) {
				looked := make(chan struct{})
				var asked, once = atomic.Bool{}, sync.Once{}
				s.control(kmsg.OffsetFetch, func(int, kmsg.Request) (kmsg.Response, error, bool) {
					if asked.Load() {
						once.Do(func() { close(looked) })
					}
					return nil, nil, false
				})
				s.onCommit(func(*kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) {
					asked.Store(true)
					return s.meanwhile(func() { <-looked })
				})
			},
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 1,
		},
		{
			name: "the commit is acknowledged, and cannot be read back", args: "--shift-by -100 --timeout 2s",
			breaks: func(s *scene) {
				s.control(kmsg.OffsetFetch, func(int, kmsg.Request) (kmsg.Response, error, bool) {
					return nil, nil, s.sent() > 0
				})
			},
			code: exitUnknown, reason: reasonUnknownOutcome, outcomes: "unknown unknown", status: "unknown", commits: commitsShifted, sent: 1,
		},
		{
			name: "the answer lacks a partition that was stored",
			breaks: func(s *scene) {
				s.onCommit(func(r *kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) {
					s.embedded.Cluster.SleepControl(func() { s.put(0, 100); s.put(1, 120) })
					return commitAnswer(r, map[int32]int16{0: 0}), nil, true
				})
			},
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 1,
		},
		{
			name: "the answer lacks a partition that was not stored, and has one that nobody asked for", args: "--shift-by -100 --timeout 2s",
			breaks: func(s *scene) {
				s.onCommit(func(r *kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) {
					s.embedded.Cluster.SleepControl(func() { s.put(0, 100) })
					return commitAnswer(r, map[int32]int16{0: 0, 7: 0}), nil, true
				})
			},
			code: exitUnknown, reason: reasonUnknownOutcome, outcomes: "applied unknown", status: "unknown", commits: firstShifted, sent: 1,
		},
	}
}

// commitAnswer is an answer with these partitions and codes.
func commitAnswer(r *kmsg.OffsetCommitRequest, codes map[int32]int16) kmsg.Response {
	resp := r.ResponseKind().(*kmsg.OffsetCommitResponse)
	topic := kmsg.NewOffsetCommitResponseTopic()
	topic.Topic, topic.TopicID = r.Topics[0].Topic, r.Topics[0].TopicID
	for partition, code := range codes {
		p := kmsg.NewOffsetCommitResponseTopicPartition()
		p.Partition, p.ErrorCode = partition, code
		topic.Partitions = append(topic.Partitions, p)
	}
	resp.Topics = append(resp.Topics, topic)
	return resp
}

// refusedCommits: the broker, or kofs, says no.
func refusedCommits() []fault {
	active := func(name string, err *kerr.Error) fault {
		return fault{name: "the commit is answered " + name, breaks: commitFault(err, 1),
			code: exitRefused, reason: string(reset.GroupActive), outcomes: "refused refused", status: "unchanged", sent: 1}
	}
	failed := func(name string, reason string, err *kerr.Error) fault {
		return fault{name: name, breaks: commitFault(err, 1), code: exitFailed, reason: reason, outcomes: "failed failed", status: "unchanged", sent: 1}
	}
	partial := func(name string, err *kerr.Error) fault {
		return fault{name: name, breaks: commitFault(err, 1, 1), code: exitIncomplete, reason: reasonIncomplete,
			outcomes: "applied failed", status: "partial", commits: firstShifted, sent: 1}
	}
	return []fault{
		active("UNKNOWN_MEMBER_ID", kerr.UnknownMemberID),
		active("REBALANCE_IN_PROGRESS", kerr.RebalanceInProgress),
		active("ILLEGAL_GENERATION", kerr.IllegalGeneration),
		active("STALE_MEMBER_EPOCH", kerr.StaleMemberEpoch),
		failed("the commit is answered FENCED_INSTANCE_ID", reasonFailed, kerr.FencedInstanceID),
		failed("there is no READ on the group", reasonNotAuthorized, kerr.GroupAuthorizationFailed),
		failed("there is no READ on the topic", reasonNotAuthorized, kerr.TopicAuthorizationFailed),
		partial("there is no READ on one of the topics", kerr.TopicAuthorizationFailed),
		partial("the metadata of one commit is too large", kerr.OffsetMetadataTooLarge),
		failed("the commit is too large", reasonFailed, kerr.InvalidCommitOffsetSize),
		{
			name: "a transaction holds an offset at the preview and at the commit", args: "--shift-by -100 --timeout 3s",
			breaks: func(s *scene) {
				s.control(kmsg.OffsetFetch, func(_ int, r kmsg.Request) (kmsg.Response, error, bool) {
					return unstable(r)
				})
			},
			code: exitRefused, reason: string(reset.PendingTransaction),
		},
		{
			name: "a broker that knows no OffsetCommit without a retention time", options: []kfake.Opt{kfake.MaxVersions(kversion.V2_0_0())},
			code: exitFailed, reason: reasonFailed, message: "OffsetCommit", status: "unchanged",
			commits: `0:200 epoch -1 "was here", 1:220 epoch -1 ""`, lasts: true,
		},
		{
			name:     "the leader epoch and the metadata of the old commit", // no fault: -1 is written, and undo brings both back
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 1,
		},
		{name: "an offset beyond the end of the log", args: "--to-offset 301", code: exitRefused, reason: string(reset.OutOfRange)},
		{
			name: "an offset before the start of the log", args: "--to-offset 3",
			breaks: func(s *scene) {
				if err := s.DeleteRecords(s.ctx, "orders", 1, 5); err != nil {
					s.t.Fatal(err)
				}
			},
			code: exitRefused, reason: string(reset.OutOfRange),
		},
		{
			name: "a shift beyond all integers", args: "--shift-by -9223372036854775807",
			code: exitRefused, reason: string(reset.OutOfRange),
		},
	}
}

// unstable answers, where stable offsets are asked for, that partition 0 has none.
func unstable(r kmsg.Request) (kmsg.Response, error, bool) {
	req := r.(*kmsg.OffsetFetchRequest)
	if !req.RequireStable {
		return nil, nil, false
	}
	resp := req.ResponseKind().(*kmsg.OffsetFetchResponse)
	if req.Version < 8 {
		topic := kmsg.NewOffsetFetchResponseTopic()
		topic.Topic = "orders"
		for p := range int32(2) {
			row := kmsg.NewOffsetFetchResponseTopicPartition()
			row.Partition, row.Offset, row.LeaderEpoch, row.ErrorCode = p, -1, -1, kerr.UnstableOffsetCommit.Code
			topic.Partitions = append(topic.Partitions, row)
		}
		resp.Topics = append(resp.Topics, topic)
		return resp, nil, true
	}
	group := kmsg.NewOffsetFetchResponseGroup()
	group.Group = "billing"
	topic := kmsg.NewOffsetFetchResponseGroupTopic()
	topic.Topic = "orders"
	for p := range int32(2) {
		row := kmsg.NewOffsetFetchResponseGroupTopicPartition()
		row.Partition, row.Offset, row.LeaderEpoch, row.ErrorCode = p, -1, -1, kerr.UnstableOffsetCommit.Code
		topic.Partitions = append(topic.Partitions, row)
	}
	group.Topics = append(group.Topics, topic)
	resp.Groups = append(resp.Groups, group)
	return resp, nil, true
}

// movedSincePlan: the log is not what it was when the plan was reviewed.
func movedSincePlan() []fault {
	drift := func(name, args, message, commits string, between func(*scene)) fault {
		return fault{commits: commits, name: name, args: args, between: between, code: exitRefused, reason: string(reset.Drift), message: message}
	}
	check := func(s *scene, err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	recreated := drift("the topic was deleted and created again", "", "created again", "", func(s *scene) {
		check(s, s.DeleteTopic(s.ctx, "orders"))
		check(s, s.CreateTopic(s.ctx, "orders", 2, nil))
		again := kafkatest.NewWorld(s.t, s.embedded.Addrs()) // a client that does not know the topic's ID
		for p := range int32(2) {
			_, err := again.Produce(s.ctx, "orders", p, kafkatest.Numbered(300)...)
			check(s, err)
		}
		s.World = again
		s.commit(kadm.Offset{Topic: "orders", Partition: 0, At: 200, LeaderEpoch: 0, Metadata: "was here"},
			kadm.Offset{Topic: "orders", Partition: 1, At: 220, LeaderEpoch: -1})
	})
	gone := drift("the topic was deleted", "", "", " ", func(s *scene) { check(s, s.DeleteTopic(s.ctx, "orders")) })
	gone.reason = string(reset.UnknownTopic)
	return []fault{
		recreated, gone,
		drift("retention removed the records of the plan", "--to-offset 3", "now starts at 5", "", func(s *scene) {
			check(s, s.DeleteRecords(s.ctx, "orders", 1, 5))
		}),
		{
			name: "retention removed records below the plan's offsets", between: func(s *scene) { check(s, s.DeleteRecords(s.ctx, "orders", 1, 120)) },
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 1,
		},
		drift("an unclean election truncated the log below the plan's offset", "--to-offset 180", "now ends at 150", "", truncatedTo(150)),
		drift("an unclean election truncated the log below the commit", "", "now ends at 150", "", truncatedTo(150)),
		drift("somebody applied another plan in between", "", "commit was 200", `0:250 epoch -1 "", 1:220 epoch -1 ""`, func(s *scene) { s.put(0, 250) }),
		drift("somebody committed the same offset with other metadata in between", "", "metadata", `0:200 epoch 0 "was here too", 1:220 epoch -1 ""`, func(s *scene) {
			s.commit(kadm.Offset{Topic: "orders", Partition: 0, At: 200, LeaderEpoch: 0, Metadata: "was here too"})
		}),
		{
			name: "the plan was applied before", between: func(s *scene) { s.put(0, 100); s.put(1, 120) },
			outcomes: "unchanged unchanged", commits: commitsShifted,
		},
		{
			name: "one row of the plan was applied before", between: func(s *scene) { s.put(0, 100) },
			outcomes: "unchanged applied", status: "applied", commits: commitsShifted, sent: 1, lasts: true,
		},
	}
}

// truncatedTo answers that the logs end there.
func truncatedTo(end int64) func(*scene) {
	return func(s *scene) {
		s.control(kmsg.ListOffsets, func(_ int, r kmsg.Request) (kmsg.Response, error, bool) {
			req := r.(*kmsg.ListOffsetsRequest)
			resp := req.ResponseKind().(*kmsg.ListOffsetsResponse)
			for _, t := range req.Topics {
				topic := kmsg.NewListOffsetsResponseTopic()
				topic.Topic = t.Topic
				for _, p := range t.Partitions {
					row := kmsg.NewListOffsetsResponseTopicPartition()
					row.Partition, row.LeaderEpoch, row.Timestamp = p.Partition, 1, -1
					if row.Offset = end; p.Timestamp == -2 {
						row.Offset = 0
					}
					topic.Partitions = append(topic.Partitions, row)
				}
				resp.Topics = append(resp.Topics, topic)
			}
			return resp, nil, true
		})
	}
}

// othersAtWork: consumers and operators that do not wait.
func othersAtWork() []fault {
	return []fault{
		{
			name: "a consumer joins between the check and the commit",
			breaks: func(s *scene) {
				s.onCommit(func(*kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) { return s.meanwhile(func() { s.join() }) })
			},
			code: exitRefused, reason: string(reset.GroupActive), outcomes: "refused refused", status: "unchanged", sent: 1, lasts: true,
		},
		{
			name:   "the group is active",
			breaks: func(s *scene) { s.join() }, code: exitRefused, reason: string(reset.GroupActive), lasts: true,
		},
		{
			name: "a consumer with the new protocol, whose group the old request calls dead",
			breaks: func(s *scene) {
				s.join(kgo.ServerSideBalancer())
				s.control(kmsg.DescribeGroups, describedAs("Dead"))
			},
			code: exitRefused, reason: string(reset.GroupActive), lasts: true,
		},
		{
			name: "a standalone consumer keeps committing", args: "--shift-by -100 --settle 50ms",
			breaks: func(s *scene) {
				n := int64(200)
				s.control(kmsg.OffsetFetch, func(look int, _ kmsg.Request) (kmsg.Response, error, bool) {
					if look < 3 { // the preview, and the check before the commit
						return nil, nil, false
					}
					n++
					return s.meanwhile(func() { s.put(0, n) })
				})
			},
			code: exitRefused, reason: string(reset.StandaloneConsumer), commits: `0:201 epoch -1 "", 1:220 epoch -1 ""`, lasts: true,
		},
		{
			name: "somebody overwrites the new offset at once",
			breaks: func(s *scene) {
				s.control(kmsg.OffsetFetch, func(int, kmsg.Request) (kmsg.Response, error, bool) {
					if s.sent() == 0 || s.own.Load() > 0 {
						return nil, nil, false
					}
					return s.meanwhile(func() { s.put(1, 290) })
				})
			},
			code: exitIncomplete, reason: reasonIncomplete, outcomes: "applied overwritten", status: "applied", sent: 1,
			commits: `0:100 epoch -1 "", 1:290 epoch -1 ""`, lasts: true,
		},
		{
			name: "somebody commits between the check and the commit",
			breaks: func(s *scene) {
				s.onCommit(func(*kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) {
					return s.meanwhile(func() { s.put(1, 290) })
				})
			},
			outcomes: "applied applied", status: "applied", commits: commitsShifted, sent: 1,
		},
		{
			name: "a group that is not there", args: "--to-earliest",
			breaks: func(s *scene) {
				if _, err := s.Admin().DeleteGroups(s.ctx, "billing"); err != nil {
					s.t.Fatal(err)
				}
			},
			code: exitRefused, reason: string(reset.UnknownGroup), commits: " ", lasts: true,
		},
	}
}

func (s *scene) join(opts ...kgo.Opt) {
	m, err := s.Join(s.ctx, "billing", []string{"orders"}, opts...)
	if err != nil {
		s.t.Error(err)
		return
	}
	s.t.Cleanup(m.Close)
}

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

// child is a kofs that writes, to billing if no groups are named, in a shell that
// first runs a line.
func (s *scene) child(line string, groups ...string) *exec.Cmd {
	if len(groups) == 0 {
		groups = []string{"billing"}
	}
	cmd := exec.Command("sh", append(append([]string{"-c", line + `exec "$@"`, "sh", programs(s.t).kofs, "reset"}, groups...),
		"--topic", "orders", "--shift-by", "-100", "--execute", "--yes", "-o", "json", "-b", s.embedded.Addrs()[0])...)
	cmd.Env = append(os.Environ(), "KOFS_SETTLE=0s", "KOFS_STATE_DIR="+s.env["KOFS_STATE_DIR"])
	return cmd
}

// A process that was killed leaves its intent; what became of it can be found
// out, finished and taken back.
func TestKilledWriteIsSettled(t *testing.T) {
	t.Parallel()
	for _, stored := range []bool{false, true} {
		for _, way := range []string{"journal verify", "apply --yes --resume", "undo --execute --yes"} {
			t.Run(fmt.Sprintf("stored %v, %s", stored, way), func(t *testing.T) {
				t.Parallel()
				s := newScene(t, 1)
				s.forget()
				reached := make(chan struct{}, 10)
				key := kmsg.OffsetCommit
				if stored {
					key = kmsg.OffsetFetch // of the read-back
				}
				s.control(key, func(int, kmsg.Request) (kmsg.Response, error, bool) {
					if s.sent() == 0 {
						return nil, nil, false
					}
					reached <- struct{}{}
					return nil, nil, true
				})
				cmd := s.child("")
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				awaitSignal(t, reached)
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				_ = cmd.Wait() // killed
				s.heal()
				s.checkSettling(stored, way)
			})
		}
	}
}

// checkSettling goes one way on with a write that was cut.
func (s *scene) checkSettling(stored bool, way string) {
	t := s.t
	entries := s.journal()
	if len(entries) != 1 || entries[0].Status != "open" {
		t.Fatalf("the journal has %+v", entries)
	}
	again := strings.Fields("reset billing --topic orders --shift-by -1 --execute --yes -o json")
	if code, _, stderr := s.kofs(again...); code != exitRefused || errorLine(t, stderr).Reason != string(reset.UnsettledWrite) {
		t.Errorf("the next write: exit code %d: %s", code, stderr)
	}
	s.later(time.Minute)
	want, wantCode := commitsBefore, exitDone
	switch {
	case way == "journal verify" && !stored:
		wantCode = exitFailed
	case stored && !strings.HasPrefix(way, "undo"), strings.HasPrefix(way, "apply"):
		want = commitsShifted
	}
	if code, _, stderr := s.kofs(append(strings.Fields(way), entries[0].ID)...); code != wantCode {
		t.Errorf("%s: exit code %d, want %d: %s", way, code, wantCode, stderr)
	}
	if got := s.commits(); got != want {
		t.Errorf("committed %s, want %s", got, want)
	}
	if code, _, stderr := s.kofs(again...); code != exitDone {
		t.Errorf("the next write: exit code %d: %s", code, stderr)
	}
}

// A loop that repeats a relative reset until it succeeds never moves a partition
// twice.
func TestRetryLoopMovesEachPartitionOnce(t *testing.T) {
	t.Parallel()
	for _, broken := range []int32{0, 1} {
		t.Run(fmt.Sprintf("partition %d fails", broken), func(t *testing.T) {
			t.Parallel()
			s := newScene(t, 1)
			commitFault(kerr.TopicAuthorizationFailed, 1, broken)(s)
			half := map[int32]string{0: `0:200 epoch 0 "was here", 1:120 epoch -1 ""`, 1: firstShifted}[broken]
			for n := range 5 {
				code, _, stderr := s.kofs(strings.Fields("reset billing --topic orders --shift-by -100 --execute --yes -o json")...)
				end := errorLine(t, stderr)
				if n == 0 && code != exitIncomplete || n > 0 && (code != exitRefused || end.Reason != string(reset.UnsettledWrite)) {
					t.Errorf("run %d: exit code %d, %+v", n, code, end)
				}
				if got := s.commits(); got != half {
					t.Fatalf("run %d: committed %s, want %s", n, got, half)
				}
			}
			first := s.journal()[0]
			if code, _, stderr := s.kofs("apply", "--resume", first.ID, "--yes"); code != exitDone {
				t.Errorf("resume: exit code %d: %s", code, stderr)
			}
			if got := s.commits(); got != commitsShifted {
				t.Errorf("committed %s, want %s", got, commitsShifted)
			}
			entries := s.journal()
			if len(entries) != 2 || entries[0].SettledBy == nil || *entries[0].SettledBy != entries[1].ID {
				t.Errorf("the journal has %+v", entries)
			}
		})
	}
}

// interleavings is how many are tried: 20, or KOFS_TEST_INTERLEAVINGS.
func interleavings(t *testing.T) int {
	t.Helper()
	wanted := os.Getenv("KOFS_TEST_INTERLEAVINGS")
	if wanted == "" {
		return 20
	}
	n, err := strconv.Atoi(wanted)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Somebody else's commit at every place around kofs's own: what kofs says holds.
func TestTwoWriters(t *testing.T) {
	t.Parallel()
	for n := range interleavings(t) {
		partition, offset := int32(n%2), int64(150+n%20)
		place := []string{"before the commit", "before the commit is looked at", "before the check", "after kofs has ended"}[n/2%4]
		if n%5 == 4 && place != "before the check" { // where it was before, which a check cannot tell
			offset = []int64{200, 220}[partition]
		}
		t.Run(fmt.Sprintf("%d %s, partition %d to %d", n, place, partition, offset), func(t *testing.T) {
			t.Parallel()
			s := newScene(t, 1)
			s.forget()
			put := func() { s.put(partition, offset) }
			fetch := func(when func(look int) bool) {
				s.control(kmsg.OffsetFetch, func(look int, _ kmsg.Request) (kmsg.Response, error, bool) {
					if s.own.Load() > 0 || !when(look) {
						return nil, nil, false
					}
					return s.meanwhile(put)
				})
			}
			switch place {
			case "before the commit":
				s.onCommit(func(*kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) { return s.meanwhile(put) })
			case "before the commit is looked at":
				fetch(func(int) bool { return s.sent() > 0 })
			case "before the check":
				fetch(func(look int) bool { return look == 2 })
			}
			code, stdout, stderr := s.kofs(strings.Fields("reset billing --topic orders --shift-by -100 --execute --yes -o json --timeout 2s")...)
			s.heal()
			checkTwoWriters(t, place, int(partition), code, outcomesIn(t, stdout), stderr)
			if place == "after kofs has ended" {
				return
			}
			if got := s.own.Load(); got != 1 {
				t.Fatalf("somebody else committed %d times", got)
			}
			committed, err := s.Committed(s.ctx, "billing")
			if err != nil {
				t.Fatal(err)
			}
			want := offset
			if place == "before the commit" {
				want = 100 + int64(partition)*20
			}
			if committed["orders"][partition] != want {
				t.Errorf("committed %v, want %d", committed, want)
			}
		})
	}
}

func checkTwoWriters(t *testing.T, place string, partition, code int, outcomes string, stderr []byte) {
	t.Helper()
	wantCode, want := exitDone, "applied applied"
	switch place {
	case "before the commit is looked at":
		wantCode, want = exitIncomplete, []string{"overwritten applied", "applied overwritten"}[partition]
	case "before the check":
		wantCode, want = exitRefused, ""
	}
	if code != wantCode || outcomes != want {
		t.Errorf("exit code %d, outcomes %q, want %d and %q: %s", code, outcomes, wantCode, want, stderr)
	}
}

// An undo right after a cut write would say too early that nothing is to be taken
// back: the commit is stored while it waits.
func TestUndoWaitsForWhatMayStillCome(t *testing.T) {
	t.Parallel()
	s := newScene(t, 1)
	s.forget()
	s.onCommit(func(*kmsg.OffsetCommitRequest) (kmsg.Response, error, bool) { return nil, nil, true })
	if code, _, stderr := s.kofs(strings.Fields("reset billing --topic orders --shift-by -100 --execute --yes --timeout 1s")...); code != exitUnknown {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	s.heal()
	cut := s.journal()[0]
	s.waiting = sync.OnceFunc(func() { s.put(0, 100); s.put(1, 120) })
	begun, err := time.Parse(time.RFC3339, cut.CreatedAt)
	if err != nil {
		t.Fatal(err)
	}
	s.later(begun.Add(2 * time.Second).Sub(s.now())) // after ten, nothing can come any more
	code, _, stderr := s.kofs("undo", cut.ID, "--execute", "--yes")
	if code != exitDone || !strings.Contains(string(stderr), "may still be stored") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if got := s.commits(); got != commitsBefore {
		t.Errorf("committed %s, want %s", got, commitsBefore)
	}
	if e := s.journal()[0]; e.SettledBy == nil {
		t.Errorf("the write is not settled: %+v", e)
	}
}

// docs/safety.md has every fault of the table, and names no test that is not there.
func TestSafetyPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/safety.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	onKafka, err := filepath.Glob("../../internal/kafkatest/*/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, file := range append(files, onKafka...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(text)
	}
	left := map[string]bool{}
	for _, f := range allFaults() {
		left[f.name] = true
	}
	for _, row := range regexp.MustCompile("(?m)^\\| (.*) \\| (.*) \\| `(Test.*)` \\|$").FindAllStringSubmatch(string(page), -1) {
		name, test := row[1], row[3]
		if !strings.Contains(code.String(), "func "+test+"(t *testing.T)") {
			t.Errorf("there is no test %s, of %q", test, name)
		}
		if test == "TestFaults" && !left[name] {
			t.Errorf("TestFaults has no fault %q, or the page has it twice", name)
		}
		delete(left, name)
	}
	for name := range left {
		t.Errorf("the page lacks %q", name)
	}
}
