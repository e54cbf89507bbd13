// Components in this process: what becomes of their tuples, replay, and runs by hand.

package storm

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestWhatABoltEmitsAndThatItsTupleIsAcked(t *testing.T) {
	split := BoltFunc(func(t *Tuple, out *Collector) error {
		for _, word := range strings.Fields(t.String("sentence")) {
			out.Emit(word, t.Int("n"))
		}
		out.EmitTo("other", t.Bool("yes"), t.Float("x"), t.Float("n"))
		out.EmitDirect(4, "direct", t.Values...)
		return nil
	})
	got := TryBolt(split, []string{"sentence", "n", "yes", "x"}, []any{"the cow", 7, true, 1.5}, []any{"", 1.0, false, -2.0})
	want := []Outcome{
		{Acked: true, Emitted: []Emission{
			{Stream: "default", Values: []any{"the", int64(7)}},
			{Stream: "default", Values: []any{"cow", int64(7)}},
			{Stream: "other", Values: []any{true, 1.5, 7.0}},
			{Stream: "direct", Task: 4, Values: []any{"the cow", int64(7), true, 1.5}},
		}},
		{Acked: true, Emitted: []Emission{
			{Stream: "other", Values: []any{false, -2.0, 1.0}},
			{Stream: "direct", Task: 4, Values: []any{"", 1.0, false, -2.0}},
		}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestWhateverGoesWrongFailsTheTupleAndSaysWhy(t *testing.T) {
	var kept *Tuple
	for reason, execute := range map[string]BoltFunc{
		"on purpose":              func(*Tuple, *Collector) error { return errors.New("on purpose") },
		"in a panic":              func(*Tuple, *Collector) error { panic("in a panic") },
		`no field "wrod"`:         func(t *Tuple, _ *Collector) error { _ = t.String("wrod"); return nil },
		"is not an integer":       func(t *Tuple, _ *Collector) error { _ = t.Int("word"); return nil },
		"is not a bool":           func(t *Tuple, _ *Collector) error { _ = t.Bool("word"); return nil },
		"is not a number":         func(t *Tuple, _ *Collector) error { _ = t.Float("word"); return nil },
		"is not a string":         func(t *Tuple, _ *Collector) error { _ = t.String("n"); return nil },
		"NaN cannot be sent":      func(_ *Tuple, out *Collector) error { out.Emit("x", math.NaN()); return nil },
		"chan int cannot be sent": func(_ *Tuple, out *Collector) error { out.Emit(make(chan int)); return nil },
		"was acked or failed before": func(t *Tuple, out *Collector) error {
			if kept == nil {
				kept = &Tuple{ID: `"9"`}
				kept.done.Store(true)
			}
			out.Anchored(t, kept).Emit("x")
			return nil
		},
	} {
		got := TryBolt(execute, []string{"word", "n"}, []any{"cow", 1})[0]
		if got.Acked || !got.Failed || len(got.Emitted) > 0 || len(got.Errors) != 1 || !strings.Contains(got.Errors[0], reason) {
			t.Errorf("%s: %+v", reason, got)
		}
	}
}

type hopeless bool

func (hopeless) Error() string     { return "no such customer" }
func (h hopeless) Permanent() bool { return bool(h) }

func TestAnErrorThatIsPermanentSaysSoAlsoWhenItIsWrapped(t *testing.T) {
	for said, err := range map[string]error{
		`{"command":"error","msg":"no such customer","permanent":true}`:     hopeless(true),
		`{"command":"error","msg":"42: no such customer","permanent":true}`: fmt.Errorf("42: %w", hopeless(true)),
		`{"command":"error","msg":"no such customer"}`:                      hopeless(false),
		`{"command":"error","msg":"timeout"}`:                               errors.New("timeout"),
	} {
		if got := string(appendError(nil, err.Error(), isPermanent(err), "")); got != said {
			t.Errorf("%s, not %s", got, said)
		}
	}
}

func TestOnlyTheFirstVerdictOfATupleCounts(t *testing.T) {
	got := TryBolt(BoltFunc(func(t *Tuple, out *Collector) error {
		out.Fail(t)
		out.Ack(t)
		return nil
	}), nil, []any{1})[0]
	if got.Acked || !got.Failed {
		t.Errorf("%+v", got)
	}
}

func TestLogMessagesMetricsAndErrorsFailNothing(t *testing.T) {
	got := TryBolt(BoltFunc(func(_ *Tuple, out *Collector) error {
		out.Logf(Warn, "%d %s", 1, "two\n")
		out.Metric("seen", 1)
		out.ReportError(errors.New("by the way"))
		return nil
	}), nil, []any{1})[0]
	want := Outcome{Acked: true, Logs: []string{"1 two\n"}, Errors: []string{"by the way"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

// script runs a component by hand and gives the lines that it prints.
func script(t *testing.T, c component, args string, lines ...string) []string {
	t.Helper()
	var printed bytes.Buffer
	input := strings.NewReader(strings.Join(lines, "\n"))
	if err := runByHand(c, handOptions(strings.Fields(args)), input, &printed); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(printed.String(), "\n"), "\n")
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nbut not\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestByHandALineIsATuple(t *testing.T) {
	asking := func(t *Tuple, out *Collector) error {
		ids := out.Send(Emission{Values: []any{t.String("word")}, TaskIDs: true})
		out.EmitTo("ids", ids)
		return nil
	}
	expect(t, script(t, newBasic(BoltFunc(asking)), "", "the cow", `["moo"]`, "[1"),
		`emit   ["the cow"] anchors=["1"]`, `emit   [[1]] anchors=["1"] stream="ids"`, "ack    1",
		`emit   ["moo"] anchors=["2"]`, `emit   [[1]] anchors=["2"] stream="ids"`, "ack    2",
		`emit   ["[1"] anchors=["3"]`, `emit   [[1]] anchors=["3"] stream="ids"`, "ack    3")
	fielded := func(t *Tuple, out *Collector) error {
		out.Emit(t.Int("n"), fmt.Sprint(t.Values[0]))
		return nil
	}
	expect(t, script(t, newBasic(BoltFunc(fielded)), "--fields word,n", `["a",7]`), `emit   [7,"a"] anchors=["1"]`, "ack    1")
}

// grouping is a batch bolt that also wants ticks and the end of the input.
type grouping struct{}

func (grouping) ExecuteBatch(group []*Tuple, out *Collector) error {
	if group[0].Values[0] == "bad" {
		return errors.New("bad group")
	}
	out.Emit(len(group))
	return nil
}

func (grouping) Tick(_ *Tuple, out *Collector) error {
	out.Emit("tick")
	return nil
}

func (grouping) EndOfInput(out *Collector) error {
	out.Emit("end")
	return nil
}

func TestABatchIsHandledWhenItIsFullAtATickAndAtTheEnd(t *testing.T) {
	expect(t, script(t, newBatch(2, grouping{}), "", "a", "b", "c", ":tick", "bad", "d", "e"),
		`emit   [2] anchors=["1","2"]`, "ack    1", "ack    2", `emit   [1] anchors=["3"]`, "ack    3", `emit   ["tick"]`, "ack    4",
		"error  bad group", "fail   5", "fail   6", `emit   [1] anchors=["7"]`, "ack    7", `emit   ["end"]`, "ack    end of input")
}

// later is a rich bolt that acks a tuple when the next one comes, from another goroutine.
type later struct {
	out  *Collector
	last *Tuple
}

func (b *later) Prepare(_ *Context, out *Collector) error {
	b.out = out
	return nil
}

func (b *later) Execute(t *Tuple) error {
	if t.Values[0] == "throw" {
		return errors.New("thrown")
	}
	if last := b.last; last != nil {
		done := make(chan struct{})
		go func() {
			b.out.Anchored(last).Emit(last.Values...)
			b.out.Ack(last)
			close(done)
		}()
		<-done
	}
	b.last = t
	return nil
}

func TestARichBoltAcksWhenItLikes(t *testing.T) {
	expect(t, script(t, newRich(&later{}), "", "a", "b", "throw", "c"),
		`emit   ["a"] anchors=["1"]`, "ack    1", "error  thrown", "fail   3", `emit   ["b"] anchors=["2"]`, "ack    2")
}

// words is a source of two tuples, with a pause after the first.
type words struct{ calls int }

func (s *words) Open(_ *Context) error { return nil }

func (s *words) Next() ([]any, error) {
	s.calls++
	switch s.calls {
	case 1:
		return []any{"one"}, nil
	case 2:
		return nil, nil
	case 3:
		return nil, errors.New("a hiccup")
	case 4:
		return []any{"two"}, io.EOF
	}
	return nil, errors.New("asked after the end")
}

func TestAReliableSpoutEmitsAgainWhatFailsAndIsExhaustedWhenNothingWaits(t *testing.T) {
	spout := newReliable(&words{}, Replay{Stream: "words"})
	expect(t, script(t, &spoutRunner{spout: spout}, "", "", "", "", "", "", "ack 1", "fail", "fail 1", "", "", "ack", "next"),
		`emit   ["one"] stream="words" id=1`, "error  a hiccup", `emit   ["two"] stream="words" id=2`, "exhausted", "exhausted",
		`emit   ["two"] stream="words" id=2`, "exhausted", "exhausted", "exhausted")
}

func TestReplaysWaitLongerEachTimeAndAreGivenUpInTheEnd(t *testing.T) {
	var printed bytes.Buffer
	rt := newRuntime(&printed)
	now := time.Unix(0, 0)
	gaveUp := 0
	spout := newReliable(&words{}, Replay{MaxAttempts: 4, Delay: time.Second, GaveUp: func(values []any, attempts int) {
		if values[0] != "one" {
			t.Error(values)
		}
		gaveUp = attempts
	}})
	spout.now = func() time.Time { return now }
	_ = spout.Open(nil, &SpoutCollector{reporter{rt}})
	_ = spout.NextTuple()
	spout.source.(*words).calls = 3
	_ = spout.NextTuple()
	spout.Ack(IDOf(2))
	for attempt, wait := range []time.Duration{0, time.Second, 2 * time.Second} {
		spout.Fail(IDOf(1))
		if wait > 0 {
			now = now.Add(wait - 1)
			_ = spout.NextTuple()
			if spout.Exhausted() || len(spout.sent) > 0 {
				t.Errorf("replay %d comes too early", attempt+1)
			}
			now = now.Add(1)
		}
		_ = spout.NextTuple()
		if len(spout.sent) != 1 {
			t.Errorf("replay %d does not come", attempt+1)
		}
	}
	spout.Fail(IDOf(1))
	spout.Fail(IDOf(1))
	if gaveUp != 4 || !spout.Exhausted() {
		t.Error(gaveUp, spout.Exhausted())
	}
	for failures, want := range map[int]time.Duration{1: 0, 2: time.Second, 5: 8 * time.Second, 500: time.Minute} {
		if got := spout.delay(failures); got != want {
			t.Errorf("after %d failures it waits %v", failures, got)
		}
	}
}

func TestIDsKeepTheirTypeAndCanBeCompared(t *testing.T) {
	for raw, want := range map[string]ID{`0`: IDOf(0), `"0"`: IDOf("0"), ` "\u00e9"`: IDOf("é"), `12`: IDOf(uint64(12)), `[1, "a"]`: IDOf([]any{1, "a"})} {
		if got, err := scanID(&scanner{b: []byte(raw)}); err != nil || got != want {
			t.Errorf("%s is read as %#v: %v", raw, got, err)
		}
	}
	number, isNumber := IDOf(7).Int()
	if _, textToo := IDOf("7").Int(); number != 7 || !isNumber || textToo {
		t.Error(number, isNumber, textToo)
	}
	if text := IDOf("a-0").String() + IDOf(0).String(); text != "a-00" {
		t.Error(text)
	}
}

func TestTheContextIsReadFromTheHandshake(t *testing.T) {
	raw, err := parseJSON([]byte(`{"conf":{"typhoon.version":"1","n":3,"s":"x","b":true},"context":{"task->component":{"1":"s","3":"b"},
		"taskid":3,"componentid":"b","stream->target->grouping":{"default":{"b2":{"type":"SHUFFLE"}}},"streams":["default"],
		"stream->outputfields":{"default":["word"]},"source->stream->grouping":{"s":{"default":{"type":"FIELDS","fields":["w"]}}},
		"source->stream->fields":{"s":{"default":["w","n"]}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	ctx := newContext(object(raw))
	want := &Context{
		Component: "b", Task: 3, TyphoonVersion: "1",
		Conf:           Conf{"typhoon.version": "1", "n": int64(3), "s": "x", "b": true},
		TaskComponents: map[int]string{1: "s", 3: "b"},
		OutputFields:   map[string][]string{"default": {"word"}},
		Sources:        map[string]map[string]Grouping{"s": {"default": {Type: "FIELDS", Fields: []string{"w"}}}},
		SourceFields:   map[string]map[string][]string{"s": {"default": {"w", "n"}}},
		Targets:        map[string]map[string]Grouping{"default": {"b2": {Type: "SHUFFLE", Fields: []string{}}}},
	}
	if !reflect.DeepEqual(ctx, want) {
		t.Errorf("%+v", ctx)
	}
	if ctx.Conf.Int("n", 1) != 3 || ctx.Conf.Int("s", 1) != 1 || ctx.Conf.String("s", "") != "x" || !ctx.Conf.Bool("b", false) {
		t.Error(ctx.Conf)
	}
}
