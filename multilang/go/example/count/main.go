// Counts words: a bolt with a setting, ticks and an end. At each tick it emits the counts that have changed, and at the end of the
// input how many words there were.
//
//	printf 'to\nbe\nto\n:tick\n' | go run ./example/count --hand --conf count.least=2
package main

import (
	"sort"

	storm "github.com/typhoon-stream/storm-go"
)

type counter struct {
	least   int64 // counts below are not emitted
	counts  map[string]int64
	changed map[string]bool
}

func (c *counter) Prepare(ctx *storm.Context, out *storm.Collector) error {
	c.least = ctx.Conf.Int("count.least", 1)
	c.counts = map[string]int64{}
	c.changed = map[string]bool{}
	out.Logf(storm.Debug, "%s counts from %d on", ctx.Component, c.least)
	return nil
}

func (c *counter) Execute(t *storm.Tuple, _ *storm.Collector) error {
	word := t.String("word")
	c.counts[word]++
	c.changed[word] = true
	return nil
}

func (c *counter) Tick(_ *storm.Tuple, out *storm.Collector) error {
	words := make([]string, 0, len(c.changed))
	for word := range c.changed {
		words = append(words, word)
	}
	sort.Strings(words)
	for _, word := range words {
		if c.counts[word] >= c.least {
			out.Emit(word, c.counts[word])
		}
	}
	c.changed = map[string]bool{}
	return nil
}

func (c *counter) EndOfInput(out *storm.Collector) error {
	if err := c.Tick(nil, out); err != nil {
		return err
	}
	out.EmitTo("total", len(c.counts))
	return nil
}

func main() { storm.RunBasicBolt(&counter{}) }
