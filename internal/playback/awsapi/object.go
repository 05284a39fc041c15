package awsapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Object is one JSON object of a document that is being read. Names are matched
// exactly, as the AWS protocol has it (encoding/json would take "name" for
// "Name"), and null is the same as absent.
type Object struct {
	path     string
	Members  map[string]json.RawMessage
	Problems *Problems
}

// Raw is the member as it stands.
func (o Object) Raw(name string) (json.RawMessage, bool) {
	raw, ok := o.Members[name]
	return raw, ok && !IsNull(raw)
}

// Member is the path of a member.
func (o Object) Member(name string) string {
	if o.path == "" {
		return name
	}
	return o.path + "." + name
}

// Read decodes a member into v, a pointer; kind is how v's type is called.
func (o Object) Read(name, kind string, v any) {
	raw, ok := o.Raw(name)
	if ok && json.Unmarshal(raw, v) != nil {
		o.Problems.Add(o.Member(name), "must be %s", kind)
	}
}

// Text is a member that is a string.
func (o Object) Text(name string) (v string) {
	o.Read(name, "a string", &v)
	return v
}

// Flag is a member that is a boolean.
func (o Object) Flag(name string) (v bool) {
	o.Read(name, "true or false", &v)
	return v
}

// Integer is a number between least and greatest; 0 if absent or wrong.
func (o Object) Integer(name string, least, greatest int) int {
	var v json.Number
	raw, ok := o.Raw(name)
	if !ok {
		return 0
	}
	// A json.Number also decodes from a string of digits.
	if raw[0] == '"' || json.Unmarshal(raw, &v) != nil {
		o.Problems.Add(o.Member(name), "must be an integer")
		return 0
	}
	n, err := v.Int64()
	if err != nil && strings.ContainsAny(v.String(), ".eE") {
		o.Problems.Add(o.Member(name), "must be an integer")
		return 0
	}
	if err != nil || n < int64(least) || n > int64(greatest) {
		o.Problems.Add(o.Member(name), "must be %s", interval(least, greatest))
		return 0
	}
	return int(n)
}

// Unlimited is the greatest integer of the API, whose integers have 32 bits.
const Unlimited = 1<<31 - 1

func interval(least, greatest int) string {
	if greatest == Unlimited {
		return fmt.Sprintf("at least %d", least)
	}
	return fmt.Sprintf("between %d and %d", least, greatest)
}

// Enum is one of values; "" if absent or wrong.
func (o Object) Enum(name string, values ...string) string {
	v := o.Text(name)
	if v != "" && !slices.Contains(values, v) {
		o.Problems.Add(o.Member(name), "must be one of %s", strings.Join(values, ", "))
		return ""
	}
	return v
}

// Object is a member that is an object; without members where it is absent.
func (o Object) Object(name string) Object {
	child := Object{path: o.Member(name), Problems: o.Problems}
	o.Read(name, "an object", &child.Members)
	return child
}

// Texts is a member that maps strings to strings.
func (o Object) Texts(name string) map[string]string {
	child := o.Object(name)
	if child.Members == nil {
		return nil
	}
	out := make(map[string]string, len(child.Members))
	for _, key := range child.Names() {
		out[key] = child.Text(key)
	}
	return out
}

// List is a member that is an array of strings out of values.
func (o Object) List(name string, values ...string) (v []string) {
	o.Read(name, "an array of strings", &v)
	for _, x := range v {
		if !slices.Contains(values, x) {
			o.Problems.Add(o.Member(name), "must contain only %s", strings.Join(values, ", "))
			return nil
		}
	}
	return v
}

// Names are the names of the members, in order.
func (o Object) Names() []string { return slices.Sorted(maps.Keys(o.Members)) }

// Require reports a member that is not there.
func (o Object) Require(name string) {
	if _, ok := o.Raw(name); !ok {
		o.Problems.Add(o.Member(name), "is required")
	}
}

// Seconds is an integer number of seconds, at least least.
func (o Object) Seconds(name string, least int) time.Duration {
	return time.Duration(o.Integer(name, least, Unlimited)) * time.Second
}

// maxTime is the first second that is too late: the year 10000, from which on
// times have no form in text.
const maxTime = 253_402_300_800

// Time is a moment as the protocol has it: a number of seconds since 1970, with
// fractions, of which microseconds are kept. It is zero if absent or wrong.
func (o Object) Time(name string) time.Time {
	var seconds float64
	raw, ok := o.Raw(name)
	if !ok {
		return time.Time{}
	}
	if json.Unmarshal(raw, &seconds) != nil || seconds < 0 || seconds >= maxTime {
		o.Problems.Add(o.Member(name), "must be a time as a number of seconds since 1970")
		return time.Time{}
	}
	return time.UnixMicro(int64(math.Round(seconds * 1e6))).UTC()
}

// Objects is a member that is an array of objects.
func (o Object) Objects(name string) []Object {
	var list []json.RawMessage
	o.Read(name, "an array of objects", &list)
	all := make([]Object, 0, len(list))
	for i, raw := range list {
		child := Object{path: fmt.Sprintf("%s[%d]", o.Member(name), i), Problems: o.Problems}
		if IsNull(raw) || json.Unmarshal(raw, &child.Members) != nil {
			o.Problems.Add(child.path, "must be an object")
			continue
		}
		all = append(all, child)
	}
	return all
}
