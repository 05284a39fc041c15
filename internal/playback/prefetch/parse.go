package prefetch

import (
	"time"

	"stitcher/internal/playback/awsapi"
)

// Parse reads the body of CreatePrefetchSchedule; configuration
// and name are those of the path. now is the time of the request: a schedule
// must end within a day of it. The error is ErrMalformed, or a *ValidationError
// that names every bad member.
func Parse(configuration, name string, body []byte, now time.Time) (*Schedule, error) {
	s, found, err := readSchedule(body)
	if err != nil {
		return nil, err
	}
	s.Configuration, s.Name, s.Created = configuration, name, now
	s.validate(now, &found)
	if len(body) > maxBody {
		found.Add("the schedule", "must not be longer than %d bytes", maxBody)
	}
	if err := found.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

// readOnly are the members that answers have and requests don't.
var readOnly = []string{"Arn", "Name", "PlaybackConfigurationName"}

// readSchedule reads what can be read, and tells what can't.
func readSchedule(body []byte) (*Schedule, awsapi.Problems, error) {
	members, err := awsapi.Members(body)
	if err != nil {
		return nil, nil, err
	}
	var found awsapi.Problems
	o := awsapi.Object{Members: members, Problems: &found}
	s := &Schedule{
		// SINGLE is the only type of the older clients, which don't send one.
		Recurring: o.Enum("ScheduleType", typeSingle, typeRecurring) == typeRecurring,
		StreamID:  o.Text("StreamId"),
		Tags:      o.Texts("tags"),
		document:  members,
	}
	awsapi.CheckTags(o.Member("tags"), s.Tags, o.Problems)
	single := []string{"Retrieval", "Consumption"}
	recurring := []string{"RecurringPrefetchConfiguration"}
	if s.Recurring {
		only(o, recurring, single, typeRecurring)
		w := o.Object(recurring[0])
		retrieval, consumption := w.Object("RecurringRetrieval"), w.Object("RecurringConsumption")
		if w.Members != nil {
			w.Require("RecurringRetrieval")
			w.Require("RecurringConsumption")
		}
		s.Retrieval, s.Consumption = readRetrieval(retrieval), readConsumption(consumption)
		s.Retrieval.Delay = retrieval.Seconds("DelayAfterAvailEndSeconds", 0)
		s.Consumption.AdExpiration = consumption.Seconds("RetrievedAdExpirationSeconds", 1)
		s.Retrieval.Start, s.Retrieval.End = w.Time("StartTime"), w.Time("EndTime")
		s.Consumption.Start, s.Consumption.End = s.Retrieval.Start, s.Retrieval.End
	} else {
		only(o, single, recurring, typeSingle)
		retrieval, consumption := o.Object(single[0]), o.Object(single[1])
		s.Retrieval, s.Consumption = readRetrieval(retrieval), readConsumption(consumption)
		s.Retrieval.Start, s.Retrieval.End = retrieval.Time("StartTime"), retrieval.Time("EndTime")
		s.Consumption.Start, s.Consumption.End = consumption.Time("StartTime"), consumption.Time("EndTime")
	}
	// What Get shows may be created again: the server's own members are dropped.
	for _, name := range readOnly {
		delete(members, name)
	}
	delete(members, "tags")
	return s, found, nil
}

func readRetrieval(o awsapi.Object) Retrieval {
	return Retrieval{Variables: o.Texts("DynamicVariables"), Shaping: readShaping(o)}
}

func readConsumption(o awsapi.Object) Consumption {
	var c Consumption
	for _, x := range o.Objects("AvailMatchingCriteria") {
		x.Require("DynamicVariable")
		x.Require("Operator")
		c.Criteria = append(c.Criteria, MatchingCriterion{x.Text("DynamicVariable"), x.Enum("Operator", "EQUALS")})
	}
	return c
}

// readShaping takes the type from the settings that are there where none was
// sent.
func readShaping(o awsapi.Object) TrafficShaping {
	const (
		windowMember = "TrafficShapingRetrievalWindow"
		tpsMember    = "TrafficShapingTpsConfiguration"
	)
	window, tps := o.Object(windowMember), o.Object(tpsMember)
	t := TrafficShaping{
		Type:                o.Enum("TrafficShapingType", retrievalWindow, peakTPS),
		Window:              window.Seconds("RetrievalWindowDurationSeconds", 1),
		PeakTPS:             tps.Integer("PeakTps", 1, awsapi.Unlimited),
		PeakConcurrentUsers: tps.Integer("PeakConcurrentUsers", 1, awsapi.Unlimited),
	}
	if _, sent := o.Raw("TrafficShapingType"); !sent {
		switch {
		case window.Members != nil && tps.Members != nil:
			o.Require("TrafficShapingType")
		case window.Members != nil:
			t.Type = retrievalWindow
		case tps.Members != nil:
			t.Type = peakTPS
		}
	}
	switch t.Type {
	case retrievalWindow:
		window.Require("RetrievalWindowDurationSeconds")
	case peakTPS:
		tps.Require("PeakTps")
		tps.Require("PeakConcurrentUsers")
	}
	return t
}

// only requires the members of a schedule's type, and refuses those of the
// other, which would otherwise be dropped without a word.
func only(o awsapi.Object, required, refused []string, scheduleType string) {
	for _, name := range required {
		o.Require(name)
	}
	for _, name := range refused {
		if _, ok := o.Raw(name); ok {
			o.Problems.Add(o.Member(name), "must not be set where ScheduleType is %s", scheduleType)
		}
	}
}
