package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/kofs/kofs/"

// The rooms and who may know whom: docs/design.md. A room's own packages, the
// standard library and the listed modules are what it may import.
func TestImportsStayInTheirRooms(t *testing.T) {
	rooms := map[string][]string{
		"inspect":            {},
		"inspect/records":    {module + "inspect", "github.com/klauspost/compress", "github.com/pierrec/lz4"},
		"inspect/history":    {module + "inspect", module + "inspect/records"},
		"inspect/explain":    {module + "inspect", module + "inspect/records", module + "inspect/history"},
		"lag":                {module + "inspect"},
		"reset":              {module + "inspect", module + "internal/document"},
		"internal/document":  {},
		"internal/disk":      {"golang.org/x/sys/unix"},
		"internal/export":    {module + "inspect", module + "internal/disk", module + "internal/document"},
		"internal/output":    {"github.com/olekukonko/tablewriter", "github.com/mattn/go-runewidth", "golang.org/x/term"},
		"internal/cluster":   {module + "inspect", module + "reset", "github.com/IBM/sarama", "github.com/rcrowley/go-metrics", "github.com/twmb/franz-go/pkg/kmsg", "github.com/magiconair/properties", "github.com/xdg-go/scram"},
		"internal/schema":    {"github.com/twmb/franz-go/pkg/sr", "github.com/twmb/avro", "github.com/bufbuild/protocompile", "google.golang.org/protobuf"},
		"internal/kafkatest": {"github.com/twmb/franz-go"},
		"internal/demo":      {module + "internal/kafkatest", "golang.org/x/term", "github.com/twmb/franz-go"},
		"internal/bench":     {module + "internal/kafkatest", "github.com/twmb/franz-go", "github.com/klauspost/compress"},
		"cmd/kofs":           {module + "inspect", module + "lag", module + "reset", module + "internal/cluster", module + "internal/disk", module + "internal/export", module + "internal/output", module + "internal/schema", "github.com/spf13"},
	}
	for _, line := range goList(t, "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...") {
		fields := strings.Fields(line)
		room, known := strings.TrimPrefix(fields[0], module), false
		for name, allowed := range rooms {
			if room != name && !strings.HasPrefix(room, name+"/") || name == "inspect" && room != name {
				continue
			}
			known = true
			for _, imported := range fields[1:] {
				if isStandard(imported) || within(imported, module+name) && name != "inspect" || slices.ContainsFunc(allowed, func(a string) bool { return within(imported, a) }) {
					continue
				}
				t.Errorf("%s may not import %s", room, imported)
			}
		}
		if !known {
			t.Errorf("%s is a room that docs/design.md does not know", room)
		}
	}
}

func within(path, parent string) bool { return path == parent || strings.HasPrefix(path, parent+"/") }

func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func goList(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// What tests and the generator of the pages need is not in the program that people install.
func TestBinaryLinksNoTestBroker(t *testing.T) {
	t.Parallel()
	binary := programs(t).kofs
	out, err := exec.Command("go", "version", "-m", binary).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(out), "\n") {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "dep" {
			continue
		}
		for _, unwanted := range []string{"github.com/twmb/franz-go", "github.com/twmb/franz-go/pkg/kfake", "github.com/twmb/franz-go/pkg/kadm", "pgregory.net/rapid", "github.com/rogpeppe/go-internal", "github.com/cpuguy83/go-md2man/v2", "github.com/creack/pty"} {
			if fields[1] == unwanted {
				t.Errorf("the binary links %s", unwanted)
			}
		}
	}
	if !strings.Contains(string(out), "github.com/IBM/sarama") {
		t.Error("the list of modules is empty or of another program")
	}
}
