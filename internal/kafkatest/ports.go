package kafkatest

import (
	"fmt"
	"net"
)

// freePorts finds n ports of 127.0.0.1 that nobody listens on. Linux gives odd
// ports to bind and even ones to connect, so an odd port is not taken by the
// outgoing connections that a starting cluster makes by the hundred. Somebody
// may still be faster: whoever binds must be ready to try again.
func freePorts(n int) ([]int, error) {
	var ports []int
	for tries := 0; len(ports) < n; tries++ {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("looking for a free port: %w", err)
		}
		// Closed only at the end: a port that is given back may be given out again.
		defer func() { _ = l.Close() }()
		port := l.Addr().(*net.TCPAddr).Port
		if port%2 == 1 || tries > 20*n {
			ports = append(ports, port)
		}
	}
	return ports, nil
}
