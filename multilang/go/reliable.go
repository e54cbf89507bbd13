// A spout that replays: it keeps what it emitted until that is acked.

package storm

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Source is what a reliable spout emits from. It may implement Activator and Cleaner too.
type Source interface {
	Open(ctx *Context) error
	// Next gives the values of the next tuple; nil, nil if there is none now; io.EOF if there is none any more.
	Next() ([]any, error)
}

// Replay says how failed tuples are emitted again. The first time that is at once, then after Delay, then after twice as long as
// before each time, up to a minute.
type Replay struct {
	// MaxAttempts is how often a tuple is emitted at most; 0 is without end.
	MaxAttempts int
	// Delay is 100 ms if it is 0.
	Delay time.Duration
	// Stream is "default" if it is empty.
	Stream string
	// GaveUp, if there is one, is told of each tuple whose attempts are used up. It is reported as an error in any case.
	GaveUp func(values []any, attempts int)
}

const longestDelay = time.Minute

// RunReliableSpout runs a spout that emits what a source gives, and again what fails. What it keeps is bounded by
// `topology.max.spout.pending`. It returns when the input has ended.
func RunReliableSpout(source Source, replay Replay) { RunSpout(newReliable(source, replay)) }

// pending is a tuple that was emitted and is not acked.
type pending struct {
	id       int64
	values   []any
	attempts int
	due      time.Time // of the replay
}

type reliableSpout struct {
	source Source
	replay Replay
	out    *SpoutCollector
	now    func() time.Time

	lastID int64
	sent   map[int64]*pending
	failed []*pending
	ended  bool
}

func newReliable(source Source, replay Replay) *reliableSpout {
	if replay.Delay == 0 {
		replay.Delay = 100 * time.Millisecond
	}
	return &reliableSpout{source: source, replay: replay, now: time.Now, sent: map[int64]*pending{}}
}

func (s *reliableSpout) Open(ctx *Context, out *SpoutCollector) error {
	s.out = out
	return s.source.Open(ctx)
}

func (s *reliableSpout) NextTuple() error {
	now := s.now()
	for i, p := range s.failed {
		if !p.due.After(now) {
			s.failed = append(s.failed[:i], s.failed[i+1:]...)
			s.emit(p)
			return nil
		}
	}
	if s.ended {
		return nil
	}
	values, err := s.source.Next()
	if errors.Is(err, io.EOF) {
		s.ended = true
		err = nil
	}
	if err != nil || values == nil {
		return err
	}
	s.lastID++
	s.emit(&pending{id: s.lastID, values: values})
	return nil
}

func (s *reliableSpout) emit(p *pending) {
	p.attempts++
	s.out.SendWithID(p.id, Emission{Values: p.values, Stream: s.replay.Stream})
	s.sent[p.id] = p
}

func (s *reliableSpout) Ack(id ID) {
	if key, ok := id.Int(); ok {
		delete(s.sent, key)
	}
}

func (s *reliableSpout) Fail(id ID) {
	key, _ := id.Int()
	p := s.sent[key]
	if p == nil {
		return
	}
	delete(s.sent, key)
	if s.replay.MaxAttempts > 0 && p.attempts >= s.replay.MaxAttempts {
		s.out.ReportError(fmt.Errorf("given up after %d attempts: %v", p.attempts, p.values))
		if s.replay.GaveUp != nil {
			s.replay.GaveUp(p.values, p.attempts)
		}
		return
	}
	p.due = s.now().Add(s.delay(p.attempts))
	s.failed = append(s.failed, p)
}

// delay is how long a tuple waits that has failed so many times.
func (s *reliableSpout) delay(failures int) time.Duration {
	if failures < 2 {
		return 0
	}
	delay := s.replay.Delay
	for ; failures > 2 && delay < longestDelay; failures-- {
		delay *= 2
	}
	if delay > longestDelay {
		return longestDelay
	}
	return delay
}

func (s *reliableSpout) Exhausted() bool { return s.ended && len(s.failed) == 0 }

func (s *reliableSpout) Activate() {
	if activator, ok := s.source.(Activator); ok {
		activator.Activate()
	}
}

func (s *reliableSpout) Deactivate() {
	if activator, ok := s.source.(Activator); ok {
		activator.Deactivate()
	}
}

func (s *reliableSpout) Cleanup() {
	if cleaner, ok := s.source.(Cleaner); ok {
		cleaner.Cleanup()
	}
}
