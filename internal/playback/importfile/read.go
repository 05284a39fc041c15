package importfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"stitcher/internal/playback/awsapi"
	"stitcher/internal/playback/config"
)

// Item is one playback configuration of a file.
type Item struct {
	// Place is where the configuration stands in the file, such as Items[2] or
	// Resources.Channel; "" is the whole file.
	Place string
	// Name is the configuration's name.
	Name string
	// Put is the body of PutPlaybackConfiguration.
	Put json.RawMessage
	// Logs is the body of ConfigureLogsForPlaybackConfiguration; nil where the file sets
	// no logs.
	Logs json.RawMessage
}

// ErrNone is returned for JSON without a playback configuration.
var ErrNone = errors.New("the file has no playback configuration: want an answer of aws mediatailor get-playback-configuration or list-playback-configurations, or a CloudFormation template with " + resourceType)

// resourceType is the CloudFormation type of a playback configuration.
const resourceType = "AWS::MediaTailor::PlaybackConfiguration"

// Read reads the configurations of a file, in the order of the file; those of a
// template are ordered by logical id. Each has been validated as the control API does.
// The error names every configuration that cannot be imported.
func Read(file []byte) ([]Item, error) {
	// A byte order mark, as some editors on Windows write it, is no JSON.
	file = bytes.TrimPrefix(file, []byte("\xef\xbb\xbf"))
	found, err := find(file)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, ErrNone
	}
	var items []Item
	var errs []error
	names := map[string]string{}
	for _, f := range found {
		item, err := f.item()
		if err == nil {
			if place, twice := names[item.Name]; twice {
				err = fmt.Errorf("the name %q is that of %s too", item.Name, place)
			}
			names[item.Name] = f.place
		}
		if err != nil {
			errs = append(errs, at(f.place, err))
			continue
		}
		items = append(items, item)
	}
	return items, errors.Join(errs...)
}

// at says where in the file an error was found.
func at(place string, err error) error {
	if place == "" {
		return err
	}
	return fmt.Errorf("%s: %w", place, err)
}

// object is a JSON object whose members are not read yet.
type object = map[string]json.RawMessage

// source is a configuration as it stands in a file.
type source struct {
	place   string
	members object
	// template is set in a CloudFormation template.
	template bool
}

// find finds the configurations of a file.
func find(file []byte) ([]source, error) {
	var top any
	if err := json.Unmarshal(file, &top); err != nil {
		return nil, fmt.Errorf("the file is not JSON: %w", err)
	}
	if _, list := top.([]any); list {
		return elements("", file)
	}
	var members object
	if err := json.Unmarshal(file, &members); err != nil {
		return nil, ErrNone
	}
	switch {
	case members["Resources"] != nil:
		return resources(members["Resources"])
	case members["Items"] != nil:
		return elements("Items", members["Items"])
	case members["Name"] != nil:
		return []source{{"", members, false}}, nil
	}
	return nil, ErrNone
}

// elements are the configurations of a list.
func elements(place string, list json.RawMessage) ([]source, error) {
	var each []json.RawMessage
	if err := json.Unmarshal(list, &each); err != nil {
		return nil, at(place, errors.New("must be a list"))
	}
	var out []source
	for i, raw := range each {
		place := fmt.Sprintf("%s[%d]", place, i)
		var members object
		if json.Unmarshal(raw, &members) != nil || members == nil {
			return nil, at(place, errors.New("must be an object"))
		}
		out = append(out, source{place, members, false})
	}
	return out, nil
}

// resources are the configurations of a template.
func resources(raw json.RawMessage) ([]source, error) {
	var each map[string]struct {
		Type       string
		Properties object
	}
	if err := json.Unmarshal(raw, &each); err != nil {
		return nil, at("Resources", errors.New("must be an object of resources"))
	}
	var out []source
	for _, id := range slices.Sorted(maps.Keys(each)) {
		if each[id].Type == resourceType {
			out = append(out, source{"Resources." + id, each[id].Properties, true})
		}
	}
	return out, nil
}

// item makes the requests of a configuration.
func (s *source) item() (Item, error) {
	if s.template {
		if err := s.fromTemplate(); err != nil {
			return Item{}, err
		}
	}
	item := Item{Place: s.place}
	logs := s.members["LogConfiguration"]
	delete(s.members, "LogConfiguration")
	// The CLI calls the member Tags that is tags in requests.
	if tags, ok := s.members["Tags"]; ok {
		delete(s.members, "Tags")
		s.members["tags"] = tags
	}
	var err error
	if item.Put, err = json.Marshal(s.members); err != nil {
		return Item{}, err
	}
	c, err := config.Parse(item.Put)
	if err != nil {
		return Item{}, err
	}
	item.Name = c.Name
	if item.Logs, err = logsRequest(c.Name, logs); err != nil {
		return Item{}, fmt.Errorf("LogConfiguration: %w", err)
	}
	return item, nil
}

// logsRequest is the request that sets logs; nil where none are set.
func logsRequest(name string, logs json.RawMessage) (json.RawMessage, error) {
	if logs == nil || awsapi.IsNull(logs) {
		return nil, nil
	}
	var members object
	if err := json.Unmarshal(logs, &members); err != nil {
		return nil, errors.New("must be an object")
	}
	quoted, err := json.Marshal(name)
	if err != nil {
		return nil, err
	}
	members["PlaybackConfigurationName"] = quoted
	body, err := json.Marshal(members)
	if err != nil {
		return nil, err
	}
	if _, err := config.ParseLogsRequest(body); err != nil {
		return nil, err
	}
	return body, nil
}

// path joins the names that lead to a member.
func path(names ...string) string { return strings.Join(names, ".") }
