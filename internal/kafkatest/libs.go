package kafkatest

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// KafkaVersion is the version of Apache Kafka that tests run against unless
// they ask for another.
const KafkaVersion = "4.3.1"

// KafkaVersions are all versions that tests run against, newest first: one with
// every type of group, the last 3.x, which by default has classic groups only,
// and one with ZooKeeper, the oldest that kofs promises to work with.
func KafkaVersions() []string { return []string{KafkaVersion, "3.9.1", "2.8.2"} }

//go:embed pom.xml
var pom []byte

// Libs fetches Kafka's jars with mvn, once, and returns their folder in the
// project's cache. Several processes may do so at the same time: each fetches
// into a folder of its own and the first to finish gives it its name.
func Libs(ctx context.Context, version string) (string, error) {
	return cached(filepath.Join("kafka", version), digest(pom), func(dir string) error {
		return fetchLibs(ctx, version, dir)
	})
}

func fetchLibs(ctx context.Context, version, dir string) error {
	file := filepath.Join(dir, "pom.xml")
	if err := os.WriteFile(file, pom, 0o644); err != nil {
		return err
	}
	args := []string{"-q", "-B", "-f", file, "-Dkafka=" + version}
	if strings.HasPrefix(version, "4.") {
		args = append(args, "-Plog4j2")
	}
	args = append(args, "dependency:copy-dependencies", "-DoutputDirectory="+dir)
	out, err := exec.CommandContext(ctx, "mvn", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("fetching Kafka %s with mvn: %w\n%s", version, err, tail(out))
	}
	return nil
}

// cached returns the folder of that name in the cache. It is filled first
// unless it carries the mark, which is written last: a folder with the right
// mark is complete.
func cached(name, mark string, fill func(dir string) error) (string, error) {
	root, err := cacheRoot()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, name)
	marker := filepath.Join(dir, "complete")
	if got, err := os.ReadFile(marker); err == nil && string(got) == mark {
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(filepath.Dir(dir), ".filling-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(work) }()
	if err := fill(work); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(work, "complete"), []byte(mark), 0o644); err != nil {
		return "", err
	}
	return dir, install(work, dir, marker, mark)
}

// install gives a filled folder its name; one that another process installed
// meanwhile is as good.
func install(work, dir, marker, mark string) error {
	if got, err := os.ReadFile(marker); err == nil && string(got) == mark {
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	err := os.Rename(work, dir)
	if got, readErr := os.ReadFile(marker); readErr == nil && string(got) == mark {
		return nil
	}
	return err
}

// cacheRoot is KOFS_TEST_CACHE, or .cache beside the project's go.mod.
func cacheRoot() (string, error) {
	if dir := os.Getenv("KOFS_TEST_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	root, err := ProjectRoot()
	return filepath.Join(root, ".cache"), err
}

// ProjectRoot is the nearest folder with a go.mod, from the working folder up.
func ProjectRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); !errors.Is(err, fs.ErrNotExist) {
			return dir, err
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod above the working folder: the cache has no place; set KOFS_TEST_CACHE")
		}
		dir = filepath.Dir(dir)
	}
}

func digest(parts ...[]byte) string {
	h := sha256.New()
	for _, part := range parts {
		h.Write(part)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

// tail is the end of a log, enough to see why something failed.
func tail(log []byte) string {
	const most = 4000
	return string(log[max(0, len(log)-most):])
}
