// What a component says: tuples, acks, log messages, metrics, errors.

package storm

import (
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// Emission is a tuple to be emitted, with all that can be said of it.
type Emission struct {
	Values []any
	// Stream is "default" if it is empty.
	Stream string
	// Task, if it is not 0, is the only one that gets the tuple; the stream must be subscribed to with a direct grouping.
	Task int
	// TaskIDs asks which tasks the tuple was sent to. It costs a round trip.
	TaskIDs bool
}

// reporter is what all collectors can do.
type reporter struct{ rt *runtime }

// Logf writes to the topology's log.
func (r reporter) Logf(level Level, format string, args ...any) {
	r.rt.out.log(level, fmt.Sprintf(format, args...))
}

// Metric updates a metric that was registered for this component under the name. It panics if params have no JSON.
func (r reporter) Metric(name string, params any) {
	r.rt.out.send(func(b []byte) []byte {
		b = appendString(append(b, `{"command":"metrics","name":`...), name)
		return append(mustAppendValue(append(b, `,"params":`...), params), '}')
	}, nil)
}

// ReportError tells the topology of an error that fails no tuple.
func (r reporter) ReportError(err error) { r.rt.reportError(err) }

// Collector emits a bolt's tuples. The one that a handler gets anchors what it emits to the handler's input; Anchored gives others.
// It may be used from any goroutine.
//
// Its emits panic if a value has no JSON, or if an anchor was acked or failed before; nothing is sent then.
type Collector struct {
	reporter
	// What an emit is anchored to: the one tuple, or else all of these.
	anchor  *Tuple
	anchors []*Tuple
}

// Anchored gives a collector whose emits are anchored to these tuples: to none if there are none.
func (c *Collector) Anchored(tuples ...*Tuple) *Collector {
	return &Collector{reporter: c.reporter, anchors: tuples}
}

// Emit emits a tuple on the default stream.
func (c *Collector) Emit(values ...any) { c.send(&Emission{Values: values}) }

// EmitTo emits a tuple on a stream.
func (c *Collector) EmitTo(stream string, values ...any) {
	c.send(&Emission{Stream: stream, Values: values})
}

// EmitDirect emits a tuple to one task.
func (c *Collector) EmitDirect(task int, stream string, values ...any) {
	c.send(&Emission{Task: task, Stream: stream, Values: values})
}

// Send emits a tuple. It gives the tasks that got it, if that was asked for. When the input ends while it waits for them, the
// program ends.
func (c *Collector) Send(e Emission) []int { return c.send(&e) }

func (c *Collector) send(e *Emission) []int {
	return c.rt.emit(e, func(b []byte) []byte {
		if c.anchor == nil && len(c.anchors) == 0 {
			return b
		}
		b = append(b, `,"anchors":[`...)
		if c.anchor != nil {
			b = append(b, c.anchor.anchorID()...)
		}
		for i, anchor := range c.anchors {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, anchor.anchorID()...)
		}
		return append(b, ']')
	})
}

func (t *Tuple) anchorID() ID {
	if t.done.Load() {
		panic(fmt.Errorf("storm: a tuple is emitted with the anchor %s, which was acked or failed before", t.ID))
	}
	return t.ID
}

// Ack says that a tuple is done. Only the first Ack or Fail of a tuple counts. A bolt that is acked by the library needs neither.
func (c *Collector) Ack(t *Tuple) { c.rt.verdict("ack", t) }

// Fail says that a tuple is to be replayed.
func (c *Collector) Fail(t *Tuple) { c.rt.verdict("fail", t) }

// SpoutCollector emits a spout's tuples. Its emits panic if a value has no JSON; nothing is sent then.
type SpoutCollector struct{ reporter }

// Emit emits a tuple that nobody tracks.
func (c *SpoutCollector) Emit(values ...any) { c.SendWithID(nil, Emission{Values: values}) }

// EmitWithID emits a tuple that ends in Ack or Fail with this id: a string, or an integer.
func (c *SpoutCollector) EmitWithID(id any, values ...any) {
	c.SendWithID(id, Emission{Values: values})
}

// SendWithID emits a tuple, which nobody tracks if the id is nil. It gives the tasks that got it, if that was asked for.
func (c *SpoutCollector) SendWithID(id any, e Emission) []int {
	return c.rt.emit(&e, func(b []byte) []byte {
		if id == nil {
			return b
		}
		return mustAppendValue(append(b, `,"id":`...), id)
	})
}

// Unfit is what an emit panics with that does not fit what the component declares: to another stream (UNDECLARED_STREAM), or with
// another number of values than the stream has fields (WRONG_VALUES), which no further attempt mends.
type Unfit struct{ Code, text string }

func (u Unfit) Error() string   { return u.text }
func (u Unfit) Permanent() bool { return u.Code == wrongValues }

const wrongValues, undeclaredStream = "WRONG_VALUES", "UNDECLARED_STREAM"

// check panics where the emit stands, which the trace of the panic shows. Of a parent that does not tell the fields nothing is known.
func (rt *runtime) check(e *Emission) {
	stream := e.Stream
	if stream == "" {
		stream = defaultStream
	}
	if rt.ctx == nil || rt.ctx.OutputFields == nil {
		return
	}
	fields, ok := rt.ctx.OutputFields[stream]
	if !ok {
		panic(Unfit{undeclaredStream, fmt.Sprintf("storm: emitted to the stream %q; declared: %s", stream, declared(rt.ctx.OutputFields))})
	}
	if len(fields) == len(e.Values) {
		return
	}
	names := "none"
	if len(fields) > 0 {
		names = fmt.Sprintf("%d (%s)", len(fields), strings.Join(fields, ", "))
	}
	panic(Unfit{wrongValues, fmt.Sprintf("storm: emitted to the stream %q: values: %d; fields: %s", stream, len(e.Values), names)})
}

func declared(streams map[string][]string) string {
	var names []string
	for name := range streams {
		names = append(names, name)
	}
	if names == nil {
		return "none"
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}

// emit sends a tuple; tracking adds the anchors or the id.
func (rt *runtime) emit(e *Emission, tracking func(b []byte) []byte) []int {
	rt.check(e)
	asks := e.TaskIDs && e.Task == 0
	var ids <-chan []int
	var before func()
	if asks {
		// The parent answers in the order of the emits, so the place in the row of those who ask is taken together with that of the frame.
		before = func() { ids = rt.in.ask() }
	}
	rt.out.send(func(b []byte) []byte {
		b = tracking(append(b, `{"command":"emit"`...))
		if e.Stream != "" && e.Stream != defaultStream {
			b = appendString(append(b, `,"stream":`...), e.Stream)
		}
		if e.Task != 0 {
			b = strconv.AppendInt(append(b, `,"task":`...), int64(e.Task), 10)
		}
		if !asks {
			b = append(b, `,"need_task_ids":false`...)
		}
		b, err := appendValues(append(b, `,"tuple":`...), e.Values)
		if err != nil {
			panic(err)
		}
		return append(b, '}')
	}, before)
	if e.TaskIDs && e.Task != 0 {
		return []int{e.Task}
	}
	if !asks {
		return nil
	}
	rt.out.flush()
	tasks, ok := <-ids
	if !ok {
		rt.quit()
	}
	return tasks
}

func (rt *runtime) verdict(command string, t *Tuple) {
	if t.done.CompareAndSwap(false, true) {
		rt.out.send(func(b []byte) []byte { return appendVerdict(b, command, t.ID) }, nil)
	}
}

func (rt *runtime) reportError(err error) {
	var unfit Unfit
	errors.As(err, &unfit)
	rt.out.send(func(b []byte) []byte { return appendError(b, err.Error(), isPermanent(err), unfit.Code) }, nil)
}

// isPermanent tells whether an error, or one that it wraps, says that another attempt would end in the same way.
func isPermanent(err error) bool {
	var hopeless interface{ Permanent() bool }
	return errors.As(err, &hopeless) && hopeless.Permanent()
}
