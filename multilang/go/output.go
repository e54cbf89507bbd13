// The way out: whole frames, gathered and written together: when the program would wait for input, at 32 KB, and at the latest after a
// millisecond, so that a slow handler holds back nobody's acks.
//
// What was printed goes out before the frames that were gathered meanwhile, so that it stands before the ack of its tuple; but behind
// what was logged before it.

package storm

import (
	"io"
	"sync"
	"time"
)

const (
	flushSize  = 32 * 1024
	flushAfter = time.Millisecond
	largeBuf   = 1024 * 1024
)

const frameEnd = "\nend\n"

// Level of a log message.
type Level int

// Levels, as Storm numbers them.
const (
	Trace Level = iota
	Debug
	Info
	Warn
	Error
)

type outbox struct {
	mu      sync.Mutex
	w       io.Writer
	buf     []byte
	logged  int // the end of the last log message in buf
	timer   *time.Timer
	armed   bool
	printed *printed // nil if nothing is redirected
	broken  func()   // called when nobody reads any more; with mu locked
}

func newOutbox(w io.Writer, broken func()) *outbox {
	o := &outbox{w: w, broken: broken}
	o.timer = time.AfterFunc(time.Hour, o.late)
	o.timer.Stop()
	return o
}

var scratch = sync.Pool{New: func() any { return new([]byte) }}

// send appends one frame, which write makes, and writes it soon. before, if there is one, is called when the frame has got its place.
// If write panics, nothing is sent.
func (o *outbox) send(write func(b []byte) []byte, before func()) {
	frame := scratch.Get().(*[]byte)
	*frame = append(write((*frame)[:0]), frameEnd...)
	o.mu.Lock()
	if before != nil {
		before()
	}
	o.append(*frame)
	o.mu.Unlock()
	if cap(*frame) <= largeBuf {
		scratch.Put(frame)
	}
}

func (o *outbox) append(frame []byte) {
	o.buf = append(o.buf, frame...)
	if len(o.buf) >= flushSize {
		o.write()
	} else if !o.armed {
		o.armed = true
		o.timer.Reset(flushAfter)
	}
}

func (o *outbox) late() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.armed = false
	o.write()
}

// flush writes all that was gathered or printed.
func (o *outbox) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.write()
}

func (o *outbox) write() {
	o.takePrinted()
	if len(o.buf) == 0 {
		return
	}
	_, err := o.w.Write(o.buf)
	o.buf = o.buf[:0]
	o.logged = 0
	if cap(o.buf) > largeBuf {
		o.buf = nil
	}
	if err != nil {
		o.broken()
	}
}

// log keeps the order of what is printed and what is logged.
func (o *outbox) log(level Level, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.takePrinted()
	o.append(appendLog(nil, level, text))
	o.logged = len(o.buf)
}

// takePrinted puts what was printed behind the last log message.
func (o *outbox) takePrinted() {
	if o.printed == nil {
		return
	}
	if logs := o.printed.take(); len(logs) > 0 {
		rest := append(logs, o.buf[o.logged:]...)
		o.buf = append(o.buf[:o.logged], rest...)
		o.logged += len(logs)
	}
}

func appendLog(b []byte, level Level, text string) []byte {
	b = append(b, `{"command":"log","level":`...)
	b = append(b, byte('0'+level))
	b = append(b, `,"msg":`...)
	b = appendString(b, text)
	return append(append(b, '}'), frameEnd...)
}

func appendCommand(b []byte, command string) []byte {
	return append(append(append(b, `{"command":"`...), command...), `"}`...)
}

// appendVerdict writes an ack or a fail.
func appendVerdict(b []byte, command string, id ID) []byte {
	b = append(append(append(b, `{"command":"`...), command...), `","id":`...)
	return append(append(b, id...), '}')
}

// permanent: the tuple that fails next is not tried again. The code may be empty.
func appendError(b []byte, text string, permanent bool, code string) []byte {
	b = appendString(append(b, `{"command":"error","msg":`...), text)
	if permanent {
		b = append(b, `,"permanent":true`...)
	}
	if code != "" {
		b = append(append(append(b, `,"code":"`...), code...), '"')
	}
	return append(b, '}')
}
