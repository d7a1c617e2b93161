package kafkatest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// zookeeper is what Kafka needed beside itself before KRaft.
type zookeeper struct {
	port    int
	dir     string
	running *process
}

// usesZooKeeper is true for versions whose KRaft was only a preview.
func usesZooKeeper(version string) bool { return strings.HasPrefix(version, "2.") }

func (z *zookeeper) logFile() string { return filepath.Join(z.dir, "zookeeper.log") }

// start starts it; brokers wait by themselves until it answers. Its admin server
// is left out, which would take port 8080.
func (z *zookeeper) start(k *Kafka) (err error) {
	if err := os.Mkdir(z.dir, 0o755); err != nil {
		return err
	}
	file := filepath.Join(z.dir, "zookeeper.properties")
	properties := fmt.Sprintf("dataDir=%s\nclientPort=%d\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\ntickTime=3000\n",
		filepath.Join(z.dir, "data"), z.port)
	if err := os.WriteFile(file, []byte(properties), 0o644); err != nil {
		return err
	}
	z.running, err = k.daemon(z.dir, z.logFile(), "org.apache.zookeeper.server.quorum.QuorumPeerMain", file)
	return err
}
