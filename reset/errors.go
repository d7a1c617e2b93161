package reset

import "errors"

// ErrNotSent says that a write certainly did not leave this machine.
var ErrNotSent = errors.New("not sent")
