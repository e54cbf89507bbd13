// What a task of a bolt keeps by key: its parent has it, and is asked for it.

package storm

// State is what a task of a bolt keeps by key. Typhoon has it, and with `topology.guarantee: exactly-once` it lasts: what is written while
// a tuple is handled takes effect with what is emitted, or not at all. The option `states` of the bolt names it. Not under Storm.
//
// Keys and values are what JSON has. Its methods panic if a key or a value has no JSON.
type State struct {
	rt   *runtime
	name string
}

// State gives the state of that name.
func (r reporter) State(name string) State { return State{r.rt, name} }

// Get gives the value of a key, and whether there is one.
func (s State) Get(key any) (value any, found bool) {
	values := s.GetAll(key)[0]
	if len(values) == 0 {
		return nil, false
	}
	return values[0], true
}

// GetAll asks for several keys at once. It gives a list for each, of its value or of nothing. When the input ends meanwhile, the program
// ends.
func (s State) GetAll(keys ...any) [][]any {
	var answer <-chan [][]any
	s.send("state_get", "keys", keys, func() { answer = s.rt.in.askValues() })
	s.rt.out.flush()
	values, ok := <-answer
	if !ok || len(values) != len(keys) {
		s.rt.quit()
	}
	return values
}

// Put puts the value of a key.
func (s State) Put(key, value any) { s.PutAll([2]any{key, value}) }

// PutAll puts the values of several keys, in pairs, in one message.
func (s State) PutAll(pairs ...[2]any) {
	items := make([]any, len(pairs))
	for i, pair := range pairs {
		items[i] = []any{pair[0], pair[1]}
	}
	s.send("state_put", "put", items, nil)
}

// Delete takes keys away.
func (s State) Delete(keys ...any) { s.send("state_put", "delete", keys, nil) }

func (s State) send(command, field string, items []any, before func()) {
	s.rt.out.send(func(b []byte) []byte {
		b = appendString(append(append(append(b, `{"command":"`...), command...), `","state":`...), s.name)
		b = append(append(append(b, `,"`...), field...), `":`...)
		b, err := appendValues(b, items)
		if err != nil {
			panic(err)
		}
		return append(b, '}')
	}, before)
}

// keeper answers for the states where there is no parent: by hand, and in tests.
type keeper map[string][]any

// heard gives the answer to a question, or nil.
func (k keeper) heard(said map[string]any) map[string]any {
	name := text(said["state"])
	place := func(key any) string { return name + " " + string(mustAppendValue(nil, key)) }
	for _, pair := range array(said["put"]) {
		k[place(array(pair)[0])] = array(pair)[1:]
	}
	for _, key := range array(said["delete"]) {
		delete(k, place(key))
	}
	if said["command"] != "state_get" {
		return nil
	}
	values := []any{}
	for _, key := range array(said["keys"]) {
		found := k[place(key)]
		if found == nil {
			found = []any{}
		}
		values = append(values, found)
	}
	return map[string]any{"state": name, "values": values}
}

func array(value any) []any {
	values, _ := value.([]any)
	return values
}
