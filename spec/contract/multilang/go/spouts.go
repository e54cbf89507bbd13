package main

import (
	"io"

	storm "github.com/typhoon-stream/storm-go"
)

type count struct{ last, until int64 }

func (s *count) Open(ctx *storm.Context) error {
	s.until = ctx.Conf.Int("count", 5)
	return nil
}

func (s *count) Next() ([]any, error) {
	if s.last == s.until {
		return nil, io.EOF
	}
	s.last++
	return []any{s.last}, nil
}

// logging is what the two explicit spouts have in common.
type logging struct{ out *storm.SpoutCollector }

func (s *logging) Open(_ *storm.Context, out *storm.SpoutCollector) error {
	s.out = out
	return nil
}

func (s *logging) Ack(id storm.ID) { s.out.Logf(storm.Info, "acked %s", id) }

func (s *logging) Fail(id storm.ID) { s.out.Logf(storm.Info, "failed %s", id) }

type numbered struct {
	logging
	next int
}

func (s *numbered) NextTuple() error {
	if s.next < 3 {
		s.out.EmitWithID(s.next, s.next)
		s.next++
	}
	return nil
}

type named struct {
	logging
	emitted bool
}

func (s *named) NextTuple() error {
	if !s.emitted {
		s.out.EmitWithID("a-0", "named")
		s.emitted = true
	}
	return nil
}
