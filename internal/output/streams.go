package output

import (
	"io"
	"os"
	"strconv"

	"golang.org/x/term"
)

// Streams are the three streams of a command, and what is known about them.
// Data goes to Out, everything else to Err.
type Streams struct {
	In  io.Reader
	Out *Output
	Err io.Writer
	Facts
}

// Facts are what a command may know about its streams. A test sets them as it
// likes; [FactsOf] finds them out.
type Facts struct {
	InTerminal, OutTerminal, ErrTerminal bool
	// OutWidth and ErrWidth are in columns. 0 means not known, or no terminal:
	// nothing is shortened then.
	OutWidth, ErrWidth int
	// NoColor takes colour from terminals too: NO_COLOR, TERM=dumb, --no-color.
	NoColor bool
}

// New joins streams and facts. out is wrapped, so that a lost line is noticed.
func New(in io.Reader, out, err io.Writer, facts Facts) *Streams {
	return &Streams{In: in, Out: NewOutput(out), Err: err, Facts: facts}
}

// FactsOf looks at the files and the environment. COLUMNS goes before the width
// that a terminal reports, and says nothing where there is no terminal: what is
// piped is never shortened.
func FactsOf(in, out, err *os.File, getenv func(string) string) Facts {
	f := Facts{
		InTerminal:  isTerminal(in),
		OutTerminal: isTerminal(out),
		ErrTerminal: isTerminal(err),
		NoColor:     getenv("NO_COLOR") != "" || getenv("TERM") == "dumb",
	}
	if f.OutTerminal {
		f.OutWidth = widthOf(out, getenv("COLUMNS"))
	}
	if f.ErrTerminal {
		f.ErrWidth = widthOf(err, getenv("COLUMNS"))
	}
	return f
}

// CanPrompt reports whether a question may be asked. Standard output plays no
// part: it may be a file while somebody sits at the terminal.
func (f Facts) CanPrompt() bool { return f.InTerminal && f.ErrTerminal }

// OutPalette colours what is written to Out, if colour is allowed there.
func (f Facts) OutPalette() Palette { return Palette{on: f.OutTerminal && !f.NoColor} }

// ErrPalette colours what is written to Err, if colour is allowed there.
func (f Facts) ErrPalette() Palette { return Palette{on: f.ErrTerminal && !f.NoColor} }

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

func widthOf(f *os.File, columns string) int {
	if n, err := strconv.Atoi(columns); err == nil && n > 0 {
		return n
	}
	n, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return n
}
