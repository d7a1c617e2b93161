package reset

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
)

// WriteOldOffsets writes the committed offsets that the plan would replace as
// kafka-consumer-groups --reset-offsets --from-file reads them: topic,
// partition, offset, without a header. Partitions without a commit have no line:
// the format cannot say that there was none.
func WriteOldOffsets(w io.Writer, p Plan) error {
	lines := csv.NewWriter(w)
	for _, c := range p.Changes {
		if !c.Writes() || c.CommittedOffset == nil {
			continue
		}
		line := []string{c.Topic, strconv.Itoa(int(c.Partition)), strconv.FormatInt(*c.CommittedOffset, 10)}
		if err := lines.Write(line); err != nil {
			return fmt.Errorf("writing old offsets: %w", err)
		}
	}
	lines.Flush()
	return lines.Error()
}
