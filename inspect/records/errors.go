package records

import "fmt"

// CorruptBatchError says that the bytes of a batch are not what a broker can
// have written. A consumer stops at the same place, so no number is given for
// what lies behind it.
type CorruptBatchError struct {
	Offset int64  // the position at which a consumer stands when it meets the batch
	Reason string // what is wrong with it, in words
}

// Error names the offset and the reason.
func (e *CorruptBatchError) Error() string {
	return fmt.Sprintf("corrupt batch at offset %d: %s; a consumer stops here too", e.Offset, e.Reason)
}

// TooLargeError says that the records of a batch were not looked at, because
// they are larger than the limit once decompressed. It says nothing against the
// batch: a consumer may well read it.
type TooLargeError struct {
	Offset int64 // the batch's base offset
	Limit  int64 // bytes
}

// Error names the offset and the limit.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("batch at offset %d decompresses to more than %d bytes, the limit", e.Offset, e.Limit)
}

func corrupt(offset int64, format string, args ...any) error {
	return &CorruptBatchError{Offset: offset, Reason: fmt.Sprintf(format, args...)}
}
