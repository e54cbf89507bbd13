// The way in: bytes → frames → messages, read by a goroutine of its own, so that reading and handling overlap.
//
// What waits is bounded, but while somebody waits for task ids reading goes on: their list may stand behind tuples.
// A list of task ids goes to the one who has waited longest; a list that nobody waits for is dropped.

package storm

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

const (
	readSize   = 64 * 1024
	maxWaiting = 1024
)

// message is one message of the parent: a tuple, a command, or the handshake.
type message struct {
	tuple     *Tuple
	command   string
	id        ID
	handshake map[string]any
	values    [][]any // the answer to a question for values of a state, which is not nil then
}

type inbox struct {
	mu       sync.Mutex
	changed  *sync.Cond
	messages []message
	askers   []chan []int
	asking   []chan [][]any // for values of a state
	ended    bool
	err      error // what the parent sent instead of a message
}

func newInbox() *inbox {
	in := &inbox{}
	in.changed = sync.NewCond(&in.mu)
	return in
}

// take waits for messages and exchanges them for the slice that is handed in, which is used again; none are left when it gives none.
// beforeWait is called when there are none yet.
func (in *inbox) take(used []message, beforeWait func()) []message {
	for i := range used {
		used[i] = message{}
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.messages) == 0 {
		in.mu.Unlock()
		beforeWait()
		in.mu.Lock()
	}
	for len(in.messages) == 0 && !in.ended {
		in.changed.Wait()
	}
	messages := in.messages
	in.messages = used[:0]
	in.changed.Broadcast()
	return messages
}

// ask gives a channel that gets the next list of task ids that is not another's. It is closed when the input ends.
func (in *inbox) ask() <-chan []int {
	in.mu.Lock()
	defer in.mu.Unlock()
	ids := make(chan []int, 1)
	if in.ended {
		close(ids)
		return ids
	}
	in.askers = append(in.askers, ids)
	in.changed.Broadcast()
	return ids
}

// askValues gives a channel that gets the next values of a state that are not another's. It is closed when the input ends.
func (in *inbox) askValues() <-chan [][]any {
	in.mu.Lock()
	defer in.mu.Unlock()
	values := make(chan [][]any, 1)
	if in.ended {
		close(values)
		return values
	}
	in.asking = append(in.asking, values)
	in.changed.Broadcast()
	return values
}

func (in *inbox) answerValues(values [][]any) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.asking) > 0 {
		in.asking[0] <- values
		in.asking = in.asking[1:]
	}
}

func (in *inbox) answer(ids []int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.askers) > 0 {
		in.askers[0] <- ids
		in.askers = in.askers[1:]
	}
}

func (in *inbox) put(messages []message) {
	if len(messages) == 0 {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.messages = append(in.messages, messages...)
	in.changed.Broadcast()
	for len(in.messages) >= maxWaiting && len(in.askers)+len(in.asking) == 0 {
		in.changed.Wait()
	}
}

func (in *inbox) end(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.ended = true
	in.err = err
	for _, asker := range in.askers {
		close(asker)
	}
	for _, asker := range in.asking {
		close(asker)
	}
	in.askers, in.asking = nil, nil
	in.changed.Broadcast()
}

// read takes in all that comes. Part of a frame at the end is dropped.
func (in *inbox) read(r io.Reader, rt *runtime) {
	frames := framer{buf: make([]byte, readSize)}
	parse := parser{rt: rt}
	var batch []message
	for {
		err := frames.fill(r)
		batch = batch[:0]
		for frame, ok := frames.next(); ok; frame, ok = frames.next() {
			m, ids, problem := parse.message(frame)
			if problem != nil {
				in.put(batch)
				in.end(fmt.Errorf("storm: the parent sent something that is not a message (%w): %.200s", problem, frame))
				return
			}
			switch {
			case ids != nil:
				in.answer(ids)
			case m.values != nil:
				in.answerValues(m.values)
			default:
				batch = append(batch, m)
			}
		}
		in.put(batch)
		if err != nil {
			in.end(nil)
			return
		}
	}
}

// framer cuts bytes into frames: what stands before a line `end`, which may end in \r\n. A frame may have many lines; empty ones are skipped.
type framer struct {
	buf      []byte
	start    int // of the frame
	searched int // up to here there is no end of it
	end      int // of what was read
}

// fill reads once, and makes room before.
func (f *framer) fill(r io.Reader) error {
	if f.start > 0 {
		f.end = copy(f.buf, f.buf[f.start:f.end])
		f.searched -= f.start
		f.start = 0
	}
	if f.end == len(f.buf) {
		f.buf = append(f.buf, make([]byte, len(f.buf))...)
	} else if f.end == 0 && len(f.buf) > 16*readSize {
		f.buf = make([]byte, readSize)
	}
	n, err := r.Read(f.buf[f.end:])
	f.end += n
	return err
}

// next gives the next whole frame, valid until the buffer is filled again.
func (f *framer) next() ([]byte, bool) {
	for f.searched < f.end {
		length := bytes.IndexByte(f.buf[f.searched:f.end], '\n')
		if length < 0 {
			return nil, false
		}
		line := f.searched
		f.searched += length + 1
		if !isEnd(f.buf[line : line+length]) {
			continue
		}
		frame := bytes.TrimSpace(f.buf[f.start:line])
		f.start = f.searched
		if len(frame) > 0 {
			return frame, true
		}
	}
	return nil, false
}

func isEnd(line []byte) bool {
	if n := len(line); n == 4 && line[3] == '\r' {
		line = line[:3]
	}
	return len(line) == 3 && line[0] == 'e' && line[1] == 'n' && line[2] == 'd'
}

// parser makes messages of frames. Names that come again and again are kept.
type parser struct {
	rt        *runtime
	component string
	stream    string
	command   string
}

// message gives either a message or a list of task ids, which is not nil then.
func (p *parser) message(frame []byte) (m message, ids []int, err error) {
	s := &scanner{b: frame}
	if s.peek() == '[' {
		ids, err = taskIDs(s)
		return m, ids, err
	}
	var t *Tuple
	err = s.object(func(key []byte) error {
		switch string(key) {
		case "tuple":
			if t == nil {
				t = &Tuple{}
			}
			t.Values, err = s.array(t.small[:0])
			return err
		case "id":
			m.id, err = scanID(s)
			return err
		case "comp", "stream", "task":
			if t == nil {
				t = &Tuple{}
			}
			return p.origin(s, t, key[0], key[1])
		case "command":
			m.command, err = p.name(s, &p.command)
			return err
		}
		value, err := s.value()
		if answers, ok := value.([]any); ok && string(key) == "values" {
			m.values = make([][]any, len(answers))
			for i, answer := range answers {
				m.values[i] = array(answer)
			}
		}
		if name := string(key); err == nil && (name == "conf" || name == "context" || name == "pidDir") {
			if m.handshake == nil {
				m.handshake = map[string]any{}
			}
			m.handshake[name] = value
		}
		return err
	})
	if err == nil {
		err = s.end()
	}
	if t != nil {
		t.ID = m.id
		t.out = Collector{reporter: reporter{p.rt}, anchor: t}
		m.tuple = t
	}
	return m, nil, err
}

func (p *parser) origin(s *scanner, t *Tuple, first, second byte) (err error) {
	switch {
	case first == 'c':
		t.Component, err = p.name(s, &p.component)
	case second == 't':
		t.Stream, err = p.name(s, &p.stream)
	default:
		var task any
		task, err = s.value()
		number, _ := asInt(task)
		t.Task = int(number)
	}
	return err
}

// name reads a text, or null as an empty one.
func (p *parser) name(s *scanner, last *string) (string, error) {
	if s.peek() == 'n' {
		return "", s.word("null")
	}
	raw, err := s.raw()
	if err == nil && string(raw) != *last {
		*last = string(raw)
	}
	return *last, err
}

// scanID keeps the type of an id, and writes it in one way, so that ids can be compared.
func scanID(s *scanner) (ID, error) {
	s.peek()
	start := s.i
	value, err := s.value()
	if err != nil {
		return "", err
	}
	if text, ok := value.(string); ok && len(text)+2 == s.i-start {
		return ID(s.b[start:s.i]), nil
	}
	raw, err := appendValue(nil, value)
	return ID(raw), err
}

func taskIDs(s *scanner) ([]int, error) {
	values, err := s.array(nil)
	if err == nil {
		err = s.end()
	}
	ids := make([]int, 0, len(values))
	for _, value := range values {
		id, ok := asInt(value)
		if !ok && err == nil {
			err = fmt.Errorf("%v is not a task id", value)
		}
		ids = append(ids, int(id))
	}
	return ids, err
}
