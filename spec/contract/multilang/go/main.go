// The components of the multilang contract, in Go. The last argument is the name of the component.
package main

import (
	"fmt"
	"os"

	storm "github.com/typhoon-stream/storm-go"
)

func main() {
	run, known := components[os.Args[len(os.Args)-1]]
	if !known {
		fmt.Fprintln(os.Stderr, "the last argument is not the name of a component")
		os.Exit(2)
	}
	run()
}

var components = map[string]func(){
	"echo":          func() { storm.RunBolt(echo) },
	"states":        func() { storm.RunBolt(states) },
	"classic-echo":  func() { storm.RunBasicBolt(classicEcho{}) },
	"rich":          func() { storm.RunRichBolt(&rich{}) },
	"throw":         func() { storm.RunBolt(throw) },
	"task-ids":      func() { storm.RunBolt(taskIDs) },
	"direct":        func() { storm.RunBolt(direct) },
	"log":           func() { storm.RunBolt(log) },
	"metric":        func() { storm.RunBolt(metric) },
	"context":       func() { storm.RunBasicBolt(&context{}) },
	"ticks":         func() { storm.RunBasicBolt(&ticks{}) },
	"batch":         func() { storm.RunBatchBolt(3, storm.BatchFunc(batch)) },
	"at-end":        func() { storm.RunBasicBolt(&atEnd{}) },
	"early":         func() { storm.RunBasicBolt(&early{}) },
	"count":         func() { storm.RunReliableSpout(&count{}, storm.Replay{}) },
	"classic-spout": func() { storm.RunSpout(&numbered{}) },
	"string-ids":    func() { storm.RunSpout(&named{}) },
}
