package importfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// fromTemplate turns the properties of a CloudFormation resource into the members of the
// API's request. They differ in the form of tags, and in that a template may write
// numbers and truth values as strings.
func (s *source) fromTemplate() error {
	if s.members == nil {
		return errors.New("the resource has no Properties")
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(s.members)) {
		var v any
		if err := json.Unmarshal(s.members[name], &v); err != nil {
			return err
		}
		if err := resolved(name, v); err != nil {
			errs = append(errs, err)
			continue
		}
		if name == "Tags" {
			tags, err := tagMap(s.members[name])
			if err != nil {
				errs = append(errs, err)
				continue
			}
			s.members[name] = tags
			continue
		}
		b, err := json.Marshal(typed(name, v))
		if err != nil {
			return err
		}
		s.members[name] = b
	}
	return errors.Join(errs...)
}

// resolved fails where a value depends on what CloudFormation computes at deployment.
func resolved(place string, v any) error {
	var errs []error
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if name == "Ref" || strings.HasPrefix(name, "Fn::") {
				return fmt.Errorf("%s: CloudFormation resolves %s at deployment; import the answer of aws mediatailor get-playback-configuration instead", place, name)
			}
			errs = append(errs, resolved(path(place, name), v[name]))
		}
	case []any:
		for i, x := range v {
			errs = append(errs, resolved(fmt.Sprintf("%s[%d]", place, i), x))
		}
	}
	return errors.Join(errs...)
}

// numbers are the ends of the names of members that are numbers.
var numbers = []string{"Seconds", "Milliseconds", "PercentEnabled", "MaxConcurrentAdsRequests"}

// flags are members that are truth values.
var flags = []string{"Enabled", "EnableVodVastParallelization"}

// typed gives numbers and truth values that stand in strings their type.
func typed(name string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for member, x := range v {
			v[member] = typed(member, x)
		}
	case string:
		if slices.ContainsFunc(numbers, func(end string) bool { return strings.HasSuffix(name, end) }) {
			if n, err := strconv.ParseInt(v, 10, 64); err == nil {
				return n
			}
		}
		if slices.Contains(flags, name) {
			if b, err := strconv.ParseBool(v); err == nil {
				return b
			}
		}
	}
	return v
}

// tagMap turns a template's list of keys and values into an object.
func tagMap(list json.RawMessage) (json.RawMessage, error) {
	var each []struct{ Key, Value *string }
	if err := json.Unmarshal(list, &each); err != nil {
		return nil, at("Tags", errors.New("must be a list of objects with Key and Value"))
	}
	tags := make(map[string]string, len(each))
	for i, t := range each {
		if t.Key == nil || t.Value == nil {
			return nil, at(fmt.Sprintf("Tags[%d]", i), errors.New("must have Key and Value"))
		}
		if _, twice := tags[*t.Key]; twice {
			return nil, at(fmt.Sprintf("Tags[%d]", i), fmt.Errorf("the key %q occurs twice", *t.Key))
		}
		tags[*t.Key] = *t.Value
	}
	return json.Marshal(tags)
}
