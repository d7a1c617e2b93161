package twice

import (
	"context"
	"fmt"
)

// Explain runs `kofs explain GROUP -o json` on the lab's cluster and returns the
// document. The journal that kofs reads is the one that the scenarios' resets
// have written.
func (l *Lab) Explain(ctx context.Context, group string) (Document, error) {
	ran, err := l.Kofs.Run(ctx, "explain", group, "-o", "json")
	if err != nil {
		return Document{}, err
	}
	if ran.Exit != 0 {
		return Document{}, fmt.Errorf("%s", ran)
	}
	var doc Document
	return doc, ran.Document(Schema, &doc)
}

// Judge asks kofs about the group of a truth and holds the answer against it:
// one row of the table.
func (l *Lab) Judge(ctx context.Context, t Truth) (Row, error) {
	doc, err := l.Explain(ctx, t.Group)
	return Row{Truth: t, Verdict: Check(t, doc.Windows)}, err
}
