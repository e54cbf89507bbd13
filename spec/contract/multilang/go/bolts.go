package main

import (
	"errors"
	"fmt"
	"os"
	"sort"

	storm "github.com/typhoon-stream/storm-go"
)

func echo(t *storm.Tuple, out *storm.Collector) error {
	out.Emit(t.Values...)
	return nil
}

// states emits the sum of its key and that of the other one.
func states(t *storm.Tuple, out *storm.Collector) error {
	sums := out.State("sums")
	key, n := t.Values[0].(string), t.Values[1].(int64)
	if n == 0 {
		sums.Delete(key)
	} else {
		if before, found := sums.Get(key); found {
			n += before.(int64)
		}
		sums.Put(key, n)
	}
	other := "be"
	if key == "be" {
		other = "to"
	}
	both := []any{}
	for _, found := range sums.GetAll(key, other) {
		both = append(both, append(found, "none")[0])
	}
	out.Emit(both)
	return nil
}

type classicEcho struct{}

func (classicEcho) Execute(t *storm.Tuple, out *storm.Collector) error { return echo(t, out) }

type rich struct{ out *storm.Collector }

func (b *rich) Prepare(_ *storm.Context, out *storm.Collector) error {
	b.out = out
	return nil
}

func (b *rich) Execute(t *storm.Tuple) error {
	switch t.Values[0] {
	case "fail":
		b.out.Fail(t)
		return nil
	case "drop":
		return nil
	case "twice":
		b.out.Anchored(t).Emit(t.Values[0])
		b.out.Anchored(t).Emit(t.Values[0])
	default:
		b.out.Anchored(t).Emit(t.Values...)
	}
	b.out.Ack(t)
	return nil
}

func throw(t *storm.Tuple, out *storm.Collector) error {
	if t.Values[0] == "throw" {
		return errors.New("thrown on purpose")
	}
	return echo(t, out)
}

func taskIDs(t *storm.Tuple, out *storm.Collector) error {
	ids := out.Send(storm.Emission{Values: t.Values[:1], TaskIDs: true})
	out.EmitTo("ids", ids)
	return nil
}

func direct(t *storm.Tuple, out *storm.Collector) error {
	task, ok := t.Values[1].(int64)
	if !ok {
		return fmt.Errorf("%v is no task", t.Values[1])
	}
	out.EmitDirect(int(task), "direct", t.Values[0])
	return nil
}

func log(_ *storm.Tuple, out *storm.Collector) error {
	for level, name := range []string{"trace", "debug", "info", "warn", "error"} {
		out.Logf(storm.Level(level), "at %s", name)
	}
	fmt.Println("printed")
	fmt.Fprintln(os.Stderr, "complained")
	return nil
}

func metric(_ *storm.Tuple, out *storm.Collector) error {
	out.Metric("seen", 1)
	return nil
}

type context struct{ ctx *storm.Context }

func (b *context) Prepare(ctx *storm.Context, _ *storm.Collector) error {
	b.ctx = ctx
	return nil
}

func (b *context) Execute(_ *storm.Tuple, out *storm.Collector) error {
	sources := []string{}
	for source := range b.ctx.Sources {
		sources = append(sources, source)
	}
	sort.Strings(sources)
	out.Emit(map[string]any{
		"component": b.ctx.Component,
		"task":      b.ctx.Task,
		"tasks":     len(b.ctx.TaskComponents),
		"fields":    b.ctx.OutputFields["default"],
		"sources":   sources,
		"setting":   b.ctx.Conf["a.setting"],
	})
	return nil
}

type ticks struct{ count int }

func (b *ticks) Execute(_ *storm.Tuple, _ *storm.Collector) error {
	b.count++
	return nil
}

func (b *ticks) Tick(_ *storm.Tuple, out *storm.Collector) error {
	out.Emit(b.count)
	return nil
}

func batch(group []*storm.Tuple, out *storm.Collector) error {
	for _, t := range group {
		if t.Values[0] == "throw" {
			return errors.New("thrown on purpose")
		}
	}
	out.Emit(len(group))
	return nil
}

type atEnd struct{ count int }

func (b *atEnd) Execute(_ *storm.Tuple, _ *storm.Collector) error {
	b.count++
	return nil
}

func (b *atEnd) EndOfInput(out *storm.Collector) error {
	out.Emit(b.count)
	return nil
}

type early struct{ tasks int }

func (b *early) Prepare(_ *storm.Context, out *storm.Collector) error {
	b.tasks = len(out.Send(storm.Emission{Values: []any{"early"}, TaskIDs: true}))
	return nil
}

func (b *early) Execute(t *storm.Tuple, out *storm.Collector) error {
	out.Emit(append(append([]any{}, t.Values...), b.tasks)...)
	return nil
}
