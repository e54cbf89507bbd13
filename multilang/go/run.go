// The loop of a program: the handshake, then one message after the other until the input ends.

package storm

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"syscall"
)

// component is what all kinds of bolts and spouts are to the loop.
type component interface {
	prepare(rt *runtime) error
	handle(m *message)
	// can is what Typhoon may do beyond Storm's protocol, or "".
	can() string
	// user is what the optional interfaces are looked for in.
	user() any
}

// runtime is one running component.
type runtime struct {
	in     *inbox
	out    *outbox
	ctx    *Context
	byHand bool
	quit   func() // ends the program in good order, from wherever
}

func run(c component) {
	var err error
	if options := handOptions(os.Args[1:]); options.wanted || isTerminal(os.Stdin) {
		err = runByHand(c, options, os.Stdin, os.Stdout)
	} else {
		err = runAsChild(c)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runAsChild(c component) error {
	if serializer := os.Getenv("TYPHOON_SERIALIZER"); serializer != "" && serializer != "json" {
		return fmt.Errorf("storm: the topology asks for %s; this package knows json only", serializer)
	}
	input, frames, printed, err := redirect()
	if err != nil {
		return fmt.Errorf("storm: cannot redirect the standard input and output: %w", err)
	}
	// The death of the parent must not become a death by a signal here: the write fails, and the program ends.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	rt := newRuntime(frames)
	rt.out.printed = printed
	rt.quit = func() {
		printed.finish(rt.out)
		os.Exit(0)
	}
	go printed.watch(rt.out)
	err = rt.serve(c, input)
	printed.finish(rt.out)
	return err
}

func newRuntime(w io.Writer) *runtime {
	rt := &runtime{in: newInbox()}
	rt.out = newOutbox(w, func() { os.Exit(0) })
	return rt
}

// serve runs a component to the end of its input, and flushes. The error is one that the program must end with.
func (rt *runtime) serve(c component, r io.Reader) error {
	go rt.in.read(r, rt)
	defer rt.out.flush()
	messages := rt.in.take(nil, rt.out.flush)
	if len(messages) == 0 {
		return rt.in.err
	}
	if messages[0].handshake == nil {
		return errors.New("storm: the first message of the parent is not a handshake")
	}
	if err := rt.greet(c, messages[0].handshake); err != nil {
		return err
	}
	if err := guard(func() error { return c.prepare(rt) }); err != nil {
		rt.reportError(err)
		return fmt.Errorf("storm: %s cannot be prepared: %w", rt.ctx.Component, err)
	}
	messages[0] = message{}
	for first := 1; len(messages) > 0; first = 0 {
		for i := range messages[first:] {
			c.handle(&messages[first:][i])
		}
		messages = rt.in.take(messages, rt.out.flush)
	}
	if cleaner, ok := c.user().(Cleaner); ok {
		if err := guard(func() error { cleaner.Cleanup(); return nil }); err != nil {
			rt.reportError(err)
		}
	}
	return rt.in.err
}

func (rt *runtime) greet(c component, handshake map[string]any) error {
	rt.ctx = newContext(handshake)
	pid := os.Getpid()
	if folder := text(handshake["pidDir"]); folder != "" {
		file, err := os.Create(filepath.Join(folder, strconv.Itoa(pid)))
		if err != nil {
			return fmt.Errorf("storm: cannot write the file of the process id: %w", err)
		}
		_ = file.Close()
	}
	rt.out.send(func(b []byte) []byte {
		b = strconv.AppendInt(append(b, `{"pid":`...), int64(pid), 10)
		if can := c.can(); rt.ctx.TyphoonVersion != "" && can != "" {
			b = append(append(append(b, `,"`...), can...), `":true`...)
		}
		return append(b, '}')
	}, nil)
	rt.out.flush()
	return nil
}

// guard makes an error of a panic.
func guard(call func() error) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			if cause, ok := reason.(error); ok {
				err = fmt.Errorf("panic: %w\n%s", cause, debug.Stack())
			} else {
				err = fmt.Errorf("panic: %v\n%s", reason, debug.Stack())
			}
		}
	}()
	return call()
}

// boltRunner is what the three kinds of bolts have in common: the tuples that are the runtime's own.
type boltRunner struct {
	rt   *runtime
	bolt any
	// each handles a tuple; rest, if there is one, what waits.
	each func(t *Tuple)
	rest func()
	// free anchors to nothing.
	free *Collector
}

func (r *boltRunner) user() any { return r.bolt }

func (r *boltRunner) can() string {
	if _, handles := r.bolt.(EndOfInputHandler); handles || r.rest != nil {
		return "end_of_input"
	}
	return ""
}

func (r *boltRunner) prepare(rt *runtime) error {
	r.rt = rt
	r.free = &Collector{reporter: reporter{rt}}
	if preparer, ok := r.bolt.(Preparer); ok {
		return preparer.Prepare(rt.ctx, r.free)
	}
	return nil
}

func (r *boltRunner) handle(m *message) {
	switch t := m.tuple; {
	case t == nil: // a command is for spouts
	case t.isHeartbeat():
		// Answered here and not by the reader: a handler that hangs must be seen.
		r.rt.out.send(func(b []byte) []byte { return appendCommand(b, "sync") }, nil)
	case t.isTick():
		r.system(t, func() error {
			if handler, ok := r.bolt.(TickHandler); ok {
				return handler.Tick(t, r.free)
			}
			return nil
		})
	case t.isEndOfInput():
		r.system(t, func() error {
			if handler, ok := r.bolt.(EndOfInputHandler); ok {
				return handler.EndOfInput(r.free)
			}
			return nil
		})
	default:
		r.each(t)
	}
}

func (r *boltRunner) system(t *Tuple, call func() error) {
	if r.rest != nil {
		r.rest()
	}
	r.finish(guard(call), t)
}

// finish acks, or reports the error and fails.
func (r *boltRunner) finish(err error, tuples ...*Tuple) {
	command := "ack"
	if err != nil {
		r.rt.reportError(err)
		command = "fail"
	}
	for _, t := range tuples {
		r.rt.verdict(command, t)
	}
}

func newBasic(bolt BasicBolt) component {
	r := &boltRunner{bolt: bolt}
	r.each = func(t *Tuple) {
		r.finish(guard(func() error { return bolt.Execute(t, &t.out) }), t)
	}
	return r
}

func newRich(bolt RichBolt) component {
	r := &boltRunner{bolt: bolt}
	r.each = func(t *Tuple) {
		if err := guard(func() error { return bolt.Execute(t) }); err != nil {
			r.finish(err, t)
		}
	}
	return r
}

func newBatch(size int, bolt BatchBolt) component {
	if size < 1 {
		panic("storm: a batch has at least one tuple")
	}
	var group []*Tuple
	r := &boltRunner{bolt: bolt}
	r.rest = func() {
		if len(group) == 0 {
			return
		}
		// The bolt may keep the group.
		now := group
		group = nil
		out := &Collector{reporter: reporter{r.rt}, anchors: now}
		r.finish(guard(func() error { return bolt.ExecuteBatch(now, out) }), now...)
	}
	r.each = func(t *Tuple) {
		if group = append(group, t); len(group) >= size {
			r.rest()
		}
	}
	return r
}

// spoutRunner answers every command with a sync.
type spoutRunner struct {
	rt    *runtime
	spout Spout
}

func (r *spoutRunner) user() any { return r.spout }

// can: it works at one command at a time, whatever has come.
func (r *spoutRunner) can() string { return "pipelining" }

func (r *spoutRunner) prepare(rt *runtime) error {
	r.rt = rt
	return r.spout.Open(rt.ctx, &SpoutCollector{reporter{rt}})
}

func (r *spoutRunner) handle(m *message) {
	if m.command == "" {
		return
	}
	if err := guard(func() error { return r.obey(m) }); err != nil {
		r.rt.reportError(err)
	}
	r.rt.out.send(func(b []byte) []byte { return appendCommand(b, "sync") }, nil)
}

func (r *spoutRunner) obey(m *message) error {
	activator, _ := r.spout.(Activator)
	switch m.command {
	case "next":
		if err := r.spout.NextTuple(); err != nil {
			return err
		}
		exhauster, ok := r.spout.(Exhauster)
		if ok && r.rt.ctx.TyphoonVersion != "" && exhauster.Exhausted() {
			r.rt.out.send(func(b []byte) []byte { return appendCommand(b, "exhausted") }, nil)
		}
	case "ack":
		r.spout.Ack(m.id)
	case "fail":
		r.spout.Fail(m.id)
	case "activate":
		if activator != nil {
			activator.Activate()
		}
	case "deactivate":
		if activator != nil {
			activator.Deactivate()
		}
	}
	return nil
}
