package main

import (
	"net"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func commitFault(err *kerr.Error, count int, partitions ...int32) func(*scene) {
	return func(s *scene) {
		f := kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Err: err, Count: count}
		if len(partitions) > 0 {
			f.Topic, f.Partitions = "orders", partitions
		}
		s.fault(f)
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
