// JSON, read by hand, as it is hot: what is read refers to nothing in the buffer that it was read from, and integers keep their value
// up to 64 bits. encoding/json does what is rare.

package storm

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

const maxDepth = 1000

var errSyntax = errors.New("malformed JSON")

// scanner reads one JSON text.
type scanner struct {
	b     []byte
	i     int
	depth int
}

func parseJSON(b []byte) (any, error) {
	s := scanner{b: b}
	value, err := s.value()
	if err == nil {
		err = s.end()
	}
	return value, err
}

// peek skips white space and gives the next byte; 0 at the end.
func (s *scanner) peek() byte {
	for s.i < len(s.b) {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\r', '\n':
			s.i++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) end() error {
	if s.peek(); s.i < len(s.b) {
		return errSyntax
	}
	return nil
}

func (s *scanner) expect(c byte) error {
	if s.peek() != c {
		return errSyntax
	}
	s.i++
	return nil
}

func (s *scanner) value() (any, error) {
	switch s.peek() {
	case '"':
		return s.str()
	case '[':
		return s.array(nil)
	case '{':
		members := map[string]any{}
		err := s.object(func(key []byte) error {
			name := string(key)
			value, err := s.value()
			members[name] = value
			return err
		})
		return members, err
	case 't':
		return true, s.word("true")
	case 'f':
		return false, s.word("false")
	case 'n':
		return nil, s.word("null")
	default:
		return s.number()
	}
}

func (s *scanner) word(word string) error {
	if !bytes.HasPrefix(s.b[s.i:], []byte(word)) {
		return errSyntax
	}
	s.i += len(word)
	return nil
}

func (s *scanner) enter(c byte) error {
	if s.depth++; s.depth > maxDepth {
		return errors.New("JSON is nested too deeply")
	}
	return s.expect(c)
}

// array reads into a slice that may have room.
func (s *scanner) array(into []any) ([]any, error) {
	if err := s.enter('['); err != nil {
		return nil, err
	}
	if into == nil {
		into = []any{}
	}
	for s.peek() != ']' {
		if len(into) > 0 {
			if err := s.expect(','); err != nil {
				return nil, err
			}
		}
		value, err := s.value()
		if err != nil {
			return nil, err
		}
		into = append(into, value)
	}
	s.i++
	s.depth--
	return into, nil
}

// object calls member at each value; the key is valid until the value is read.
func (s *scanner) object(member func(key []byte) error) error {
	if err := s.enter('{'); err != nil {
		return err
	}
	for first := true; s.peek() != '}'; first = false {
		if !first {
			if err := s.expect(','); err != nil {
				return err
			}
		}
		key, err := s.raw()
		if err != nil {
			return err
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		if err := member(key); err != nil {
			return err
		}
	}
	s.i++
	s.depth--
	return nil
}

// raw gives the bytes of a string, which are a part of the buffer if nothing in it is escaped.
func (s *scanner) raw() ([]byte, error) {
	if err := s.expect('"'); err != nil {
		return nil, err
	}
	for start := s.i; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '"':
			s.i++
			return s.b[start : s.i-1], nil
		case c == '\\':
			return s.escaped(start - 1)
		case c < ' ':
			return nil, errSyntax
		}
	}
	return nil, errSyntax
}

func (s *scanner) escaped(start int) ([]byte, error) {
	for ; s.i < len(s.b); s.i++ {
		switch s.b[s.i] {
		case '\\':
			s.i++
		case '"':
			s.i++
			var text string
			err := json.Unmarshal(s.b[start:s.i], &text)
			return []byte(text), err
		}
	}
	return nil, errSyntax
}

func (s *scanner) str() (string, error) {
	raw, err := s.raw()
	return string(raw), err
}

func (s *scanner) digits() int {
	start := s.i
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		s.i++
	}
	return s.i - start
}

func (s *scanner) at(chars string) bool {
	return s.i < len(s.b) && strings.IndexByte(chars, s.b[s.i]) >= 0
}

func (s *scanner) number() (any, error) {
	start := s.i
	if s.at("-") {
		s.i++
	}
	whole := s.i
	if n := s.digits(); n == 0 || (n > 1 && s.b[whole] == '0') {
		return nil, errSyntax
	}
	integer := true
	if s.at(".") {
		integer = false
		s.i++
		if s.digits() == 0 {
			return nil, errSyntax
		}
	}
	if s.at("eE") {
		integer = false
		s.i++
		if s.at("+-") {
			s.i++
		}
		if s.digits() == 0 {
			return nil, errSyntax
		}
	}
	return number(s.b[start:s.i], integer), nil
}

func number(digits []byte, integer bool) any {
	if integer && len(digits) <= 18 && !(digits[0] == '-' && digits[1] == '0') {
		var n int64
		for _, c := range digits {
			if c != '-' {
				n = n*10 + int64(c-'0')
			}
		}
		if digits[0] == '-' {
			n = -n
		}
		return n
	}
	text := string(digits)
	if integer && text != "-0" {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
		if n, err := strconv.ParseUint(text, 10, 64); err == nil {
			return n
		}
		return json.Number(text)
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return f
	}
	return json.Number(text)
}
