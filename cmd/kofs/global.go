package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/cluster"
	"github.com/spf13/pflag"
)

// globalOptions are the flags of every command.
type globalOptions struct {
	servers       string
	commandConfig string
	format        string
	timeoutText   string
	isolationText string
	noColor       bool
	quiet         bool
	verbose       bool

	allowPlaintextPassword bool

	timeout         time.Duration
	isolation       inspect.Isolation
	isolationChosen bool
}

func (o *globalOptions) addFlags(f *pflag.FlagSet) {
	f.StringVarP(&o.servers, "bootstrap-server", "b", "", "`host:port` of a broker to start from, or several with commas (KOFS_BOOTSTRAP_SERVER)")
	f.StringVar(&o.commandConfig, "command-config", "", "a Java client .properties `file`, as kafka-consumer-groups takes it (KOFS_COMMAND_CONFIG)")
	f.BoolVar(&o.allowPlaintextPassword, "allow-plaintext-password", false, "log in with PLAIN although the connection is not encrypted")
	f.StringVarP(&o.format, "output", "o", "", "output `format`: table, wide, json, jsonl or csv (KOFS_OUTPUT; default table)")
	f.StringVar(&o.timeoutText, "timeout", "", "`duration` for connecting and for each phase of the work (KOFS_TIMEOUT; default 30s)")
	f.StringVar(&o.isolationText, "isolation-level", "", "what \"the end\" and \"a record\" mean, `level`: read_uncommitted or read_committed (default read_uncommitted)")
	f.BoolVar(&o.noColor, "no-color", false, "no colour, also on a terminal (NO_COLOR)")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "list the requests sent, on stderr")
}

// validate reads the values, those of the environment where no flag was given.
func (o *globalOptions) validate(getenv func(string) string) error {
	o.format = firstOf(o.format, getenv("KOFS_OUTPUT"), "table")
	if !slices.Contains(formats(), o.format) && o.format != kafkaCSV {
		return usagef("output format %q is not table, wide, json, jsonl or csv", o.format)
	}
	var err error
	if o.timeout, err = parseTimeout(firstOf(o.timeoutText, getenv("KOFS_TIMEOUT"), "30s")); err != nil {
		return err
	}
	o.isolationChosen = o.isolationText != ""
	if o.isolation, err = inspect.ParseIsolation(firstOf(o.isolationText, "read_uncommitted")); err != nil {
		return usagef("--isolation-level %v", err)
	}
	return nil
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func parseTimeout(s string) (time.Duration, error) {
	if regexp.MustCompile(`^[0-9]+$`).MatchString(s) {
		return 0, &usageError{message: fmt.Sprintf("timeout %q has no unit", s), hint: fmt.Sprintf("--timeout %ss for seconds, --timeout %sms for milliseconds", s, s)}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, usagef("timeout %q is not a duration above zero such as 30s or 2m", s)
	}
	return d, nil
}

// kafkaCSV is the format of kafka-consumer-groups --export, which only the commands
// that keep offsets know.
const kafkaCSV = "kafka-csv"

// withKafkaCSV marks a command that knows the format.
func withKafkaCSV(annotations map[string]string) map[string]string {
	annotations[kafkaCSV] = "yes"
	return annotations
}

// formats are the values of --output.
func formats() []string { return []string{"table", "wide", "json", "jsonl", "csv"} }

func (o *globalOptions) isJSON() bool { return o.format == "json" || o.format == "jsonl" }

func (o *globalOptions) isCSV() bool { return o.format == "csv" }

func (o *globalOptions) isWide() bool { return o.format == "wide" }

// isData reports whether stdout is for a program, so that no word for people may
// be there.
func (o *globalOptions) isData() bool { return o.isJSON() || o.isCSV() }

// source is where servers and credentials come from.
type source struct {
	servers []string
	config  cluster.Config
}

// source finds the one place that names the servers: -b, which leaves the
// environment aside for the credentials too; else the environment; else
// bootstrap.servers in the properties file.
func (o *globalOptions) source(getenv func(string) string) (source, error) {
	file := o.commandConfig
	if o.servers == "" && file == "" {
		file = getenv("KOFS_COMMAND_CONFIG")
	}
	var s source
	var err error
	if file != "" {
		if s.config, err = cluster.LoadConfig(file); err != nil {
			return source{}, usagef("--command-config: %v", err)
		}
		if s.config.BaresPassword() && !o.allowPlaintextPassword {
			return source{}, &usageError{message: fmt.Sprintf("--command-config: %s: %v", file, cluster.ErrPlaintextPassword), hint: "security.protocol=SASL_SSL or a SCRAM mechanism; or --allow-plaintext-password"}
		}
	}
	list := firstOf(o.servers, getenv("KOFS_BOOTSTRAP_SERVER"), strings.Join(s.config.Servers, ","))
	if list == "" {
		return source{}, &usageError{message: "no bootstrap server named", hint: "-b host:port, or export KOFS_BOOTSTRAP_SERVER=host:port"}
	}
	if s.servers, err = cluster.ParseServers(list); err != nil {
		return source{}, usagef("--bootstrap-server: %v", err)
	}
	return s, nil
}
