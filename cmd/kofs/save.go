package main

import (
	"errors"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kofs/kofs/internal/export"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// saveOptions say where records are exported to instead of standard output.
type saveOptions struct {
	path   string
	format string
	force  bool
	resume bool
}

// The formats of --save-as.
const (
	saveJSONL  = "jsonl"
	saveCSV    = "csv"
	saveValues = "values"
)

func (o *saveOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.path, "save", "", "write the records to a new `file` instead, which is there whole or not at all")
	f.StringVar(&o.format, "save-as", "", "with --save: `format` jsonl, csv or values, each value followed by a newline (default csv for FILE.csv, else jsonl)")
	f.BoolVar(&o.force, "force", false, "with --save: write over an existing file")
	f.BoolVar(&o.resume, "resume", false, "with --save and the same command line: go on with an export that was interrupted")
}

// validate settles the format. It looks at the file, too: what is in the way is
// said before a connection is opened.
func (o *saveOptions) validate(a *app, r *recordsOptions) error {
	switch {
	case o.path == "" && (o.format != "" || o.force || o.resume):
		return usagef("--save-as, --force and --resume go with --save")
	case o.path == "":
		return r.values.validate(a.global.isData())
	case r.flags.Changed("output") && !a.global.isJSON():
		return &usageError{message: "-o " + a.global.format + " and --save exclude each other: nothing goes to standard output", hint: "--save-as jsonl, csv or values is the format of the file"}
	case o.resume && r.search.last > 0:
		return usagef("--resume cannot go on with --last: what the last records are is known only at the end")
	}
	if o.format == "" {
		o.format = saveJSONL
		if strings.EqualFold(filepath.Ext(o.path), ".csv") {
			o.format = saveCSV
		}
	}
	if !slices.Contains(saveFormats(), o.format) {
		return usagef("--save-as %q is not jsonl, csv or values", o.format)
	}
	if o.format == saveValues && r.includeControl {
		return usagef("--include-control and --save-as values exclude each other: a marker has no value")
	}
	return r.values.validate(o.format != saveValues)
}

func saveFormats() []string { return []string{saveJSONL, saveCSV, saveValues} }

// openExport takes the file for itself, before any connection is opened.
func (a *app) openExport(path string, o export.Options) (*export.File, error) {
	o.Now = a.now
	f, err := export.Open(path, o)
	return f, inTheWay("--save", err)
}

// mayExport looks whether a file could be written, and leaves nothing behind.
func mayExport(path string, force bool) error {
	return inTheWay("--save-skipped", export.Check(path, force))
}

// inTheWay makes a usage error of what is wrong with a path.
func inTheWay(flag string, err error) error {
	var wrong *export.PathError
	if errors.As(err, &wrong) {
		return &usageError{message: flag + ": " + wrong.Message, hint: wrong.Hint}
	}
	return err
}

// settingsOf is what of the command line decides over the content of the file: the
// command's own flags, as far as they were given.
func settingsOf(cmd *cobra.Command, o *recordsOptions, a *app) []export.Setting {
	settings := []export.Setting{
		{Name: "group", Value: o.group},
		{Name: "--isolation-level", Value: a.global.isolation.String()},
		{Name: "--save-as", Value: o.save.format},
	}
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if f.Changed && !slices.Contains([]string{"save", "save-as", "force", "resume", "schema-registry"}, f.Name) && cmd.InheritedFlags().Lookup(f.Name) == nil {
			settings = append(settings, export.Setting{Name: "--" + f.Name, Value: f.Value.String()})
		}
	})
	if o.schemas != nil {
		settings = append(settings, export.Setting{Name: "--schema-registry", Value: o.schemas.url})
	}
	return settings
}

// withoutPassword is s with the password of the URL that it is, or that stands
// behind a flag's =, made unreadable.
func withoutPassword(s string) string {
	flag, address := "", s
	if before, after, ok := strings.Cut(s, "="); ok && strings.HasPrefix(s, "--") {
		flag, address = before+"=", after
	}
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return s
	}
	return flag + u.Redacted()
}

// toResume is the command line that goes on with the export. A password in it is to
// be put in again.
func (a *app) toResume() string {
	words := []string{"kofs"}
	for _, arg := range a.args {
		if arg != "--resume" && arg != "--resume=true" {
			words = append(words, shellQuoted(withoutPassword(arg)))
		}
	}
	return strings.Join(append(words, "--resume"), " ")
}

// shellQuoted is the word as a POSIX shell is given it.
func shellQuoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:,=+@%", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
