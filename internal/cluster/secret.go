package cluster

import "fmt"

// secret is a text that %v, %s and %#v do not show.
type secret string

// String hides the secret.
func (secret) String() string { return "(not shown)" }

// GoString hides the secret.
func (s secret) GoString() string { return s.String() }

// String is the login without its password. Package fmt reads unexported fields
// without asking them how they want to be shown, so the struct has to say it.
func (l Login) String() string { return fmt.Sprintf("%s as %q", l.Mechanism, l.Username) }

// GoString hides the password from %#v.
func (l Login) GoString() string { return l.String() }
