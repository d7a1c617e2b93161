package twice

import (
	"encoding/json"
	"testing"
)

// The document as the contract with users has it.
const contract = `{"schema":"kofs/explain/v1","cluster_id":"c","group":"billing","at":"2026-11-22T20:30:00.000Z","history_source":"offset_log","history_complete_since":null,"cannot_see":[],
 "windows":[{"cause":"crash","confidence":"likely","topic":"orders","partition":0,"at":"2026-11-22T20:24:32.485Z","from_offset":125,"until_offset":250,"likely_until_offset":160,
   "records_at_most":125,"records_likely":35,"records":null,"exact":false,"journal_id":null,"evidence":["e"],"advice":["a"]}],
 "exposure":{"commit_interval_ms":5000,"auto_commit":"likely","partitions":[{"topic":"orders","partition":0,"records_likely":40}]}}`

func TestDocumentIsTheContracts(t *testing.T) {
	var doc Document
	if err := json.Unmarshal([]byte(contract), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Schema != Schema || doc.Group != "billing" || len(doc.Windows) != 1 {
		t.Fatalf("%+v", doc)
	}
	w := doc.Windows[0]
	if got, want := w.String(), "crash (likely) orders:0 [125, 250) likely until 160"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if w.Records != nil || *w.RecordsAtMost != 125 || *w.RecordsLikely != 35 || w.At.Second() != 32 || !w.claims() {
		t.Errorf("%+v", w)
	}
}
