// What a component is given: tuples, ids, and its place in the topology. All of it is plain data once it is there.

package storm

import (
	"encoding/json"
	"fmt"
	"math"
	"sync/atomic"
)

// Names that the protocol gives to messages that are not a user's tuples.
const (
	defaultStream    = "default"
	systemComponent  = "__system"
	tickStream       = "__tick"
	heartbeatStream  = "__heartbeat"
	endOfInputStream = "__end_of_input"
)

// Tuple is one input of a bolt. It may be kept for as long as it is wanted.
type Tuple struct {
	// ID is what the tuple is acked by.
	ID ID
	// Component that emitted the tuple.
	Component string
	// Stream that it was emitted on.
	Stream string
	// Task that emitted it.
	Task int
	// Values are string, bool, nil, int64, float64, []any, map[string]any; uint64 for an integer beyond int64, and json.Number for a
	// number that none of them holds.
	Values []any

	small [3]any // room for the values of a small tuple
	out   Collector
	done  atomic.Bool // was acked or failed
}

// Fields are the names of the values, as the tuple's source declares them; nil if they are not known.
func (t *Tuple) Fields() []string {
	if t.out.rt == nil {
		return nil
	}
	return t.out.rt.ctx.SourceFields[t.Component][t.Stream]
}

// Get gives the value of a field, and whether there is one.
func (t *Tuple) Get(field string) (any, bool) {
	for i, name := range t.Fields() {
		if name == field && i < len(t.Values) {
			return t.Values[i], true
		}
	}
	// By hand nobody declares fields, and a line of text is whatever the bolt asks for.
	if t.out.rt != nil && t.out.rt.byHand && t.Fields() == nil && len(t.Values) == 1 {
		return t.Values[0], true
	}
	return nil, false
}

// String gives the text of a field. Like all accessors that follow, it panics if there is no such field or it is of another
// type, which in a handler fails the tuple and says why.
func (t *Tuple) String(field string) string {
	value, ok := t.must(field).(string)
	if !ok {
		t.mistyped(field, "a string")
	}
	return value
}

// Int gives the integer of a field; a float64 with no fraction is one.
func (t *Tuple) Int(field string) int64 {
	value, ok := asInt(t.must(field))
	if !ok {
		t.mistyped(field, "an integer")
	}
	return value
}

// Float gives the number of a field.
func (t *Tuple) Float(field string) float64 {
	switch value := t.must(field).(type) {
	case float64:
		return value
	case int64:
		return float64(value)
	case uint64:
		return float64(value)
	}
	t.mistyped(field, "a number")
	return 0
}

// Bool gives the truth value of a field.
func (t *Tuple) Bool(field string) bool {
	value, ok := t.must(field).(bool)
	if !ok {
		t.mistyped(field, "a bool")
	}
	return value
}

func (t *Tuple) must(field string) any {
	value, ok := t.Get(field)
	if !ok {
		panic(fmt.Errorf("storm: no field %q in a tuple of %s, stream %s, with the fields %q", field, t.Component, t.Stream, t.Fields()))
	}
	return value
}

func (t *Tuple) mistyped(field, wanted string) {
	value := t.must(field)
	panic(fmt.Errorf("storm: the field %q of a tuple of %s is not %s but %T: %v", field, t.Component, wanted, value, value))
}

func (t *Tuple) isTick() bool { return t.Stream == tickStream && t.Component == systemComponent }

func (t *Tuple) isHeartbeat() bool { return t.Stream == heartbeatStream && t.Task == -1 }

func (t *Tuple) isEndOfInput() bool { return t.Stream == endOfInputStream && t.Task == -1 }

func asInt(value any) (int64, bool) {
	switch value := value.(type) {
	case int64:
		return value, true
	case float64:
		// 2^63 itself is not an int64.
		if value == math.Trunc(value) && value >= -(1<<63) && value < 1<<63 {
			return int64(value), true
		}
	}
	return 0, false
}

// ID of a tuple or message: JSON, so that a number stays a number and a string a string. It can be compared, and be the key of a map.
type ID string

// IDOf gives the id that Ack and Fail get for a message that was emitted with this one. It panics if that has no JSON.
func IDOf(id any) ID { return ID(mustAppendValue(nil, id)) }

// String gives a string id without its quotes, and the JSON of any other.
func (id ID) String() string {
	var text string
	if len(id) > 0 && id[0] == '"' && json.Unmarshal([]byte(id), &text) == nil {
		return text
	}
	return string(id)
}

// Int gives the integer that the id is, and whether it is one.
func (id ID) Int() (int64, bool) {
	value, err := parseJSON([]byte(id))
	if err != nil {
		return 0, false
	}
	return asInt(value)
}

// Conf is the configuration of the topology, with that of the component on top. Values are as in Tuple.
type Conf map[string]any

// String gives a text, or the other one if there is none.
func (c Conf) String(key, otherwise string) string {
	if value, ok := c[key].(string); ok {
		return value
	}
	return otherwise
}

// Int gives an integer, or the other one if there is none.
func (c Conf) Int(key string, otherwise int64) int64 {
	if value, ok := asInt(c[key]); ok {
		return value
	}
	return otherwise
}

// Bool gives a truth value, or the other one if there is none.
func (c Conf) Bool(key string, otherwise bool) bool {
	if value, ok := c[key].(bool); ok {
		return value
	}
	return otherwise
}

// Grouping says how the tuples of a stream are shared out among tasks.
type Grouping struct {
	Type   string
	Fields []string
}

// Context is the component's place in its topology.
type Context struct {
	// Component is its own id, Task the number of this instance of it.
	Component string
	Task      int
	// Conf is the configuration.
	Conf Conf
	// TaskComponents says of every task which component it belongs to.
	TaskComponents map[int]string
	// OutputFields has the fields of each stream that the component declares; nil if the other side does not tell them.
	OutputFields map[string][]string
	// Sources says, by component and stream, what the component receives, and how it is grouped.
	Sources map[string]map[string]Grouping
	// SourceFields has the fields of those streams.
	SourceFields map[string]map[string][]string
	// Targets says, by stream and component, who receives what the component emits.
	Targets map[string]map[string]Grouping
	// TyphoonVersion is empty under Apache Storm.
	TyphoonVersion string
}

func newContext(handshake map[string]any) *Context {
	conf := object(handshake["conf"])
	raw := object(handshake["context"])
	task, _ := asInt(raw["taskid"])
	ctx := &Context{
		Conf:           Conf(conf),
		Task:           int(task),
		TaskComponents: map[int]string{},
		Sources:        groupings(raw["source->stream->grouping"]),
		SourceFields:   map[string]map[string][]string{},
		Targets:        groupings(raw["stream->target->grouping"]),
	}
	if outputs, told := raw["stream->outputfields"].(map[string]any); told {
		ctx.OutputFields = texts(outputs)
	}
	ctx.Component, _ = raw["componentid"].(string)
	if version, there := conf["typhoon.version"]; there {
		ctx.TyphoonVersion = fmt.Sprint(version)
	}
	for task, component := range object(raw["task->component"]) {
		var number int
		if _, err := fmt.Sscan(task, &number); err == nil {
			ctx.TaskComponents[number] = fmt.Sprint(component)
		}
	}
	for source, streams := range object(raw["source->stream->fields"]) {
		ctx.SourceFields[source] = texts(streams)
	}
	return ctx
}

func object(value any) map[string]any {
	if object, ok := value.(map[string]any); ok {
		return object
	}
	return map[string]any{}
}

func text(value any) string {
	text, _ := value.(string)
	return text
}

func list(value any) []string {
	items, _ := value.([]any)
	names := make([]string, 0, len(items))
	for _, item := range items {
		names = append(names, fmt.Sprint(item))
	}
	return names
}

func texts(value any) map[string][]string {
	lists := map[string][]string{}
	for name, items := range object(value) {
		lists[name] = list(items)
	}
	return lists
}

func groupings(value any) map[string]map[string]Grouping {
	outer := map[string]map[string]Grouping{}
	for name, inner := range object(value) {
		outer[name] = map[string]Grouping{}
		for key, grouping := range object(inner) {
			outer[name][key] = Grouping{Type: text(object(grouping)["type"]), Fields: list(object(grouping)["fields"])}
		}
	}
	return outer
}
