// Whole programs: what stands in their frames, and how they end. The test binary is the program, told by its environment what to be.

package storm

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

const programVariable = "STORM_TEST_PROGRAM"

// A logger that has taken os.Stdout before anything is redirected.
var loggerOfOld = log.New(os.Stdout, "", 0)

var programs = map[string]func(){
	"prints": func() {
		RunBolt(func(_ *Tuple, out *Collector) error {
			fmt.Println("one")
			out.Logf(Warn, "two")
			loggerOfOld.Print("three")
			fmt.Print(strings.Repeat("x", 100_000), "\nno line feed")
			stolen, _ := io.ReadAll(os.Stdin)
			out.Emit("emitted", len(stolen))
			return nil
		})
	},
	"asks": func() {
		RunBolt(func(t *Tuple, out *Collector) error {
			out.Emit(append(t.Values, len(out.Send(Emission{Values: t.Values, TaskIDs: true})))...)
			return nil
		})
	},
	"hangs": func() {
		RunBolt(func(t *Tuple, _ *Collector) error {
			if t.Values[0] == "hang" {
				select {}
			}
			return nil
		})
	},
	"unprepared": func() { RunRichBolt(unprepared{}) },
	"spout":      func() { RunSpout(&faulty{}) },
}

type unprepared struct{}

func (unprepared) Prepare(*Context, *Collector) error { return errors.New("no database") }

func (unprepared) Execute(*Tuple) error { return nil }

// faulty is a spout whose first call fails.
type faulty struct {
	out   *SpoutCollector
	calls int
}

func (s *faulty) Open(_ *Context, out *SpoutCollector) error {
	s.out = out
	return nil
}

func (s *faulty) NextTuple() error {
	if s.calls++; s.calls == 1 {
		panic("at first")
	}
	s.out.EmitWithID("a", s.calls)
	return nil
}

func (s *faulty) Ack(id ID) { fmt.Println("acked", id) }

func (s *faulty) Fail(id ID) { panic("cannot fail") }

func (s *faulty) Exhausted() bool { return true }

func TestMain(m *testing.M) {
	if program, ok := programs[os.Getenv(programVariable)]; ok {
		program()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const (
	greeting  = `{"conf":{},"pidDir":"","context":{}}` + frameEnd
	heartbeat = `{"id":"-3","comp":null,"stream":"__heartbeat","task":-1,"tuple":[]}` + frameEnd
)

func tupleFrame(id int, value string) string {
	return fmt.Sprintf(`{"id":"%d","comp":"s","stream":"default","task":1,"tuple":["%s"]}%s`, id, value, frameEnd)
}

func start(t *testing.T, program string) (*exec.Cmd, io.WriteCloser, *bufio.Scanner, *bytes.Buffer) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), programVariable+"="+program)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr := &bytes.Buffer{}
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	t.Cleanup(func() { late.Stop(); _ = cmd.Process.Kill() })
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 1<<20)
	return cmd, stdin, lines, stderr
}

// converse gives a program all of its input at once, and gives what it said after its pid, its exit code and its standard error.
func converse(t *testing.T, program, input string) (said []string, exit int, complaint string) {
	t.Helper()
	cmd, stdin, lines, stderr := start(t, program)
	go func() {
		_, _ = io.WriteString(stdin, input)
		_ = stdin.Close()
	}()
	for lines.Scan() {
		if line := lines.Text(); line != "end" && !strings.HasPrefix(line, `{"pid"`) {
			said = append(said, line)
		}
	}
	_ = cmd.Wait()
	return said, cmd.ProcessState.ExitCode(), stderr.String()
}

func logged(level Level, text string) string {
	return strings.TrimSuffix(string(appendLog(nil, level, text)), frameEnd)
}

func TestWhatIsPrintedIsLoggedInOrderBeforeTheAckOfItsTuple(t *testing.T) {
	said, exit, complaint := converse(t, "prints", greeting+tupleFrame(1, "x"))
	want := []string{
		logged(Info, "one"), logged(Warn, "two"), logged(Info, "three"), logged(Info, strings.Repeat("x", longestLine)),
	}
	if exit != 0 || complaint != "" || len(said) != 8 || !reflect.DeepEqual(said[:3], want[:3]) {
		t.Fatalf("%d %s %.300q", exit, complaint, said)
	}
	// The long line comes in parts, and nothing of it is missing.
	xs := 0
	for _, line := range said[3:] {
		xs += strings.Count(line, "x")
	}
	if xs != 100_000 || said[len(said)-1] != logged(Info, "no line feed") {
		t.Errorf("%d %.300q", xs, said)
	}
	if said[5] != `{"command":"emit","anchors":["1"],"need_task_ids":false,"tuple":["emitted",0]}` || said[6] != `{"command":"ack","id":"1"}` {
		t.Errorf("%.300q", said)
	}
}

func TestTaskIDsAreFoundBehindAnyNumberOfTuples(t *testing.T) {
	const n = 5000
	var tuples strings.Builder
	for i := 1; i <= n; i++ {
		tuples.WriteString(tupleFrame(i, "x"))
	}
	cmd, stdin, lines, _ := start(t, "asks")
	if _, err := io.WriteString(stdin, greeting+tuples.String()); err != nil {
		t.Fatal(err)
	}
	acks := 0
	for acks < n && lines.Scan() {
		switch line := lines.Text(); {
		case strings.Contains(line, `"ack"`):
			acks++
		case strings.HasSuffix(line, `"need_task_ids":false,"tuple":["x",2]}`):
		case strings.HasSuffix(line, `"tuple":["x"]}`):
			_, _ = io.WriteString(stdin, "[4,5]"+frameEnd)
		case line != "end" && !strings.HasPrefix(line, `{"pid"`):
			t.Fatal(line)
		}
	}
	_ = stdin.Close()
	if err := cmd.Wait(); err != nil || acks != n {
		t.Error(acks, err)
	}
}

func TestTheEndOfTheInputEndsAProgramThatWaitsForTaskIDs(t *testing.T) {
	said, exit, complaint := converse(t, "asks", greeting+tupleFrame(1, "x"))
	if exit != 0 || complaint != "" || len(said) != 1 || said[0] != `{"command":"emit","anchors":["1"],"tuple":["x"]}` {
		t.Errorf("%d %s %q", exit, complaint, said)
	}
}

func TestAcksAreNotHeldBackByATupleThatTakesLong(t *testing.T) {
	_, stdin, lines, _ := start(t, "hangs")
	go func() { _, _ = io.WriteString(stdin, greeting+tupleFrame(1, "x")+heartbeat+tupleFrame(2, "hang")) }()
	var said []string
	for len(said) < 6 && lines.Scan() {
		said = append(said, lines.Text())
	}
	if strings.Join(said[1:], " ") != `end {"command":"ack","id":"1"} end {"command":"sync"} end` {
		t.Error(said)
	}
}

func TestAParentThatNobodyHearsAnyMoreIsNoReasonToComplain(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), programVariable+"=asks")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = read.Close()
	stderr := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr, cmd.Stdin = write, stderr, strings.NewReader(greeting+tupleFrame(1, "x"))
	if err := cmd.Run(); err != nil || stderr.Len() > 0 {
		t.Error(err, stderr)
	}
}

func TestWhatCannotBePreparedSaysSoAndExitsWith1(t *testing.T) {
	said, exit, complaint := converse(t, "unprepared", greeting+tupleFrame(1, "x"))
	if exit != 1 || len(said) != 1 || said[0] != `{"command":"error","msg":"no database"}` || !strings.Contains(complaint, "no database") {
		t.Errorf("%d %s %q", exit, complaint, said)
	}
}

func TestASpoutAnswersEveryCommandWithASync(t *testing.T) {
	input := greeting
	for _, command := range []string{"activate", "next", "next", "ack", "fail", "deactivate", "unknown"} {
		input += fmt.Sprintf(`{"command":"%s","id":"a"}%s`, command, frameEnd)
	}
	said, exit, _ := converse(t, "spout", input)
	const sync = `{"command":"sync"}`
	// What is printed comes by a pipe of its own: it may overtake answers, and is logged before the fourth, which is that to the ack.
	var answers []string
	printed, syncs := 0, 0
	for _, line := range said {
		switch line {
		case logged(Info, "acked a"):
			printed++
			if syncs > 3 {
				t.Errorf("it was logged too late: %q", said)
			}
			continue
		case sync:
			syncs++
		}
		answers = append(answers, line)
	}
	if printed != 1 {
		t.Errorf("%d %q", exit, said)
	}
	said = answers
	for i, line := range said {
		if strings.Contains(line, `"error"`) {
			said[i] = line[:len(`{"command":"error","msg":"panic: `)+8]
		}
	}
	want := []string{
		sync, `{"command":"error","msg":"panic: at first`, sync,
		`{"command":"emit","id":"a","need_task_ids":false,"tuple":[2]}`, sync, sync, `{"command":"error","msg":"panic: cannot f`, sync, sync, sync,
	}
	if exit != 0 || !reflect.DeepEqual(said, want) {
		t.Errorf("%d %q", exit, said)
	}
}

func TestAParentThatSendsNoMessagesIsRefused(t *testing.T) {
	for name, input := range map[string]string{
		"is not a message": greeting + "{oops}" + frameEnd, "is not a handshake": tupleFrame(1, "x"), "not a task id": greeting + `["a"]` + frameEnd,
	} {
		if _, exit, complaint := converse(t, "asks", input); exit != 1 || !strings.Contains(complaint, name) {
			t.Errorf("%s: %d %s", name, exit, complaint)
		}
	}
}

func TestTheFileOfTheProcessIDIsMadeAndItsFrameComesFirst(t *testing.T) {
	folder := t.TempDir()
	cmd, stdin, lines, _ := start(t, "prints")
	_, _ = fmt.Fprintf(stdin, `{"conf":{},"pidDir":%q,"context":{}}%s`, folder, frameEnd)
	lines.Scan()
	if want := fmt.Sprintf(`{"pid":%d}`, cmd.Process.Pid); lines.Text() != want {
		t.Error(lines.Text())
	}
	if files, _ := filepath.Glob(filepath.Join(folder, "*")); len(files) != 1 || filepath.Base(files[0]) != fmt.Sprint(cmd.Process.Pid) {
		t.Error(files)
	}
}
