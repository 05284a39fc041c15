package parameters

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/httpapi/viewer/escape"
)

// addBody reads the JSON body of an explicit session request. Members that are
// not reserved become parameters of the origin, so the order of members is
// kept. An empty body is an empty object.
func (c *collector) addBody(raw []byte) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	members, err := object(raw)
	if err != nil {
		return adapter.BadRequest("the body is not a JSON object: %s", err.Error())
	}
	for _, m := range members {
		if err := c.addMember(m); err != nil {
			return err
		}
	}
	return nil
}

// addMember puts a top-level member where it belongs (reference §2.2).
func (c *collector) addMember(m member) error {
	switch m.name {
	case "adsParams":
		return c.addMap(m, func(name, value string) error {
			put(&c.ads, name, value)
			return nil
		})
	case "playerParams":
		return c.addMap(m, func(name, value string) error {
			put(&c.player, name, value)
			return nil
		})
	case "manifestParams":
		return c.addMap(m, func(name, value string) error {
			// Applications encode manifest parameters themselves (reference §2.2).
			return c.addManifest(escape.Mixed(name) + "=" + escape.Mixed(value))
		})
	case "availSuppression":
		return c.addGroup(m, map[string]string{
			"mode": "availSuppressionMode", "value": "availSuppressionValue", "fillPolicy": "availSuppressionFillPolicy",
		})
	case "adSignaling":
		return c.addGroup(m, map[string]string{"enabled": "adSignalingEnabled", "scheme": "adSignalingScheme"})
	}
	value, set, err := m.scalar()
	if err != nil || !set {
		return err
	}
	if err := c.admit(m.name, value); err != nil {
		return err
	}
	switch m.name {
	case "reportingMode", "insertionMode", "streamId", "logMode", "startTime", "preroll", "overlayAvails":
		put(&c.features, m.name, value)
	default:
		c.addOrigin(escape.Text(m.name) + "=" + escape.Text(value))
	}
	return nil
}

// addMap adds the members of an object of scalars.
func (c *collector) addMap(m member, add func(name, value string) error) error {
	if m.isNull() {
		return nil
	}
	members, err := object(m.value)
	if err != nil {
		return adapter.BadRequest("%s must be a JSON object", m.name)
	}
	for _, inner := range members {
		value, set, err := inner.scalar()
		if err != nil {
			return adapter.BadRequest("%s: %s", m.name, err.Error())
		}
		if !set {
			continue
		}
		if err := c.admit(inner.name, value); err != nil {
			return err
		}
		if err := add(inner.name, value); err != nil {
			return err
		}
	}
	return nil
}

// addGroup adds the members of a feature that is an object in the body, and
// several aws.* parameters in a query.
func (c *collector) addGroup(m member, features map[string]string) error {
	return c.addMap(m, func(name, value string) error {
		if feature, ok := features[name]; ok {
			put(&c.features, feature, value)
		}
		return nil
	})
}

// member is one member of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

func (m *member) isNull() bool { return string(m.value) == "null" }

// scalar is the member's value as text; set is false for null.
func (m *member) scalar() (value string, set bool, err error) {
	switch m.value[0] {
	case '{', '[':
		return "", false, adapter.BadRequest("%s must be a string, a number or a boolean", clip(m.name))
	case '"':
		if err := json.Unmarshal(m.value, &value); err != nil {
			return "", false, adapter.BadRequest("%s is not a JSON string", clip(m.name))
		}
		return value, true, nil
	}
	if m.isNull() {
		return "", false, nil
	}
	return string(m.value), true, nil
}

// object reads one JSON object, its members in order.
func object(raw []byte) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil {
		return nil, err
	} else if t != json.Delim('{') {
		return nil, errors.New("it does not begin with {")
	}
	var members []member
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, ok := name.(string)
		if !ok {
			return nil, errors.New("a member has no name")
		}
		m := member{name: key}
		if err := d.Decode(&m.value); err != nil {
			return nil, err
		}
		members = append(members, m)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("data follows the object")
	}
	return members, nil
}
