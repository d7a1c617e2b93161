package output

// Style puts colour around a text and leaves its width as it is. nil is no style.
type Style func(string) string

// Palette has the few styles of kofs. Colour only repeats what the text says;
// the zero Palette, without colour, loses nothing.
type Palette struct{ on bool }

// Bold is for the one word that a reader looks for first.
func (p Palette) Bold(s string) string { return p.paint("1", s) }

// Red is for what failed or was refused.
func (p Palette) Red(s string) string { return p.paint("31", s) }

// Yellow is for what deserves a second look before going on.
func (p Palette) Yellow(s string) string { return p.paint("33", s) }

// Dim is for what is there for completeness.
func (p Palette) Dim(s string) string { return p.paint("2", s) }

func (p Palette) paint(sgr, s string) string {
	if !p.on || s == "" {
		return s
	}
	return "\x1b[" + sgr + "m" + s + "\x1b[0m"
}
