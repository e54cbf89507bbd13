// What the program prints to os.Stdout: it becomes log messages, a line each. Reading os.Stdin gives nothing.

package storm

import (
	"bytes"
	"os"
)

// A line that is longer is logged in parts.
const longestLine = 64 * 1024

// printed stands between os.Stdout and the log. Its methods are called with the outbox locked.
type printed struct {
	r, w  *os.File
	line  []byte // the beginning of a line whose end has not come
	chunk []byte
	logs  []byte // frames that wait to be taken
}

// redirect leads os.Stdout to the log and makes os.Stdin empty, for all who hold them, and gives the files that they were.
func redirect() (input, frames *os.File, p *printed, err error) {
	nothing, err := os.Open(os.DevNull)
	if err != nil {
		return nil, nil, nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, nil, err
	}
	// Who has copied the pointer before, a logger for example, must be redirected too; so the files are exchanged, not the pointers.
	input, frames = new(os.File), new(os.File)
	*input, *os.Stdin = *os.Stdin, *nothing
	*frames, *os.Stdout = *os.Stdout, *w
	return input, frames, &printed{r: r, w: w, chunk: make([]byte, 4096)}, nil
}

// take gives the frames of all that was printed until now.
func (p *printed) take() []byte {
	p.readNow()
	logs := p.logs
	p.logs = nil
	return logs
}

// rest ends a line that has no end. Call take after it.
func (p *printed) rest() {
	p.readNow()
	if len(p.line) > 0 {
		p.logs = appendLog(p.logs, Info, string(p.line))
		p.line = p.line[:0]
	}
}

func (p *printed) add(text []byte) {
	for {
		length := bytes.IndexByte(text, '\n')
		if length < 0 {
			break
		}
		line := bytes.TrimSuffix(append(p.line, text[:length]...), []byte("\r"))
		p.logs = appendLog(p.logs, Info, string(line))
		p.line = p.line[:0]
		text = text[length+1:]
	}
	if p.line = append(p.line, text...); len(p.line) >= longestLine {
		p.logs = appendLog(p.logs, Info, string(p.line))
		p.line = p.line[:0]
	}
}
