package main

import (
	"context"
	"runtime"
	"runtime/debug"

	"github.com/kofs/kofs/internal/output"
	"github.com/spf13/cobra"
)

func newVersionCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Say which kofs this is",
		Long:    "Say which kofs this is, and what it was built with.",
		Example: "  kofs version\n  kofs version -o json",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runVersion(cmd.Context(), a) },
	}
}

type versionDoc struct {
	Schema   string  `json:"schema"`
	Version  string  `json:"version"`
	Revision *string `json:"revision"`
	Go       string  `json:"go"`
}

func runVersion(_ context.Context, a *app) error {
	doc := buildVersion()
	if a.global.isCSV() {
		return usagef("kofs version has no csv form")
	}
	if a.global.isJSON() {
		return a.writeDoc(doc)
	}
	revision := ""
	if doc.Revision != nil {
		revision = " " + *doc.Revision
	}
	return output.Line(a.Out, "kofs %s%s (%s)", doc.Version, revision, doc.Go)
}

func buildVersion() versionDoc {
	doc := versionDoc{Schema: "kofs/version/v1", Version: "(devel)", Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return doc
	}
	if info.Main.Version != "" {
		doc.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			doc.Revision = &s.Value
		}
	}
	return doc
}
