package playback

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ValidationError is everything that is wrong with a document, each problem
// beginning with the member's path.
type ValidationError struct{ Problems []string }

func (e *ValidationError) Error() string { return strings.Join(e.Problems, "; ") }

// problems collects what is wrong, so that an operator learns of everything at
// once.
type problems []string

func (p *problems) add(member, format string, args ...any) {
	*p = append(*p, member+" "+fmt.Sprintf(format, args...))
}

// err is the ValidationError of what was collected, nil if that is nothing.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return &ValidationError{Problems: p}
}

// object is one JSON object of a document that is being read. Names are matched
// exactly, as the AWS protocol has it (encoding/json would take "name" for
// "Name"), and null is the same as absent.
type object struct {
	path     string
	members  map[string]json.RawMessage
	problems *problems
}

// raw is the member as it stands.
func (o object) raw(name string) (json.RawMessage, bool) {
	raw, ok := o.members[name]
	return raw, ok && !isNull(raw)
}

func isNull(raw json.RawMessage) bool { return bytes.Equal(bytes.TrimSpace(raw), []byte("null")) }

func (o object) member(name string) string {
	if o.path == "" {
		return name
	}
	return o.path + "." + name
}

// read decodes a member into v, a pointer; kind is how v's type is called.
func (o object) read(name, kind string, v any) {
	raw, ok := o.raw(name)
	if ok && json.Unmarshal(raw, v) != nil {
		o.problems.add(o.member(name), "must be %s", kind)
	}
}

func (o object) text(name string) (v string) {
	o.read(name, "a string", &v)
	return v
}

func (o object) flag(name string) (v bool) {
	o.read(name, "true or false", &v)
	return v
}

// integer is a number between least and greatest; 0 if absent or wrong.
func (o object) integer(name string, least, greatest int) int {
	var v json.Number
	raw, ok := o.raw(name)
	if !ok {
		return 0
	}
	// A json.Number also decodes from a string of digits.
	if raw[0] == '"' || json.Unmarshal(raw, &v) != nil {
		o.problems.add(o.member(name), "must be an integer")
		return 0
	}
	n, err := v.Int64()
	if err != nil && strings.ContainsAny(v.String(), ".eE") {
		o.problems.add(o.member(name), "must be an integer")
		return 0
	}
	if err != nil || n < int64(least) || n > int64(greatest) {
		o.problems.add(o.member(name), "must be %s", interval(least, greatest))
		return 0
	}
	return int(n)
}

// unlimited is the greatest integer of the API, whose integers have 32 bits.
const unlimited = 1<<31 - 1

func interval(least, greatest int) string {
	if greatest == unlimited {
		return fmt.Sprintf("at least %d", least)
	}
	return fmt.Sprintf("between %d and %d", least, greatest)
}

// enum is one of values; "" if absent or wrong.
func (o object) enum(name string, values ...string) string {
	v := o.text(name)
	if v != "" && !slices.Contains(values, v) {
		o.problems.add(o.member(name), "must be one of %s", strings.Join(values, ", "))
		return ""
	}
	return v
}

// object is a member that is an object; without members where it is absent.
func (o object) object(name string) object {
	child := object{path: o.member(name), problems: o.problems}
	o.read(name, "an object", &child.members)
	return child
}

// texts is a member that maps strings to strings.
func (o object) texts(name string) map[string]string {
	child := o.object(name)
	if child.members == nil {
		return nil
	}
	out := make(map[string]string, len(child.members))
	for _, key := range child.names() {
		out[key] = child.text(key)
	}
	return out
}

// list is a member that is an array of strings out of values.
func (o object) list(name string, values ...string) (v []string) {
	o.read(name, "an array of strings", &v)
	for _, x := range v {
		if !slices.Contains(values, x) {
			o.problems.add(o.member(name), "must contain only %s", strings.Join(values, ", "))
			return nil
		}
	}
	return v
}

// names are the names of the members, in order.
func (o object) names() []string { return slices.Sorted(maps.Keys(o.members)) }
