// JSON and frames: what is read and written is what encoding/json reads and writes, but for the types of numbers.

package storm

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"math/rand"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

func TestNumbersKeepTheirValue(t *testing.T) {
	for text, want := range map[string]any{
		"0": int64(0), "-7": int64(-7), "9223372036854775807": int64(math.MaxInt64),
		"-9223372036854775808": int64(math.MinInt64), "18446744073709551615": uint64(math.MaxUint64),
		"184467440737095516150": json.Number("184467440737095516150"), "1.5": 1.5, "1e3": 1000.0, "1e999": json.Number("1e999"),
	} {
		got, err := parseJSON([]byte(text))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as %T %v, %v", text, got, got, err)
		}
		written := string(mustAppendValue(nil, got))
		if again, _ := parseJSON([]byte(written)); !reflect.DeepEqual(again, want) {
			t.Errorf("%s is written as %s", text, written)
		}
	}
}

func TestMalformedJSONIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":1,}", "{a:1}", "01", "1.", ".5", "-", "1e", "+1", "tru", "\"", "\"\\x\"", "\"a\nb\"",
		"[", "[1", "{\"a\":1", "1 1", "[]]", "1\x00", "nul", strings.Repeat("[", 2000),
	} {
		if value, err := parseJSON([]byte(text)); err == nil {
			t.Errorf("%.20q is read as %v", text, value)
		}
	}
}

func randomValue(r *rand.Rand, depth int) any {
	switch n := r.Intn(9); {
	case n == 0:
		return nil
	case n == 1:
		return r.Intn(2) == 0
	case n == 2:
		return int64(r.Uint64()) >> uint(r.Intn(64))
	case n == 3:
		return math.Float64frombits(r.Uint64()&^(1<<62)) + 0.5
	case n <= 5 || depth > 3:
		runes := make([]rune, r.Intn(12))
		for i := range runes {
			runes[i] = []rune{'a', '"', '\\', '\n', '\r', '\t', 0, 31, 127, 'é', '\u2028', '😀', '<', '/'}[r.Intn(14)]
		}
		return string(runes)
	case n <= 7:
		items := make([]any, r.Intn(4))
		for i := range items {
			items[i] = randomValue(r, depth+1)
		}
		return items
	default:
		members := map[string]any{}
		for i := r.Intn(4); i > 0; i-- {
			members[randomKey(r)] = randomValue(r, depth+1)
		}
		return members
	}
}

func randomKey(r *rand.Rand) string { return []string{"a", "\"", "é", "", "comp", "\n"}[r.Intn(6)] }

func TestWhatIsWrittenIsReadAgainByBothReaders(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for i := 0; i < 20_000; i++ {
		value := randomValue(r, 0)
		written, err := appendValue(nil, value)
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(string(written), "\n\r") {
			t.Fatalf("%q is more than a line", written)
		}
		var theirs, ours any
		if err := json.Unmarshal(written, &theirs); err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		mine, err := parseJSON(written)
		if err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		// encoding/json knows no integers, so what is compared is what it makes of what was read.
		again, _ := json.Marshal(mine)
		if err := json.Unmarshal(again, &ours); err != nil || !reflect.DeepEqual(theirs, ours) {
			t.Fatalf("%s is read as %v", written, mine)
		}
	}
}

func TestTextThatIsNoUTF8BecomesTheReplacementCharacter(t *testing.T) {
	if got := string(appendString(nil, "a\xffb")); got != `"a\ufffdb"` {
		t.Error(got)
	}
}

func TestAnyGoValueCanBeSentInOneLine(t *testing.T) {
	type point struct {
		X int     `json:"x"`
		Y float32 `json:"y"`
	}
	got := string(mustAppendValue(nil, []any{point{1, 2.5}, []byte("hi"), int8(3), json.RawMessage("{\n\"a\": 1}"), []int{1, 2}, "<"}))
	if want := `[{"x":1,"y":2.5},"aGk=",3,{"a":1},[1,2],"<"]`; got != want {
		t.Error(got)
	}
}

func TestWhatHasNoJSONIsRefused(t *testing.T) {
	for _, value := range []any{math.NaN(), math.Inf(-1), make(chan int), func() {}} {
		if b, err := appendValue(nil, value); err == nil {
			t.Errorf("%T is written as %s", value, b)
		}
	}
}

func TestFramesAreCutHoweverTheyArrive(t *testing.T) {
	long := `"` + strings.Repeat("x", 3*readSize) + `"`
	input := "\n{\"a\":\n\"end\"}\nend\n\r\n[1]\r\nend\r\n\nend\n" + long + "\nend\n2\nend\nleft"
	want := []string{"{\"a\":\n\"end\"}", "[1]", long, "2"}
	for name, r := range map[string]io.Reader{
		"at once":          strings.NewReader(input),
		"by the byte":      iotest.OneByteReader(strings.NewReader(input)),
		"with the end":     iotest.DataErrReader(strings.NewReader(input)),
		"in halves":        iotest.HalfReader(strings.NewReader(input)),
		"until it breaks":  iotest.DataErrReader(io.MultiReader(strings.NewReader(input), iotest.ErrReader(errors.New("broken")))),
		"with empty reads": io.MultiReader(strings.NewReader(""), strings.NewReader(input)),
	} {
		frames := framer{buf: make([]byte, readSize)}
		var got []string
		for done := false; !done; {
			done = frames.fill(r) != nil
			for frame, ok := frames.next(); ok; frame, ok = frames.next() {
				got = append(got, string(frame))
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %.80q", name, got)
		}
	}
}
