// A small parent in the program's own process: for runs by hand, and for tests of components.

package storm

import (
	"bytes"
	"fmt"
	"io"
)

// stage says one thing at a time to a component, and waits until the component has heard it.
type stage struct {
	rt    *runtime
	input *io.PipeWriter
	// heard gets what the component says, as JSON objects.
	heard  func(said map[string]any)
	synced chan struct{}
	ended  chan struct{}
	err    error // once it has ended
	kept   keeper
}

// setUp starts a component.
func setUp(c component, byHand bool, conf, context map[string]any, heard func(said map[string]any)) *stage {
	r, w := io.Pipe()
	st := &stage{input: w, heard: heard, synced: make(chan struct{}, 1), ended: make(chan struct{}), kept: keeper{}}
	st.rt = newRuntime(st)
	st.rt.byHand = byHand
	st.rt.quit = func() { select {} } // nobody answers any more
	go func() {
		st.err = st.rt.serve(c, r)
		close(st.ended)
		_ = r.Close()
	}()
	st.say(map[string]any{"conf": conf, "context": context})
	return st
}

func (st *stage) say(said any) {
	_, _ = st.input.Write(append(mustAppendValue(nil, said), frameEnd...))
}

func (st *stage) await() {
	select {
	case <-st.synced:
	case <-st.ended:
	}
}

// tuple gives one to a bolt, and waits until it is handled. A bolt that acks later may not be done with it.
func (st *stage) tuple(id, component, stream string, task int, values []any) {
	st.say(map[string]any{"id": id, "comp": component, "stream": stream, "task": task, "tuple": values})
	st.say(map[string]any{"id": "-1", "comp": nil, "stream": heartbeatStream, "task": -1, "tuple": []any{}})
	st.await()
}

// command gives one to a spout, and waits until it is obeyed.
func (st *stage) command(name string, id any) {
	st.say(map[string]any{"command": name, "id": id})
	st.await()
}

// end closes the input, waits, and gives the error that the program would end with.
func (st *stage) end() error {
	_ = st.input.Close()
	<-st.ended
	return st.err
}

// Write takes whole frames.
func (st *stage) Write(frames []byte) (int, error) {
	for _, frame := range bytes.Split(bytes.TrimSuffix(frames, []byte(frameEnd)), []byte(frameEnd)) {
		value, err := parseJSON(frame)
		if err != nil {
			return 0, fmt.Errorf("%w: %s", err, frame)
		}
		said := object(value)
		if said["command"] == "sync" {
			st.synced <- struct{}{}
			continue
		}
		if command := text(said["command"]); command == "state_get" || command == "state_put" {
			if answer := st.kept.heard(said); answer != nil {
				st.say(answer)
			}
			continue
		}
		st.heard(said)
		if said["command"] == "emit" && said["task"] == nil && said["need_task_ids"] == nil {
			st.say([]any{1})
		}
	}
	return len(frames), nil
}

// Outcome is what became of one tuple.
type Outcome struct {
	// Emitted while it was handled. Integers are int64, as in a tuple.
	Emitted []Emission
	Acked   bool
	Failed  bool
	// Errors that were reported.
	Errors []string
	// Logs are the log messages; what is printed is not among them.
	Logs []string
}

// TryBolt is for tests: it gives tuples with these fields to a bolt, one after the other, and says what became of each. The bolt's
// Prepare, if it has one, gets a configuration with nothing in it. TryBolt panics if that fails.
func TryBolt(bolt BasicBolt, fields []string, tuples ...[]any) []Outcome {
	var now Outcome
	context := map[string]any{
		"componentid":            "tried",
		"taskid":                 1,
		"task->component":        map[string]any{"1": "tried"},
		"source->stream->fields": map[string]any{"test": map[string]any{defaultStream: fields}},
	}
	st := setUp(newBasic(bolt), false, map[string]any{}, context, func(said map[string]any) { now.add(said) })
	outcomes := make([]Outcome, 0, len(tuples))
	for _, values := range tuples {
		st.tuple("1", "test", defaultStream, 0, values)
		outcomes = append(outcomes, now)
		now = Outcome{}
	}
	if err := st.end(); err != nil {
		panic(err)
	}
	return outcomes
}

func (o *Outcome) add(said map[string]any) {
	switch said["command"] {
	case "emit":
		values, _ := said["tuple"].([]any)
		task, _ := asInt(said["task"])
		o.Emitted = append(o.Emitted, Emission{Values: values, Stream: streamOf(said), Task: int(task)})
	case "ack":
		o.Acked = true
	case "fail":
		o.Failed = true
	case "error":
		o.Errors = append(o.Errors, text(said["msg"]))
	case "log":
		o.Logs = append(o.Logs, text(said["msg"]))
	}
}

func streamOf(said map[string]any) string {
	if stream := text(said["stream"]); stream != "" {
		return stream
	}
	return defaultStream
}
