// Package storm lets a Go program be a spout or a bolt of a Typhoon or Apache Storm topology.
//
// The program is started by the topology and talks to it over its standard input and output, in the multilang
// protocol. A main function makes one component and runs it:
//
//	func main() {
//		storm.RunBolt(func(t *storm.Tuple, out *storm.Collector) error {
//			for _, word := range strings.Fields(t.String("sentence")) {
//				out.Emit(word)
//			}
//			return nil
//		})
//	}
//
// What it promises:
//
//   - A bolt's handler that returns an error or panics fails its tuple, with the error as the reason, and the next tuple is
//     handled. Nothing is acked before its handler has returned.
//   - What the program prints to os.Stdout becomes log messages and never gets among the frames.
//   - Handlers are called one after the other. Collectors may be used from any goroutine.
//   - At the end of its input the program ends, with exit code 0, and says nothing.
//
// This file is the face: what components look like, and how they are run.
package storm

// BasicBolt handles one tuple at a time. What it emits is anchored to the tuple; the tuple is acked when Execute returns nil,
// and fails, with the error as the reason, when it returns an error or panics.
//
// It may implement Preparer, TickHandler, EndOfInputHandler and Cleaner too.
type BasicBolt interface {
	Execute(t *Tuple, out *Collector) error
}

// BoltFunc is a BasicBolt that is nothing but a function.
type BoltFunc func(t *Tuple, out *Collector) error

// Execute calls the function.
func (f BoltFunc) Execute(t *Tuple, out *Collector) error { return f(t, out) }

// RichBolt acks and fails by itself, now or later, also from other goroutines. It keeps the collector that Prepare gets, which
// anchors to nothing: out.Anchored(t).Emit(…), then out.Ack(t) or out.Fail(t). A tuple that gets neither times out.
// An error or panic of Execute fails the tuple, unless it was acked already; an error of Prepare ends the program.
//
// It may implement TickHandler, EndOfInputHandler and Cleaner too.
type RichBolt interface {
	Prepare(ctx *Context, out *Collector) error
	Execute(t *Tuple) error
}

// BatchBolt handles tuples in groups. What it emits is anchored to the whole group, which is acked, or fails, as one.
//
// It may implement Preparer, TickHandler, EndOfInputHandler and Cleaner too; Tick and EndOfInput are called after the
// group that was waiting.
type BatchBolt interface {
	ExecuteBatch(group []*Tuple, out *Collector) error
}

// BatchFunc is a BatchBolt that is nothing but a function.
type BatchFunc func(group []*Tuple, out *Collector) error

// ExecuteBatch calls the function.
func (f BatchFunc) ExecuteBatch(group []*Tuple, out *Collector) error { return f(group, out) }

// Preparer is a bolt with something to do before its first tuple. The collector anchors to nothing and may be kept.
// An error or panic ends the program, with exit code 1.
type Preparer interface {
	Prepare(ctx *Context, out *Collector) error
}

// TickHandler is a bolt with something to do from time to time: every `topology.tick.tuple.freq.secs` seconds. What it emits is
// anchored to nothing. Ticks are acked for it. Without it, ticks are acked and ignored.
type TickHandler interface {
	Tick(t *Tuple, out *Collector) error
}

// EndOfInputHandler is a bolt with something to do when its topology's input has ended and all tuples were handled. Only Typhoon tells.
// What it emits is anchored to nothing.
type EndOfInputHandler interface {
	EndOfInput(out *Collector) error
}

// Cleaner is a component with something to do when its program ends in good order. A program may be killed at any time, so nothing
// may depend on it.
type Cleaner interface {
	Cleanup()
}

// Spout is a source of tuples. All calls come one after the other. An error or panic of NextTuple is reported, and the next call comes
// all the same; an error of Open ends the program, with exit code 1. A tuple that was emitted with an id ends in one
// Ack or one Fail with that id.
//
// It may implement Exhauster, Activator and Cleaner too.
type Spout interface {
	Open(ctx *Context, out *SpoutCollector) error
	// NextTuple emits what there is, and returns at once if there is nothing.
	NextTuple() error
	Ack(id ID)
	Fail(id ID)
}

// Exhauster is a spout that can end. While Exhausted is true, Typhoon does not ask it for tuples until something fails, and a topology
// whose spouts are all exhausted ends.
type Exhauster interface {
	Exhausted() bool
}

// Activator is a spout that wants to know whether its topology is active. Deactivated spouts are not asked for tuples.
type Activator interface {
	Activate()
	Deactivate()
}

// RunBolt runs a bolt that is a function: see BasicBolt. It returns when the input has ended.
func RunBolt(execute BoltFunc) { run(newBasic(execute)) }

// RunBasicBolt runs a bolt that is acked by the library. It returns when the input has ended.
func RunBasicBolt(bolt BasicBolt) { run(newBasic(bolt)) }

// RunRichBolt runs a bolt that acks by itself. It returns when the input has ended.
func RunRichBolt(bolt RichBolt) { run(newRich(bolt)) }

// RunBatchBolt runs a bolt that handles groups of `size` tuples; or fewer, at a tick and at the end of the input. A group that is not full
// waits for a tick, so set `topology.tick.tuple.freq.secs` well below the timeout of messages, and let
// `topology.max.spout.pending` not be less than the size. It returns when the input has ended, and panics if size is less than 1.
func RunBatchBolt(size int, bolt BatchBolt) { run(newBatch(size, bolt)) }

// RunSpout runs a spout. It returns when the input has ended.
func RunSpout(spout Spout) { run(&spoutRunner{spout: spout}) }
