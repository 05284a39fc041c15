package playback

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits of schedules. The first four are MediaTailor's quotas (reference §1.5).
const (
	maxActiveSchedules = 25
	maxCriteria        = 5
	maxVariables       = 100
	// maxAhead is how far ahead a schedule may end.
	maxAhead = 24 * time.Hour
	// maxPrefetchBody bounds a schedule, in bytes: all of them are in memory.
	maxPrefetchBody = 64 << 10
	// maxSchedules bounds those of one configuration, of which most are over
	// and kept to be looked at: a new one every minute for the whole week.
	maxSchedules = 10_080
)

// noCriterion are the variables that have no value in a prefetch, for the viewer
// or the content's time is not that of the avail (reference §1.5 and §4.2).
var noCriterion = []string{
	"session.client_ip", "session.id", "session.referer", "session.user_agent", "session.uuid", "session.accept_language",
	"avail.source_content_time_epoch_ms",
}

// validate checks what the members' types don't say.
func (s *PrefetchSchedule) validate(now time.Time, found *problems) {
	checkName("PlaybackConfigurationName", s.Configuration, found)
	checkName("Name", s.Name, found)
	// The name is what follows the last slash of the ARN.
	if strings.Contains(s.Name, "/") {
		found.add("Name", "must not hold slashes")
	}
	checkLength("StreamId", s.StreamID, maxName, found)

	retrieval, consumption := "Retrieval", "Consumption"
	if s.Recurring {
		const parent = "RecurringPrefetchConfiguration"
		retrieval, consumption = parent+".RecurringRetrieval", parent+".RecurringConsumption"
		s.checkEnd(parent, s.Consumption.Start, s.Consumption.End, now, found)
		checkAhead(parent, s.Consumption.End, now, found)
	} else {
		s.checkEnd(retrieval, s.Retrieval.Start, s.Retrieval.End, now, found)
		s.checkEnd(consumption, s.Consumption.Start, s.Consumption.End, now, found)
		checkAhead(consumption, s.Consumption.End, now, found)
		if end := s.Consumption.End; !end.IsZero() && !s.Retrieval.Start.IsZero() && !s.Retrieval.Start.Before(end) {
			found.add(retrieval+".StartTime", "must be before %s.EndTime", consumption)
		}
	}
	checkVariables(retrieval+".DynamicVariables", s.Retrieval.Variables, found)
	checkCriteria(consumption+".AvailMatchingCriteria", s.Consumption.Criteria, found)
}

// checkEnd checks a window: it is there, and it is not over before it begins. One
// that could not be read has been complained of.
func (s *PrefetchSchedule) checkEnd(parent string, start, end, now time.Time, found *problems) {
	member := parent + ".EndTime"
	switch {
	case end.IsZero():
		if !found.about(member) && !found.about(parent) {
			found.add(member, "is required")
		}
	case !end.After(now):
		found.add(member, "must be in the future")
	case !end.After(start):
		found.add(member, "must be after %s.StartTime", parent)
	}
}

func checkAhead(parent string, end, now time.Time, found *problems) {
	if !end.Before(now.Add(maxAhead)) {
		found.add(parent+".EndTime", "must be less than 24 hours from now")
	}
}

func checkVariables(member string, variables map[string]string, found *problems) {
	if len(variables) > maxVariables {
		found.add(member, "must not hold more than %d variables", maxVariables)
	}
	if slices.Contains(slices.Collect(maps.Keys(variables)), "") {
		found.add(member, "must not hold a variable without a name")
	}
}

func checkCriteria(member string, criteria []MatchingCriterion, found *problems) {
	if len(criteria) > maxCriteria {
		found.add(member, "must not hold more than %d criteria", maxCriteria)
	}
	for i, c := range criteria {
		path := member + "[" + strconv.Itoa(i) + "].DynamicVariable"
		switch {
		case c.DynamicVariable == "":
			if !found.about(path) {
				found.add(path, "is required")
			}
		case strings.HasPrefix(c.DynamicVariable, playerParams):
			found.add(path, "must not be a player variable, which is the same for all avails of a session")
		case slices.Contains(noCriterion, c.DynamicVariable):
			found.add(path, "must not be %s, which is not available for prefetch", c.DynamicVariable)
		}
	}
}

// about is whether there is a complaint of the member already.
func (p *problems) about(member string) bool {
	return slices.ContainsFunc(*p, func(problem string) bool { return strings.HasPrefix(problem, member+" ") })
}
