//go:build unix

package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kofs/kofs/internal/kafkatest"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// mostMemory is what kofs may have resident whatever the other end sends.
const mostMemory = 40 << 10 // KiB

// mostSpoiled is as much for answers of a broker that are spoiled somewhere: up to
// 4 MiB each are read and decoded before that shows. 18 MiB are the program itself; the
// rest depends on when garbage is collected: 37 to 45 MiB, and 53 once on a busy host.
const mostSpoiled = 60 << 10 // KiB

// A port that is no Kafka broker's.
func TestPortsThatAreNotKafka(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	noise := make([]byte, 1<<20)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	silent := func(c net.Conn) {
		<-t.Context().Done()
		c.Close() // and not before: a connection that nothing refers to is closed by the garbage collector
	}
	for _, c := range []struct {
		speaks string
		addr   string
		config string // of --command-config
		reason string
		within time.Duration
	}{
		{"HTTP", web.Listener.Addr().String(), "", "not_kafka", 2 * time.Second},
		{"HTTP to a client that speaks TLS", web.Listener.Addr().String(), "security.protocol=SSL", "connection", 2 * time.Second},
		{"TLS", secure.Listener.Addr().String(), "", "connection", 2 * time.Second},
		{"TLS with an unknown CA", secure.Listener.Addr().String(), "security.protocol=SSL", "connection", 2 * time.Second},
		{"nothing", serve(t, silent), "", "timeout", 4 * time.Second},
		{"nothing to a client that speaks TLS", serve(t, silent), "security.protocol=SSL", "timeout", 4 * time.Second},
		{"nothing and hangs up", serve(t, func(c net.Conn) { c.Close() }), "", "connection", 2 * time.Second},
		{"zeros without end", serve(t, floods(make([]byte, 1<<20))), "", "not_kafka", 2 * time.Second},
		{"noise without end", serve(t, floods(noise)), "", "not_kafka", 2 * time.Second},
		{"lengths of 2 GiB", serve(t, floods(bytes.Repeat([]byte{0x7f, 0xff, 0xff, 0xff}, 1<<18))), "", "not_kafka", 2 * time.Second},
		{"lengths of 4 GiB", serve(t, floods(bytes.Repeat([]byte{0xff}, 1<<20))), "", "not_kafka", 2 * time.Second},
		{"one byte a second", serve(t, drips), "", "timeout", 4 * time.Second},
		{"an answer to another question", serve(t, floods([]byte{0, 0, 0, 8, 0, 0, 0, 99, 0, 0, 0, 0})), "", "connection", 2 * time.Second},
	} {
		t.Run(c.speaks, func(t *testing.T) {
			t.Parallel()
			args := []string{"lag", "billing", "-o", "json", "--timeout", "2s", "-b", c.addr}
			if c.config != "" {
				file := filepath.Join(t.TempDir(), "client.properties")
				if err := os.WriteFile(file, []byte(c.config), 0o600); err != nil {
					t.Fatal(err)
				}
				args = append(args, "--command-config", file)
			}
			run := measured(t, args...)
			if run.Exit != exitFailed {
				t.Errorf("exit code %d, want %d", run.Exit, exitFailed)
			}
			if doc := errorLine(t, run.stderr); doc.Reason != c.reason {
				t.Errorf("reason %q, want %q: %s", doc.Reason, c.reason, doc.Message)
			}
			if run.Wall > c.within {
				t.Errorf("it took %v, want less than %v", run.Wall, c.within)
			}
			if run.PeakKiB > mostMemory {
				t.Errorf("%d KiB at the peak, want at most %d", run.PeakKiB, mostMemory)
			}
		})
	}
}

// floods writes the same again and again, without waiting to be asked.
func floods(answer []byte) func(net.Conn) {
	return func(c net.Conn) {
		for {
			if _, err := c.Write(answer); err != nil {
				return
			}
		}
	}
}

// drips begins an answer of 100 KiB, a byte a second.
func drips(c net.Conn) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for _, b := range []byte{0, 1, 0x90, 0, 0, 0, 0, 10, 0, 0} {
		if _, err := c.Write([]byte{b}); err != nil {
			return
		}
		<-ticker.C
	}
}

// serve gives every connection to f.
func serve(t *testing.T, f func(net.Conn)) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go f(conn)
		}
	}()
	return listener.Addr().String()
}

// measuredRun is what internal/bench measure says of a run.
type measuredRun struct {
	Wall    time.Duration
	PeakKiB int64
	Exit    int
	stderr  []byte
}

func measured(t *testing.T, args ...string) measuredRun {
	t.Helper()
	p := programs(t)
	cmd := command(t, p.measure, append([]string{"measure", os.DevNull, p.kofs}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("measuring: %v\n%s", err, stderr.Bytes())
	}
	run := measuredRun{stderr: stderr.Bytes()}
	if err := json.Unmarshal(out, &run); err != nil {
		t.Fatal(err)
	}
	if run.PeakKiB == 0 {
		t.Fatal("nothing was measured")
	}
	return run
}

// A server that is a broker until kofs believes it, and then answers with what
// once were valid answers: cut, bits flipped, counts and lengths beyond reason,
// or noise. KOFS_TEST_HOSTILE is how many such answers, KOFS_TEST_SEED where the
// dice begin.
func TestServersThatTurnHostile(t *testing.T) {
	upstream := hostileWorld(t)
	want, seed := int64(numberFrom(t, "KOFS_TEST_HOSTILE", 500)), uint64(numberFrom(t, "KOFS_TEST_SEED", 1))
	fmt.Fprintf(os.Stderr, "hostile answers: %d from KOFS_TEST_SEED=%d on\n", want, seed) // also when a panic ends the test
	peak := watchAllocations(t)
	var spoiled, next atomic.Int64
	var slowest atomic.Int64
	codes := make([]atomic.Int64, 256)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for spoiled.Load() < want && !t.Failed() {
				n := seed + uint64(next.Add(1))
				server := newHostile(t, upstream, n)
				took, code := server.face(t)
				server.close()
				spoiled.Add(server.spoiled.Load())
				codes[code].Add(1)
				for old := slowest.Load(); int64(took) > old && !slowest.CompareAndSwap(old, int64(took)); old = slowest.Load() {
				}
			}
		})
	}
	workers.Wait()
	ends := map[int]int64{}
	for code := range codes {
		if n := codes[code].Load(); n > 0 {
			ends[code] = n
		}
	}
	most := peak()
	t.Logf("%d hostile answers in %d runs, which ended with %v; slowest %v, at most %d MiB allocated in 50 ms", spoiled.Load(), next.Load(), ends, time.Duration(slowest.Load()), most>>20)
	if most > 128<<20 { // by 8 runs at once, and the embedded broker
		t.Errorf("%d MiB were allocated in 50 ms", most>>20)
	}
}

// One of the ten thousand: a Fetch that is throttled for nine minutes.
func TestThrottleLongerThanTheTimeoutEndsTheReading(t *testing.T) {
	t.Parallel()
	throttled := func(key int16, frame []byte) []byte {
		if key == kmsg.Fetch.Int16() { // flexible: after the number a byte for tags, then the throttle
			binary.BigEndian.PutUint32(frame[5:], uint32((9 * time.Minute).Milliseconds()))
		}
		return frame
	}
	server := newHostile(t, hostileWorld(t), 0, func(h *hostile) { h.edit = throttled })
	defer server.close()
	for args, code := range map[string]int{
		"records billing --all-topics --to-earliest -o json":        exitIncomplete,
		"reset billing --all-topics --to-earliest --count exact":    exitDone,
		"records --topic orders:0 --from-offset 0 --until-offset 5": exitDone, // one answer is enough
		"reset billing --topic payments --to-earliest --show 1":     exitDone,
	} {
		begun := time.Now()
		got, _, stderr := runKofs(t, append(strings.Fields(args), "--timeout", "5s", "-b", server.addr)...)
		if took := time.Since(begun); took > 30*time.Second {
			t.Errorf("kofs %s: it took %v", args, took)
		}
		if got != code {
			t.Errorf("kofs %s: exit code %d, want %d: %s", args, got, code, stderr)
		}
	}
}

// The memory of one process, where the answers are as large as an attacker likes.
func TestHostileServersDoNotFillTheMemory(t *testing.T) {
	t.Parallel()
	upstream := hostileWorld(t)
	for seed := range uint64(24) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			server := newHostile(t, upstream, seed, func(h *hostile) { h.huge = true })
			defer server.close()
			run := measured(t, append(server.command(), "-b", server.addr)...)
			if run.PeakKiB > mostSpoiled {
				t.Errorf("%d KiB at the peak, want at most %d: %s", run.PeakKiB, mostSpoiled, run.stderr)
			}
		})
	}
}

// A count of four million, and as many bytes as make it credible: the decoders of
// sarama and kmsg make room for that many structs at once, up to 75 bytes of
// memory for each byte that was sent. kofs does not look into answers before
// them; what it promises is that it ends, and says why.
func TestCountsBeyondReasonEnd(t *testing.T) {
	t.Parallel()
	upstream := hostileWorld(t)
	for _, c := range []struct {
		key  kmsg.Key
		head int // bytes before the count
		args string
		exit int
	}{
		{kmsg.Metadata, 5 + 4, "lag billing", exitFailed},
		{kmsg.FindCoordinator, 5 + 4, "lag billing", exitFailed},
		{kmsg.ListGroups, 5 + 4 + 2, "groups", exitIncomplete},
		{kmsg.DescribeGroups, 5 + 4, "inspect billing", exitIncomplete},
		{kmsg.OffsetFetch, 5 + 4, "lag billing", exitIncomplete},
		{kmsg.ListOffsets, 5 + 4, "lag billing", exitIncomplete},
		{kmsg.Fetch, 5 + 4 + 2 + 4, "reset billing --topic orders --to-earliest", exitDone}, // at most so many, and the note says why
		{kmsg.Fetch, 5 + 4 + 2 + 4, "records billing --topic orders --to-earliest", exitIncomplete},
	} {
		t.Run(c.key.Name()+" for "+c.args, func(t *testing.T) {
			var asked atomic.Int64
			server := newHostile(t, upstream, 0, func(h *hostile) {
				h.edit = func(key int16, frame []byte) []byte {
					if key != c.key.Int16() {
						return frame
					}
					asked.Add(1)
					many := binary.AppendUvarint(append(frame[:4:4], make([]byte, c.head-4)...), 4<<20)
					return append(many, make([]byte, 4<<20)...)
				}
			})
			defer server.close()
			run := measured(t, append(strings.Fields(c.args), "--timeout", "10s", "-b", server.addr)...)
			if asked.Load() == 0 {
				t.Error("it was not asked")
			}
			if run.Exit != c.exit || run.Wall > 30*time.Second {
				t.Errorf("exit code %d after %v: %s", run.Exit, run.Wall, run.stderr)
			}
			if most := int64(100 * 4 << 10); run.PeakKiB > most {
				t.Errorf("%d KiB at the peak, want at most %d: %s", run.PeakKiB, most, run.stderr)
			}
		})
	}
}

// An answer that claims four billion tagged fields behind itself: kmsg counts through
// them all, which takes most of a minute. kofs does not wait for it. It is a child
// here, so that the counting ends with it.
func TestTagsBeyondReasonEnd(t *testing.T) {
	t.Parallel()
	binary := programs(t).kofs
	for _, c := range []struct {
		key  kmsg.Key
		args string
		exit int
	}{
		{kmsg.ApiVersions, "lag billing", exitFailed},
		{kmsg.Metadata, "lag billing", exitFailed},
		{kmsg.FindCoordinator, "lag billing", exitFailed},
		{kmsg.OffsetFetch, "lag billing", exitIncomplete},
		{kmsg.Fetch, "records billing --topic orders --to-earliest", exitIncomplete},
		{kmsg.OffsetCommit, "reset billing --topic orders --to-earliest --count none --execute --yes", exitDone}, // it was stored
	} {
		t.Run(c.key.Name(), func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			server := newHostile(t, hostileWorld(t), 0, func(h *hostile) {
				h.edit = func(key int16, frame []byte) []byte {
					if key == c.key.Int16() {
						asked.Add(1)
						frame = append(frame[:len(frame)-1:len(frame)-1], 0xff, 0xff, 0xff, 0xff, 0x0f)
					}
					return frame
				}
			})
			defer server.close()
			cmd := command(t, binary, append(strings.Fields(c.args), "--timeout", "2s", "-b", server.addr)...)
			cmd.Env = testEnviron(t)
			begun := time.Now()
			said, _ := cmd.CombinedOutput() // the exit code is looked at
			if asked.Load() == 0 {
				t.Error("it was not asked")
			}
			if took, code := time.Since(begun), cmd.ProcessState.ExitCode(); code != c.exit || took > 20*time.Second {
				t.Errorf("exit code %d, want %d, after %v: %s", code, c.exit, took, said)
			}
		})
	}
}

func numberFrom(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	value := os.Getenv(variable)
	if value == "" {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// watchAllocations returns how to end the watch and get the most that was
// allocated within about 50 ms. What is on the heap says nothing: the embedded
// broker keeps its records there.
func watchAllocations(t *testing.T) (most func() uint64) {
	t.Helper()
	var highest uint64
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(50 * time.Millisecond)
		defer ticker.Stop()
		sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
		metrics.Read(sample)
		for before := sample[0].Value.Uint64(); ; before = sample[0].Value.Uint64() {
			select {
			case <-ticker.C:
			case <-ended:
				return
			}
			metrics.Read(sample)
			highest = max(highest, sample[0].Value.Uint64()-before)
		}
	}()
	return func() uint64 {
		close(ended)
		<-done
		return highest
	}
}

// hostileWorld is a broker with something of everything that kofs reads.
func hostileWorld(t *testing.T) (addr string) {
	t.Helper()
	embedded := kafkatest.NewEmbedded(t, kafkatest.EmbeddedOptions{Topics: map[string]int32{"orders": 3, "payments": 1}})
	world := kafkatest.NewWorld(t, embedded.Addrs())
	for i, codec := range kafkatest.Codecs() {
		_, err := world.ProduceBatch(t.Context(), kafkatest.Batch{Topic: "orders", Partition: int32(i % 3), Codec: codec, Records: kafkatest.Numbered(30)})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, commit := range []bool{true, false} {
		batch := kafkatest.Batch{Topic: "payments", Records: kafkatest.Numbered(5)}
		if err := world.Transact(t.Context(), fmt.Sprint("desk-", commit), commit, batch); err != nil {
			t.Fatal(err)
		}
	}
	if err := world.Commit(t.Context(), "billing", kafkatest.Offsets{"orders": {0: 20, 1: 25, 2: 5}, "payments": {0: 5}}); err != nil {
		t.Fatal(err)
	}
	member, err := world.Join(t.Context(), "shipping", []string{"orders"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(member.Close)
	return embedded.Addrs()[0]
}

// hostile stands between kofs and a broker.
type hostile struct {
	listener net.Listener
	addr     string
	upstream string
	huge     bool                                 // only sizes beyond reason
	edit     func(key int16, frame []byte) []byte // or only this
	seed     uint64
	spoiled  atomic.Int64 // answers

	mu     sync.Mutex
	rng    *rand.Rand
	honest int // answers to leave alone before the first that is spoiled
	before []byte
}

func newHostile(t *testing.T, upstream string, seed uint64, change ...func(*hostile)) *hostile {
	t.Helper()
	h := &hostile{upstream: upstream, seed: seed, rng: rand.New(rand.NewPCG(seed, 0))}
	h.honest = h.rng.IntN(10)
	for _, c := range change {
		c(h)
	}
	var err error
	if h.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Error(err)
		return h
	}
	h.addr = h.listener.Addr().String()
	go func() {
		for {
			conn, err := h.listener.Accept()
			if err != nil {
				return
			}
			go h.between(conn)
		}
	}()
	return h
}

func (h *hostile) close() { h.listener.Close() }

// command is one of those that read, by the seed.
func (h *hostile) command() []string {
	commands := []string{
		"groups --lag", "groups -o json --topic orders", "lag billing", "lag --all-groups -o json", "inspect billing", "inspect shipping -o json",
		"reset billing --all-topics --to-earliest", "reset billing --topic orders --to-datetime 2026-01-02T03:04:05Z -o json",
		"reset billing --topic payments --to-earliest --isolation-level read_committed --show 2", "reset shipping --topic orders --to-latest",
		"records billing --all-topics --to-earliest -o jsonl", "records --topic payments:0 --from-offset 0 --until-offset 20 --include-control --include-aborted",
	}
	return append(strings.Fields(commands[h.seed%uint64(len(commands))]), "--timeout", "250ms")
}

// face lets kofs meet the server once.
func (h *hostile) face(t *testing.T) (took time.Duration, code int) {
	args := append(h.command(), "-b", h.addr)
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("seed %d, kofs %s: panic: %v\n%s", h.seed, strings.Join(args, " "), r, debug.Stack())
		}
	}()
	begun := time.Now()
	code, _, stderr := runKofs(t, args...)
	took = time.Since(begun)
	if took > 10*time.Second {
		t.Errorf("seed %d, kofs %s: it took %v", h.seed, strings.Join(args, " "), took)
	}
	if !slices.Contains([]int{exitDone, exitFailed, exitIncomplete, exitRefused}, code) {
		t.Errorf("seed %d, kofs %s: exit code %d: %s", h.seed, strings.Join(args, " "), code, stderr)
	}
	if code != exitDone && len(stderr) == 0 || bytes.Contains(stderr, []byte("runtime error")) {
		t.Errorf("seed %d, kofs %s: exit code %d: %q", h.seed, strings.Join(args, " "), code, stderr)
	}
	return took, code
}

// between passes requests on, and answers back.
func (h *hostile) between(kofs net.Conn) {
	defer kofs.Close()
	broker, err := net.Dial("tcp", h.upstream)
	if err != nil {
		return
	}
	defer broker.Close()
	for {
		request, err := readFrame(kofs)
		if err != nil || len(request) < 8 {
			return
		}
		if _, err := broker.Write(framed(request)); err != nil {
			return
		}
		answer, err := readFrame(broker)
		if err != nil {
			return
		}
		key, version := int16(binary.BigEndian.Uint16(request)), int16(binary.BigEndian.Uint16(request[2:]))
		bytes, err := h.answer(key, h.redirect(key, version, answer))
		if _, writeErr := kofs.Write(bytes); errors.Join(err, writeErr) != nil {
			return
		}
	}
}

func readFrame(r io.Reader) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	frame := make([]byte, binary.BigEndian.Uint32(head[:]))
	_, err := io.ReadFull(r, frame)
	return frame, err
}

func framed(frame []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(frame))), frame...)
}

// redirect is the answer with this server's address in the place of the broker's.
func (h *hostile) redirect(key, version int16, frame []byte) []byte {
	if key != kmsg.Metadata.Int16() && key != kmsg.FindCoordinator.Int16() {
		return frame
	}
	resp := kmsg.ResponseForKey(key)
	resp.SetVersion(version)
	head := 4
	if resp.IsFlexible() {
		head = 5
	}
	if err := resp.ReadFrom(frame[head:]); err != nil {
		panic(err) // the embedded broker's own answer
	}
	host, number, _ := net.SplitHostPort(h.addr)
	port, _ := strconv.Atoi(number)
	switch r := resp.(type) {
	case *kmsg.MetadataResponse:
		for i := range r.Brokers {
			r.Brokers[i].Host, r.Brokers[i].Port = host, int32(port)
		}
	case *kmsg.FindCoordinatorResponse:
		r.Host, r.Port = host, int32(port)
		for i := range r.Coordinators {
			r.Coordinators[i].Host, r.Coordinators[i].Port = host, int32(port)
		}
	}
	return resp.AppendTo(slices.Clone(frame[:head]))
}

var errHangUp = errors.New("hang up after this")

// answer is the answer with its length, or what becomes of it. Those to
// ApiVersions stay valid, and so do the first few others.
func (h *hostile) answer(key int16, frame []byte) ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := h.before
	h.before = frame
	if h.edit != nil {
		return framed(h.edit(key, frame)), nil
	}
	if key == kmsg.ApiVersions.Int16() {
		return framed(frame), nil
	}
	if h.honest--; h.honest >= 0 || h.rng.IntN(3) == 0 {
		return framed(frame), nil
	}
	h.spoiled.Add(1)
	if h.huge {
		return h.oversize(slices.Clone(frame))
	}
	return h.spoil(slices.Clone(frame), before)
}

// spoil changes the frame of an answer; its first four bytes are the number of
// the request, which kofs checks first.
func (h *hostile) spoil(frame, before []byte) ([]byte, error) {
	at := 4 + h.rng.IntN(max(1, len(frame)-4))
	switch h.rng.IntN(12) {
	case 0: // cut, and it says so
		return framed(frame[:at]), nil
	case 1: // cut, then silence
		return framed(frame)[:4+at], nil
	case 2: // cut, then the end
		return framed(frame)[:4+at], errHangUp
	case 3, 4, 5: // a few bits
		for range 1 + h.rng.IntN(8) {
			frame[4+h.rng.IntN(len(frame)-4)] ^= 1 << h.rng.IntN(8)
		}
	case 6, 7: // a number beyond reason
		return framed(h.extreme(frame, at)), nil
	case 8: // noise as long as the answer
		for i := 4; i < len(frame); i++ {
			frame[i] = byte(h.rng.Uint32())
		}
	case 9: // bytes that are not due
		frame = slices.Insert(frame, at, before...)
	case 10: // the answer to the question before
		if len(before) > 4 {
			frame = append(frame[:4:4], before[4:]...)
		}
	case 11: // a length beyond reason
		claimed := framed(frame)
		binary.BigEndian.PutUint32(claimed, 1<<31-1)
		return claimed, nil
	}
	return framed(frame), nil
}

// extreme puts a number where counts, lengths, offsets or codes may be.
func (h *hostile) extreme(frame []byte, at int) []byte {
	numbers := []string{
		"\x7f\xff\xff\xff", "\xff\xff\xff\xff", "\x80\x00\x00\x00", "\x00\xff\xff\xff", "\x00\x00\x7f\xff", "\xff\xff",
		"\xff\xff\xff\xff\x0f", "\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "\xff\xff\x7f", "\x7f\xff\xff\xff\xff\xff\xff\xff", "\x00", "\x80",
	}
	copy(frame[at:], numbers[h.rng.IntN(len(numbers))])
	return frame
}

// oversize claims much more than it sends, or sends as much as it claims.
func (h *hostile) oversize(frame []byte) ([]byte, error) {
	switch h.rng.IntN(3) {
	case 0:
		claimed := framed(frame)
		binary.BigEndian.PutUint32(claimed, 100<<20)
		return claimed, nil
	case 1: // zeros: as many empty things as a count may claim
		return framed(append(h.extreme(frame, 4+h.rng.IntN(len(frame)-4)), make([]byte, 4<<20)...)), nil
	}
	many := []byte{0, 0, 0, 0, 0, 0x3f, 0xff, 0xff} // throttle, then a count of 4 million
	return framed(append(append(frame[:4:4], many...), make([]byte, 4<<20)...)), nil
}
