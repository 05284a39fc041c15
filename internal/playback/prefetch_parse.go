package playback

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// ParsePrefetchSchedule reads the body of CreatePrefetchSchedule; configuration
// and name are those of the path. now is the time of the request: a schedule
// must end within a day of it. The error is ErrMalformed, or a *ValidationError
// that names every bad member.
func ParsePrefetchSchedule(configuration, name string, body []byte, now time.Time) (*PrefetchSchedule, error) {
	s, found, err := readPrefetchSchedule(body)
	if err != nil {
		return nil, err
	}
	s.Configuration, s.Name, s.Created = configuration, name, now
	s.validate(now, &found)
	if len(body) > maxPrefetchBody {
		found.add("the schedule", "must not be longer than %d bytes", maxPrefetchBody)
	}
	if err := found.err(); err != nil {
		return nil, err
	}
	return s, nil
}

// prefetchReadOnly are the members that answers have and requests don't.
var prefetchReadOnly = []string{"Arn", "Name", "PlaybackConfigurationName"}

// readPrefetchSchedule reads what can be read, and tells what can't.
func readPrefetchSchedule(body []byte) (*PrefetchSchedule, problems, error) {
	members, err := document(body)
	if err != nil {
		return nil, nil, err
	}
	var found problems
	o := object{members: members, problems: &found}
	s := &PrefetchSchedule{
		// SINGLE is the only type of the older clients, which don't send one.
		Recurring: o.enum("ScheduleType", typeSingle, typeRecurring) == typeRecurring,
		StreamID:  o.text("StreamId"),
		Tags:      o.texts("tags"),
		document:  members,
	}
	checkTags(o.member("tags"), s.Tags, o.problems)
	single := []string{"Retrieval", "Consumption"}
	recurring := []string{"RecurringPrefetchConfiguration"}
	if s.Recurring {
		o.only(recurring, single, typeRecurring)
		w := o.object(recurring[0])
		retrieval, consumption := w.object("RecurringRetrieval"), w.object("RecurringConsumption")
		if w.members != nil {
			w.require("RecurringRetrieval")
			w.require("RecurringConsumption")
		}
		s.Retrieval, s.Consumption = readRetrieval(retrieval), readConsumption(consumption)
		s.Retrieval.Delay = retrieval.seconds("DelayAfterAvailEndSeconds", 0)
		s.Consumption.AdExpiration = consumption.seconds("RetrievedAdExpirationSeconds", 1)
		s.Retrieval.Start, s.Retrieval.End = w.time("StartTime"), w.time("EndTime")
		s.Consumption.Start, s.Consumption.End = s.Retrieval.Start, s.Retrieval.End
	} else {
		o.only(single, recurring, typeSingle)
		retrieval, consumption := o.object(single[0]), o.object(single[1])
		s.Retrieval, s.Consumption = readRetrieval(retrieval), readConsumption(consumption)
		s.Retrieval.Start, s.Retrieval.End = retrieval.time("StartTime"), retrieval.time("EndTime")
		s.Consumption.Start, s.Consumption.End = consumption.time("StartTime"), consumption.time("EndTime")
	}
	// What Get shows may be created again: the server's own members are dropped.
	for _, name := range prefetchReadOnly {
		delete(members, name)
	}
	delete(members, "tags")
	return s, found, nil
}

func readRetrieval(o object) PrefetchRetrieval {
	return PrefetchRetrieval{Variables: o.texts("DynamicVariables"), Shaping: readShaping(o)}
}

func readConsumption(o object) PrefetchConsumption {
	var c PrefetchConsumption
	for _, x := range o.objects("AvailMatchingCriteria") {
		x.require("DynamicVariable")
		x.require("Operator")
		c.Criteria = append(c.Criteria, MatchingCriterion{x.text("DynamicVariable"), x.enum("Operator", "EQUALS")})
	}
	return c
}

// readShaping takes the type from the settings that are there where none was
// sent.
func readShaping(o object) TrafficShaping {
	const (
		windowMember = "TrafficShapingRetrievalWindow"
		tpsMember    = "TrafficShapingTpsConfiguration"
	)
	window, tps := o.object(windowMember), o.object(tpsMember)
	t := TrafficShaping{
		Type:                o.enum("TrafficShapingType", retrievalWindow, peakTPS),
		Window:              window.seconds("RetrievalWindowDurationSeconds", 1),
		PeakTPS:             tps.integer("PeakTps", 1, unlimited),
		PeakConcurrentUsers: tps.integer("PeakConcurrentUsers", 1, unlimited),
	}
	if _, sent := o.raw("TrafficShapingType"); !sent {
		switch {
		case window.members != nil && tps.members != nil:
			o.require("TrafficShapingType")
		case window.members != nil:
			t.Type = retrievalWindow
		case tps.members != nil:
			t.Type = peakTPS
		}
	}
	switch t.Type {
	case retrievalWindow:
		window.require("RetrievalWindowDurationSeconds")
	case peakTPS:
		tps.require("PeakTps")
		tps.require("PeakConcurrentUsers")
	}
	return t
}

// require reports a member that is not there.
func (o object) require(name string) {
	if _, ok := o.raw(name); !ok {
		o.problems.add(o.member(name), "is required")
	}
}

// only requires the members of a schedule's type, and refuses those of the
// other, which would otherwise be dropped without a word.
func (o object) only(required, refused []string, scheduleType string) {
	for _, name := range required {
		o.require(name)
	}
	for _, name := range refused {
		if _, ok := o.raw(name); ok {
			o.problems.add(o.member(name), "must not be set where ScheduleType is %s", scheduleType)
		}
	}
}

// seconds is an integer number of seconds, at least least.
func (o object) seconds(name string, least int) time.Duration {
	return time.Duration(o.integer(name, least, unlimited)) * time.Second
}

// maxTime is the first second that is too late: the year 10000, from which on
// times have no form in text.
const maxTime = 253_402_300_800

// time is a moment as the protocol has it: a number of seconds since 1970, with
// fractions, of which microseconds are kept. It is zero if absent or wrong.
func (o object) time(name string) time.Time {
	var seconds float64
	raw, ok := o.raw(name)
	if !ok {
		return time.Time{}
	}
	if json.Unmarshal(raw, &seconds) != nil || seconds < 0 || seconds >= maxTime {
		o.problems.add(o.member(name), "must be a time as a number of seconds since 1970")
		return time.Time{}
	}
	return time.UnixMicro(int64(math.Round(seconds * 1e6))).UTC()
}

// objects is a member that is an array of objects.
func (o object) objects(name string) []object {
	var list []json.RawMessage
	o.read(name, "an array of objects", &list)
	all := make([]object, 0, len(list))
	for i, raw := range list {
		child := object{path: fmt.Sprintf("%s[%d]", o.member(name), i), problems: o.problems}
		if isNull(raw) || json.Unmarshal(raw, &child.members) != nil {
			o.problems.add(child.path, "must be an object")
			continue
		}
		all = append(all, child)
	}
	return all
}
