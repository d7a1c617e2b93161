package cluster

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

// ParseServers reads a list of bootstrap servers, host:port[,host:port...]. IPv6
// addresses stand in brackets. A scheme, a space inside, an empty entry and a
// missing or impossible port are errors that name the entry.
func ParseServers(list string) ([]string, error) {
	var servers []string
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		if err := checkServer(entry); err != nil {
			return nil, err
		}
		servers = append(servers, entry)
	}
	return servers, nil
}

func checkServer(entry string) error {
	switch {
	case entry == "":
		return fmt.Errorf("an empty bootstrap server: want host:port[,host:port...]")
	case strings.Contains(entry, "://"):
		return fmt.Errorf("bootstrap server %q has a scheme: want host:port, security.protocol says the rest", entry)
	case strings.ContainsAny(entry, " \t\r\n"):
		return fmt.Errorf("bootstrap server %q has a space in it", entry)
	}
	host, port, err := net.SplitHostPort(entry)
	switch {
	case err != nil && strings.Count(entry, ":") > 1 && !strings.HasPrefix(entry, "["):
		return fmt.Errorf("bootstrap server %q: an IPv6 address needs brackets: [::1]:9092", entry)
	case err != nil:
		return fmt.Errorf("bootstrap server %q has no port: want host:port", entry)
	case host == "":
		return fmt.Errorf("bootstrap server %q has no host", entry)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("bootstrap server %q: %q is not a port (1 to 65535)", entry, port)
	}
	return nil
}
