// A component run by hand, at a terminal or with --hand: each line is an input, and what the component says is printed for people.

package storm

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// options of a run by hand, among the arguments of the program:
// --hand, --fields sentence,n (of the tuples), --conf key=value (JSON, or else text); also with = instead of the space.
type options struct {
	wanted bool
	fields []string
	conf   map[string]any
}

func handOptions(args []string) options {
	o := options{conf: map[string]any{"typhoon.version": "by hand"}}
	for i, arg := range args {
		name, value, inOne := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if !inOne && i+1 < len(args) {
			value = args[i+1]
		}
		switch {
		case !strings.HasPrefix(arg, "-"):
		case name == "hand":
			o.wanted = true
		case name == "fields":
			o.fields = strings.Split(value, ",")
		case name == "conf":
			key, setting, _ := strings.Cut(value, "=")
			o.conf[key] = jsonOrText(setting)
		}
	}
	return o
}

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func jsonOrText(text string) any {
	if value, err := parseJSON([]byte(text)); err == nil {
		return value
	}
	return text
}

// runByHand returns at the end of the lines.
func runByHand(c component, o options, r io.Reader, w io.Writer) error {
	context := map[string]any{"componentid": "hand", "taskid": 1, "task->component": map[string]any{"1": "hand"}}
	if o.fields != nil {
		context["source->stream->fields"] = map[string]any{"hand": map[string]any{defaultStream: o.fields}}
	}
	_, isSpout := c.(*spoutRunner)
	if file, ok := r.(*os.File); ok && isTerminal(file) {
		help := "a line is a tuple: a JSON array, or text as its one value; `:tick` is a tick, Ctrl-D the end of the input"
		if isSpout {
			help = "`next` or an empty line asks for a tuple; `ack` and `fail` are for the last one, or for the ID that follows; Ctrl-D ends"
		}
		fmt.Fprintln(os.Stderr, help)
	}
	var last any // id that was emitted
	st := setUp(c, true, o.conf, context, func(said map[string]any) {
		if id := said["id"]; said["command"] == "emit" && id != nil {
			last = id
		}
		if line := describe(said); line != "" {
			fmt.Fprintln(w, line)
		}
	})
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64*1024*1024)
	for number := 1; lines.Scan(); number++ {
		if isSpout {
			command, name, named := strings.Cut(strings.TrimSpace(lines.Text()), " ")
			if command == "" {
				command = "next"
			}
			id := last
			if named {
				id = jsonOrText(name)
			}
			st.command(command, id)
			continue
		}
		st.line(number, lines.Text())
	}
	if c.can() == "end_of_input" {
		st.tuple("end of input", "", endOfInputStream, -1, []any{})
	}
	if err := st.end(); err != nil {
		return err
	}
	return lines.Err()
}

func (st *stage) line(number int, line string) {
	id := strconv.Itoa(number)
	if strings.TrimSpace(line) == ":tick" {
		st.tuple(id, systemComponent, tickStream, -1, []any{1})
		return
	}
	values, isArray := jsonOrText(line).([]any)
	if !isArray {
		values = []any{line}
	}
	st.tuple(id, "hand", defaultStream, 0, values)
}

// describe gives a line for people; an empty one if it is of no interest to them.
func describe(said map[string]any) string {
	label, rest := text(said["command"]), ""
	switch label {
	case "emit":
		rest = string(mustAppendValue(nil, said["tuple"]))
		for _, name := range []string{"anchors", "stream", "task", "id"} {
			if value, there := said[name]; there {
				rest += " " + name + "=" + string(mustAppendValue(nil, value))
			}
		}
	case "ack", "fail":
		rest = fmt.Sprint(said["id"])
	case "error":
		rest = text(said["msg"])
	case "log":
		level, _ := asInt(said["level"])
		rest = []string{"trace", "debug", "info", "warn", "error"}[level] + ": " + text(said["msg"])
	case "metrics":
		label = "metric"
		rest = fmt.Sprintf("%v %s", said["name"], mustAppendValue(nil, said["params"]))
	case "exhausted":
	default:
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%-6s %s", label, rest))
}
