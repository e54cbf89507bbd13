//go:build !unix

package storm

import "time"

// A pipe cannot be asked here whether it has something, so what is printed may be logged a little late.

func (p *printed) readNow() {}

var watched = make(chan struct{})

// watch takes in what is printed.
func (p *printed) watch(o *outbox) {
	defer close(watched)
	chunk := make([]byte, 4096)
	for {
		n, err := p.r.Read(chunk)
		o.mu.Lock()
		p.add(chunk[:n])
		o.write()
		o.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// finish takes in the last of it; a child that has inherited the pipe and keeps it open is not waited for.
func (p *printed) finish(o *outbox) {
	_ = p.w.Close()
	select {
	case <-watched:
	case <-time.After(time.Second):
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	p.rest()
	o.write()
}
