package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kofs/kofs/inspect"
	"github.com/kofs/kofs/internal/output"
)

// writeDoc writes a document: indented, or on one line for jsonl.
func (a *app) writeDoc(doc any) error {
	if a.global.format == "jsonl" {
		return output.WriteJSONLine(a.Out, doc)
	}
	return output.WriteJSON(a.Out, doc)
}

// writeCSV writes rows under the names of their fields.
func writeCSV[R any](a *app, rows []R) error {
	var row R
	csv, err := output.NewCSV(a.Out, row, a.OutTerminal)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := csv.Write(row); err != nil {
			return err
		}
	}
	return csv.Flush()
}

// writeTable writes a table as wide as the terminal allows. With -o wide nothing
// is shortened.
func (a *app) writeTable(t output.Table) error { return t.Render(a.Out, a.tableWidth(a.OutWidth)) }

func (a *app) tableWidth(terminal int) int {
	if a.global.isWide() {
		return 0
	}
	return terminal
}

// noGroups is what an empty list may mean.
const noGroups = "no groups: brokers list only those that one may DESCRIBE"

// warn writes one line to stderr, unless the output is JSON: then only the last
// line may be there, and what is warned of stands in the document.
func (a *app) warn(format string, args ...any) {
	if !a.global.isJSON() {
		output.Sentence(a.Err, format, args...)
	}
}

// brokerErrorDoc is a broker that did not answer.
type brokerErrorDoc struct {
	NodeID int32          `json:"node_id"`
	Host   *string        `json:"host"` // null like the port where the cluster knows no address
	Port   *int32         `json:"port"`
	Error  *inspect.Fault `json:"error"`
}

func brokerErrorDocs(faults []inspect.BrokerFault) []brokerErrorDoc {
	docs := []brokerErrorDoc{}
	for _, f := range faults {
		doc := brokerErrorDoc{NodeID: f.Broker.NodeID, Error: f.Fault}
		if f.Broker.Host != "" {
			doc.Host, doc.Port = &f.Broker.Host, &f.Broker.Port
		}
		docs = append(docs, doc)
	}
	return docs
}

func (a *app) warnBrokers(faults []inspect.BrokerFault) {
	for _, f := range faults {
		a.warn("incomplete: %s did not answer: %v", brokerInWords(f.Broker), f.Fault)
	}
}

// brokerInWords is "broker 3 (kafka-3:9092)", or "broker 3" of one that the cluster
// knows no address of.
func brokerInWords(b inspect.Broker) string {
	if b.Host == "" {
		return fmt.Sprintf("broker %d", b.NodeID)
	}
	return fmt.Sprintf("broker %d (%s:%d)", b.NodeID, b.Host, b.Port)
}

// incomplete is how a command ends that showed what it could.
func incomplete(what string) error {
	return &outcomeError{code: exitIncomplete, reason: reasonIncomplete, message: what}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// textOrDash is a text that may be missing or empty.
func textOrDash(s *string) string {
	if s == nil {
		return "-"
	}
	return orDash(*s)
}

func topicID(id *inspect.TopicID) string {
	if id == nil {
		return "-"
	}
	return orDash(id.String())
}

// numberOrDash is a number that may be missing.
func numberOrDash[N int16 | int32 | int64](n *N) string {
	if n == nil {
		return "-"
	}
	return strconv.FormatInt(int64(*n), 10)
}

// partitionsInWords is "orders:0-2,5 payments:3", as --topic takes it back.
func partitionsInWords(list []inspect.TopicPartition) string {
	list = slices.SortedFunc(slices.Values(list), inspect.TopicPartition.Compare)
	var words strings.Builder
	for i := 0; i < len(list); {
		last := i
		for last+1 < len(list) && list[last+1] == (inspect.TopicPartition{Topic: list[i].Topic, Partition: list[last].Partition + 1}) {
			last++
		}
		switch {
		case i > 0 && list[i-1].Topic == list[i].Topic:
			fmt.Fprintf(&words, ",%d", list[i].Partition)
		case i > 0:
			fmt.Fprintf(&words, " %s", list[i])
		default:
			words.WriteString(list[i].String())
		}
		if last > i {
			fmt.Fprintf(&words, "-%d", list[last].Partition)
		}
		i = last + 1
	}
	return words.String()
}
