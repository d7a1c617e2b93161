package cluster

import (
	"errors"
	"fmt"
	"strings"
)

// loginModule is the one entry of a sasl.jaas.config.
type loginModule struct {
	class   string
	options map[string]secret
}

// parseJAAS reads the value of sasl.jaas.config as
// org.apache.kafka.common.security.JaasConfig does:
//
//	class required|requisite|sufficient|optional key="value" ... ;
//
// Errors say what is wrong and where, but show nothing of what stands there:
// with a quote forgotten, a piece of a password looks like a key.
func parseJAAS(text string) (loginModule, error) {
	lexer := &jaasLexer{rest: []rune(text)}
	class := lexer.next()
	if class.kind == jaasEnd {
		return loginModule{}, errors.New("it names no login module")
	}
	module := loginModule{class: class.text, options: map[string]secret{}}
	flag := lexer.next()
	if !class.isText() || !flag.isText() || !isControlFlag(flag.text) {
		return loginModule{}, errors.New("it has to begin with the login module's class and one of required, requisite, sufficient, optional")
	}
	if err := module.readOptions(lexer); err != nil {
		return loginModule{}, err
	}
	if lexer.next().kind != jaasEnd {
		return loginModule{}, errors.New("something follows the semicolon: one login module is wanted, and quotes around every value")
	}
	return module, nil
}

func isControlFlag(text string) bool {
	switch strings.ToUpper(text) {
	case "REQUIRED", "REQUISITE", "SUFFICIENT", "OPTIONAL":
		return true
	}
	return false
}

// readOptions reads key=value pairs up to the semicolon. Of a key given twice
// the last value counts.
func (m loginModule) readOptions(lexer *jaasLexer) error {
	for n := 1; ; n++ {
		key := lexer.next()
		switch {
		case key.kind == ';':
			return nil
		case key.kind == jaasEnd:
			return errors.New(`it does not end with a semicolon, or a quote is missing`)
		case !key.isText() || lexer.next().kind != '=':
			return fmt.Errorf(`option %d is not of the form key="value"`, n)
		}
		value := lexer.next()
		if !value.isText() {
			return fmt.Errorf(`option %d has no value, or one that needs quotes: key="value"`, n)
		}
		m.options[key.text] = secret(value.text)
	}
}

// Kinds of token beside single characters such as '=' and ';'.
const (
	jaasEnd    rune = -1 - iota
	jaasText        // a word or a quoted string
	jaasNumber      // no text, to Java
)

type jaasToken struct {
	kind rune
	text string
}

func (t jaasToken) isText() bool { return t.kind == jaasText }

// jaasLexer is java.io.StreamTokenizer in the setting of JaasConfig: comments of
// both kinds, and of a single slash; words of letters, digits, '.', '-', '_' and
// '$'; a word that begins like a number is one, and has no text.
type jaasLexer struct{ rest []rune }

func (l *jaasLexer) next() jaasToken {
	l.skip()
	if len(l.rest) == 0 {
		return jaasToken{kind: jaasEnd}
	}
	switch first := l.rest[0]; {
	case l.atNumber():
		l.number()
		return jaasToken{kind: jaasNumber}
	case isWord(first) && first != '-':
		return jaasToken{jaasText, l.word()}
	case first == '"' || first == '\'':
		return jaasToken{jaasText, l.quoted()}
	default:
		l.rest = l.rest[1:]
		return jaasToken{kind: first}
	}
}

// skip passes over white space and comments.
func (l *jaasLexer) skip() {
	for len(l.rest) > 0 {
		switch {
		case l.rest[0] <= ' ':
			l.rest = l.rest[1:]
		case l.rest[0] == '/' && len(l.rest) > 1 && l.rest[1] == '*':
			l.skipBlockComment()
		case l.rest[0] == '/':
			for len(l.rest) > 0 && !isLineEnd(l.rest[0]) {
				l.rest = l.rest[1:]
			}
		default:
			return
		}
	}
}

func (l *jaasLexer) skipBlockComment() {
	l.rest = l.rest[2:]
	for len(l.rest) > 1 && (l.rest[0] != '*' || l.rest[1] != '/') {
		l.rest = l.rest[1:]
	}
	l.rest = l.rest[min(2, len(l.rest)):]
}

// atNumber: a digit, or a point or minus with a digit or point behind it. Java
// takes a lone point for the number 0, too.
func (l *jaasLexer) atNumber() bool {
	if l.rest[0] == '-' {
		return len(l.rest) > 1 && isNumeric(l.rest[1])
	}
	return isNumeric(l.rest[0])
}

// number passes over digits with at most one point.
func (l *jaasLexer) number() {
	if l.rest[0] == '-' {
		l.rest = l.rest[1:]
	}
	for points := 0; len(l.rest) > 0 && isNumeric(l.rest[0]); l.rest = l.rest[1:] {
		if l.rest[0] != '.' {
			continue
		}
		if points++; points > 1 {
			return
		}
	}
}

func (l *jaasLexer) word() string {
	end := 0
	for end < len(l.rest) && (isWord(l.rest[end]) || isNumeric(l.rest[end])) {
		end++
	}
	word := string(l.rest[:end])
	l.rest = l.rest[end:]
	return word
}

// quoted reads up to the same quote again or, as Java does, the end of the line.
func (l *jaasLexer) quoted() string {
	quote := l.rest[0]
	var text strings.Builder
	for l.rest = l.rest[1:]; len(l.rest) > 0 && !isLineEnd(l.rest[0]); {
		c := l.rest[0]
		l.rest = l.rest[1:]
		switch {
		case c == quote:
			return text.String()
		case c == '\\' && len(l.rest) > 0:
			text.WriteRune(l.escape())
		default:
			text.WriteRune(c)
		}
	}
	return text.String()
}

// escape reads what follows a backslash: up to three octal digits (\377 at most),
// a letter with a meaning, or a character that stands for itself.
func (l *jaasLexer) escape() rune {
	first := l.rest[0]
	l.rest = l.rest[1:]
	if isOctal(first) {
		return l.octal(first)
	}
	if i := strings.IndexRune("abfnrtv", first); i >= 0 {
		return rune("\a\b\f\n\r\t\v"[i])
	}
	return first
}

func (l *jaasLexer) octal(first rune) rune {
	value, most := first-'0', 2
	if first > '3' {
		most = 1
	}
	for ; most > 0 && len(l.rest) > 0 && isOctal(l.rest[0]); most-- {
		value = value*8 + l.rest[0] - '0'
		l.rest = l.rest[1:]
	}
	return value
}

func isOctal(c rune) bool   { return c >= '0' && c <= '7' }
func isLineEnd(c rune) bool { return c == '\n' || c == '\r' }
func isNumeric(c rune) bool { return c >= '0' && c <= '9' || c == '.' }

func isWord(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 128+32 || c == '-' || c == '_' || c == '$'
}
