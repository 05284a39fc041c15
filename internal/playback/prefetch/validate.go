package prefetch

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"stitcher/internal/playback"
	"stitcher/internal/playback/awsapi"
)

// Limits of schedules. The first four are MediaTailor's quotas (reference §1.5).
const (
	maxActiveSchedules = 25
	maxCriteria        = 5
	maxVariables       = 100
	// maxAhead is how far ahead a schedule may end.
	maxAhead = 24 * time.Hour
	// maxBody bounds a schedule, in bytes: all of them are in memory.
	maxBody = 64 << 10
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
func (s *Schedule) validate(now time.Time, found *awsapi.Problems) {
	awsapi.CheckName("PlaybackConfigurationName", s.Configuration, found)
	awsapi.CheckName("Name", s.Name, found)
	// The name is what follows the last slash of the ARN.
	if strings.Contains(s.Name, "/") {
		found.Add("Name", "must not hold slashes")
	}
	awsapi.CheckLength("StreamId", s.StreamID, awsapi.MaxName, found)

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
			found.Add(retrieval+".StartTime", "must be before %s.EndTime", consumption)
		}
	}
	checkVariables(retrieval+".DynamicVariables", s.Retrieval.Variables, found)
	checkCriteria(consumption+".AvailMatchingCriteria", s.Consumption.Criteria, found)
}

// checkEnd checks a window: it is there, and it is not over before it begins. One
// that could not be read has been complained of.
func (s *Schedule) checkEnd(parent string, start, end, now time.Time, found *awsapi.Problems) {
	member := parent + ".EndTime"
	switch {
	case end.IsZero():
		if !found.About(member) && !found.About(parent) {
			found.Add(member, "is required")
		}
	case !end.After(now):
		found.Add(member, "must be in the future")
	case !end.After(start):
		found.Add(member, "must be after %s.StartTime", parent)
	}
}

func checkAhead(parent string, end, now time.Time, found *awsapi.Problems) {
	if !end.Before(now.Add(maxAhead)) {
		found.Add(parent+".EndTime", "must be less than 24 hours from now")
	}
}

func checkVariables(member string, variables map[string]string, found *awsapi.Problems) {
	if len(variables) > maxVariables {
		found.Add(member, "must not hold more than %d variables", maxVariables)
	}
	if slices.Contains(slices.Collect(maps.Keys(variables)), "") {
		found.Add(member, "must not hold a variable without a name")
	}
}

func checkCriteria(member string, criteria []MatchingCriterion, found *awsapi.Problems) {
	if len(criteria) > maxCriteria {
		found.Add(member, "must not hold more than %d criteria", maxCriteria)
	}
	for i, c := range criteria {
		path := member + "[" + strconv.Itoa(i) + "].DynamicVariable"
		switch {
		case c.DynamicVariable == "":
			if !found.About(path) {
				found.Add(path, "is required")
			}
		case strings.HasPrefix(c.DynamicVariable, playback.PlayerParams):
			found.Add(path, "must not be a player variable, which is the same for all avails of a session")
		case slices.Contains(noCriterion, c.DynamicVariable):
			found.Add(path, "must not be %s, which is not available for prefetch", c.DynamicVariable)
		}
	}
}
