//go:build unix

package storm

import "syscall"

// readNow takes in what has been printed, and waits for nothing.
func (p *printed) readNow() {
	if pipe, err := p.r.SyscallConn(); err == nil {
		_ = pipe.Control(func(fd uintptr) { p.drain(fd) })
	}
}

// drain says whether everybody has closed the other end.
func (p *printed) drain(fd uintptr) (closed bool) {
	for {
		n, err := syscall.Read(int(fd), p.chunk)
		if err == syscall.EINTR {
			continue
		}
		if n <= 0 {
			return n == 0
		}
		p.add(p.chunk[:n])
	}
}

// watch takes in what is printed while nobody asks for it, or a full pipe would stop who prints. It never reads but with the lock, so
// that nothing is on its way when somebody else looks.
func (p *printed) watch(o *outbox) {
	pipe, err := p.r.SyscallConn()
	if err != nil {
		return
	}
	_ = pipe.Read(func(fd uintptr) bool {
		o.mu.Lock()
		defer o.mu.Unlock()
		closed := p.drain(fd)
		o.write()
		return closed
	})
}

// finish takes in the last of it.
func (p *printed) finish(o *outbox) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p.rest()
	o.write()
}
