package output

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// ErrNoTerminal is the answer to a question that nobody can be asked: standard
// input or standard error is not a terminal. Nothing was written or read.
var ErrNoTerminal = errors.New("standard input and standard error are not both a terminal")

// longestAnswer bounds what is read as one answer; nobody types more by intention.
const longestAnswer = 1024

// Ask writes the question to Err and returns the line that was typed, without
// blanks around it. An end of input before the end of the line is an empty
// answer: half a word is not consent.
//
// When ctx ends, Ask returns at once with its error; a read that waits for the
// terminal cannot be taken back and goes on in the background, so that the next
// line typed is lost. Ask no second question then.
func (s *Streams) Ask(ctx context.Context, question string) (string, error) {
	if !s.CanPrompt() {
		return "", ErrNoTerminal
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if _, err := io.WriteString(s.Err, Safe(question)+" "); err != nil {
		return "", fmt.Errorf("asking: %w", err)
	}
	typed := make(chan answer, 1)
	go func() { typed <- readLine(s.In) }()
	select {
	case a := <-typed:
		return a.line, a.err
	case <-ctx.Done():
		_, _ = io.WriteString(s.Err, "\n") // whatever is said next starts on a line of its own
		return "", ctx.Err()
	}
}

// Confirm asks a question that only "y" or "yes" agrees to; Enter, and anything
// else, declines.
func (s *Streams) Confirm(ctx context.Context, question string) (bool, error) {
	line, err := s.Ask(ctx, question+" [y/N]")
	return err == nil && (line == "y" || line == "yes"), err
}

type answer struct {
	line string
	err  error
}

// readLine takes one byte at a time, so that what is typed ahead stays for the
// next question.
func readLine(r io.Reader) answer {
	var line, one []byte = nil, make([]byte, 1)
	for len(line) <= longestAnswer {
		n, err := r.Read(one)
		switch {
		case n == 1 && one[0] == '\n':
			return answer{line: string(bytes.TrimSpace(line))}
		case n == 1:
			line = append(line, one[0])
		case errors.Is(err, io.EOF):
			return answer{}
		case err != nil:
			return answer{err: fmt.Errorf("reading the answer: %w", err)}
		}
	}
	return answer{err: fmt.Errorf("reading the answer: more than %d bytes without a newline", longestAnswer)}
}
