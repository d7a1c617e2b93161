//go:build integration

package brokers

import (
	"testing"

	"github.com/kofs/kofs/internal/kafkatest"
)

// The documents, as far as they are looked at here.
type (
	groupsDoc struct {
		Incomplete bool        `json:"incomplete"`
		Errors     []brokerDoc `json:"errors"`
		Groups     []struct {
			Group string `json:"group"`
		} `json:"groups"`
	}
	brokerDoc struct {
		NodeID int32    `json:"node_id"`
		Error  faultDoc `json:"error"`
	}
	faultDoc struct {
		Name    *string `json:"name"`
		Message string  `json:"message"`
	}
	lagDoc struct {
		Incomplete bool       `json:"incomplete"`
		Groups     []groupDoc `json:"groups"`
	}
	groupDoc struct {
		Group      string         `json:"group"`
		TotalLag   *int64         `json:"total_lag"`
		Error      *faultDoc      `json:"error"`
		Partitions []partitionDoc `json:"partitions"`
	}
	partitionDoc struct {
		Topic     string    `json:"topic"`
		Partition int32     `json:"partition"`
		Committed *int64    `json:"committed_offset"`
		Lag       *int64    `json:"lag"`
		Error     *faultDoc `json:"error"`
	}
	planDoc struct {
		Changes []struct {
			Topic     string    `json:"topic"`
			Partition int32     `json:"partition"`
			NewOffset *int64    `json:"new_offset"`
			Records   *int64    `json:"records"`
			Error     *faultDoc `json:"error"`
		} `json:"changes"`
	}
	resultDoc struct {
		Partitions []struct {
			Partition int32  `json:"partition"`
			Outcome   string `json:"outcome"`
			NewOffset int64  `json:"new_offset"`
			OldOffset int64  `json:"old_offset"`
		} `json:"partitions"`
	}
)

func decode(t *testing.T, ran kafkatest.Ran, schema string, doc any) {
	t.Helper()
	if err := ran.Document(schema, doc); err != nil {
		t.Fatal(err)
	}
}

func (d lagDoc) group(t *testing.T, name string) groupDoc {
	t.Helper()
	for _, g := range d.Groups {
		if g.Group == name {
			return g
		}
	}
	t.Fatalf("no group %s in %+v", name, d)
	return groupDoc{}
}
