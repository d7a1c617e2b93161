package explain

import (
	"testing"

	"github.com/kofs/kofs/inspect/records"
)

// All readings count as bytes; a topic's second one is not one of offsets.
func TestReadingsAreAddedUp(t *testing.T) {
	var got records.Progress
	m := meter{tell: func(p records.Progress) { got = p }}
	first := m.topic()
	first(1, records.Progress{Bytes: 10, Records: 1, Offsets: 2})
	first(1, records.Progress{Bytes: 30, Records: 3, Offsets: 5})
	first(2, records.Progress{Bytes: 40, Records: 3, Offsets: 5}) // an answer more than the first reading's last
	second := m.topic()
	second(1, records.Progress{Bytes: 100, Records: 7, Offsets: 7})
	if want := (records.Progress{Bytes: 170, Records: 13, Offsets: 12}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
