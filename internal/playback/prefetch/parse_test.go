package prefetch

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"stitcher/internal/playback/awsapi"
)

// prefetchNow is the time of the tests' requests: 12:00 on 23 November 2026.
var prefetchNow = time.Unix(1795435200, 0).UTC()

func TestParsePrefetchSchedule(t *testing.T) {
	single := `{"StreamId":"st1","tags":{"k":"v"},
		"Retrieval":{"StartTime":1795435300,"EndTime":1795438800.25,"DynamicVariables":{"scte.event_id":"7","player_params.x":"1"},
			"TrafficShapingType":"RETRIEVAL_WINDOW","TrafficShapingRetrievalWindow":{"RetrievalWindowDurationSeconds":60}},
		"Consumption":{"StartTime":1.7954388e9,"EndTime":1795439000.000001,"AvailMatchingCriteria":[{"DynamicVariable":"scte.event_id","Operator":"EQUALS"}]}}`
	recurring := `{"ScheduleType":"RECURRING","RecurringPrefetchConfiguration":{"StartTime":1795435200,"EndTime":1795521599.999999,
		"RecurringConsumption":{"RetrievedAdExpirationSeconds":2700,"AvailMatchingCriteria":[]},
		"RecurringRetrieval":{"DelayAfterAvailEndSeconds":600,"TrafficShapingTpsConfiguration":{"PeakTps":500,"PeakConcurrentUsers":100000}}}}`
	for body, want := range map[string]Schedule{
		single: {
			StreamID: "st1", Tags: map[string]string{"k": "v"},
			Retrieval: Retrieval{
				Start: time.Unix(1795435300, 0).UTC(), End: time.Unix(1795438800, 250e6).UTC(),
				Variables: map[string]string{"scte.event_id": "7", "player_params.x": "1"},
				Shaping:   TrafficShaping{Type: "RETRIEVAL_WINDOW", Window: time.Minute},
			},
			Consumption: Consumption{
				Start: time.Unix(1795438800, 0).UTC(), End: time.Unix(1795439000, 1000).UTC(),
				Criteria: []MatchingCriterion{{"scte.event_id", "EQUALS"}},
			},
		},
		recurring: {
			Recurring: true,
			Retrieval: Retrieval{
				Start: prefetchNow, End: time.Unix(1795521599, 999999e3).UTC(), Delay: 10 * time.Minute,
				Shaping: TrafficShaping{Type: "TPS", PeakTPS: 500, PeakConcurrentUsers: 100_000},
			},
			Consumption: Consumption{Start: prefetchNow, End: time.Unix(1795521599, 999999e3).UTC(), AdExpiration: 45 * time.Minute},
		},
	} {
		got, err := Parse("news", "first", []byte(body), prefetchNow)
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		want.Configuration, want.Name, want.Created, want.document = "news", "first", prefetchNow, got.document
		if !reflect.DeepEqual(*got, want) {
			t.Errorf("%s is %+v, want %+v", body, *got, want)
		}
	}
}

func TestPrefetchScheduleIsRefused(t *testing.T) {
	const (
		retrieval   = `"Retrieval":{"EndTime":1795438800}`
		consumption = `"Consumption":{"EndTime":1795438800}`
	)
	with := func(more string) string { return "{" + retrieval + "," + consumption + "," + more + "}" }
	shaping := func(more string) string {
		return `{"Retrieval":{"EndTime":1795438800,` + more + `},` + consumption + `}`
	}
	criteria := func(more string) string {
		return `{` + retrieval + `,"Consumption":{"EndTime":1795438800,"AvailMatchingCriteria":[` + more + `]}}`
	}
	window := func(more string) string {
		return `{"ScheduleType":"RECURRING","RecurringPrefetchConfiguration":{` + more + `}}`
	}
	many := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(`"scte.x%d":"1"`, i))
		}
		return strings.Join(all, ",")
	}
	criterion := func(name string) string { return `{"DynamicVariable":"` + name + `","Operator":"EQUALS"}` }
	for name, test := range map[string]struct {
		body string
		want []string
	}{
		"nothing":             {`{}`, []string{"Retrieval is required", "Consumption is required"}},
		"no ends":             {`{"Retrieval":{},"Consumption":{"EndTime":null}}`, []string{"Retrieval.EndTime is required", "Consumption.EndTime is required"}},
		"no objects":          {`{"Retrieval":1,"Consumption":[]}`, []string{"Retrieval must be an object", "Consumption must be an object"}},
		"type":                {with(`"ScheduleType":"ALL"`), []string{"ScheduleType must be one of SINGLE, RECURRING"}},
		"recurring nothing":   {`{"ScheduleType":"RECURRING"}`, []string{"RecurringPrefetchConfiguration is required"}},
		"recurring half":      {window(`"EndTime":1795438800`), []string{"RecurringPrefetchConfiguration.RecurringRetrieval is required", "RecurringPrefetchConfiguration.RecurringConsumption is required"}},
		"recurring no end":    {window(`"RecurringRetrieval":{},"RecurringConsumption":{}`), []string{"RecurringPrefetchConfiguration.EndTime is required"}},
		"recurring too long":  {window(`"EndTime":1795521600,"RecurringRetrieval":{},"RecurringConsumption":{}`), []string{"RecurringPrefetchConfiguration.EndTime must be less than 24 hours from now"}},
		"recurring expiry":    {window(`"EndTime":1795438800,"RecurringRetrieval":{"DelayAfterAvailEndSeconds":-1},"RecurringConsumption":{"RetrievedAdExpirationSeconds":0}`), []string{"RecurringPrefetchConfiguration.RecurringRetrieval.DelayAfterAvailEndSeconds must be at least 0", "RecurringPrefetchConfiguration.RecurringConsumption.RetrievedAdExpirationSeconds must be at least 1"}},
		"both in recurring":   {with(`"ScheduleType":"RECURRING","RecurringPrefetchConfiguration":{"EndTime":1795438800,"RecurringRetrieval":{},"RecurringConsumption":{}}`), []string{"Retrieval must not be set where ScheduleType is RECURRING", "Consumption must not be set where ScheduleType is RECURRING"}},
		"both in single":      {with(`"RecurringPrefetchConfiguration":{}`), []string{"RecurringPrefetchConfiguration must not be set where ScheduleType is SINGLE"}},
		"time as text":        {`{` + retrieval + `,"Consumption":{"EndTime":"2026-11-23T13:00:00Z"}}`, []string{"Consumption.EndTime must be a time as a number of seconds since 1970"}},
		"time before 1970":    {`{"Retrieval":{"StartTime":-1,"EndTime":1795438800},` + consumption + `}`, []string{"Retrieval.StartTime must be a time as a number of seconds since 1970"}},
		"time beyond times":   {`{` + retrieval + `,"Consumption":{"EndTime":1e300}}`, []string{"Consumption.EndTime must be a time as a number of seconds since 1970"}},
		"in the past":         {`{"Retrieval":{"EndTime":0},"Consumption":{"EndTime":1795435200}}`, []string{"Retrieval.EndTime must be in the future", "Consumption.EndTime must be in the future"}},
		"backwards":           {`{"Retrieval":{"StartTime":1795438800,"EndTime":1795438800},"Consumption":{"StartTime":1795438801,"EndTime":1795438800.5}}`, []string{"Retrieval.EndTime must be after Retrieval.StartTime", "Consumption.EndTime must be after Consumption.StartTime"}},
		"a day ahead":         {`{` + retrieval + `,"Consumption":{"EndTime":1795521600}}`, []string{"Consumption.EndTime must be less than 24 hours from now"}},
		"consumed before":     {`{"Retrieval":{"StartTime":1795438800,"EndTime":1795438900},` + consumption + `}`, []string{"Retrieval.StartTime must be before Consumption.EndTime"}},
		"variables":           {shaping(`"DynamicVariables":{` + many(101) + `}`), []string{"Retrieval.DynamicVariables must not hold more than 100 variables"}},
		"nameless variable":   {shaping(`"DynamicVariables":{"":"1","x":2}`), []string{"Retrieval.DynamicVariables must not hold a variable without a name", "Retrieval.DynamicVariables.x must be a string"}},
		"shaping type":        {shaping(`"TrafficShapingType":"NONE"`), []string{"Retrieval.TrafficShapingType must be one of RETRIEVAL_WINDOW, TPS"}},
		"window without":      {shaping(`"TrafficShapingType":"RETRIEVAL_WINDOW"`), []string{"Retrieval.TrafficShapingRetrievalWindow.RetrievalWindowDurationSeconds is required"}},
		"tps without":         {shaping(`"TrafficShapingTpsConfiguration":{"PeakTps":0}`), []string{"Retrieval.TrafficShapingTpsConfiguration.PeakTps must be at least 1", "Retrieval.TrafficShapingTpsConfiguration.PeakConcurrentUsers is required"}},
		"which shaping":       {shaping(`"TrafficShapingTpsConfiguration":{},"TrafficShapingRetrievalWindow":{}`), []string{"Retrieval.TrafficShapingType is required"}},
		"window of fractions": {shaping(`"TrafficShapingRetrievalWindow":{"RetrievalWindowDurationSeconds":1.5}`), []string{"Retrieval.TrafficShapingRetrievalWindow.RetrievalWindowDurationSeconds must be an integer"}},
		"criteria":            {criteria(strings.Repeat(criterion("scte.event_id")+",", 5) + criterion("avail.index")), []string{"Consumption.AvailMatchingCriteria must not hold more than 5 criteria"}},
		"operator": {criteria(`{"DynamicVariable":"x","Operator":"LIKE"},{"DynamicVariable":"x"},{"Operator":"EQUALS"},1,null`), []string{
			"Consumption.AvailMatchingCriteria[0].Operator must be one of EQUALS", "Consumption.AvailMatchingCriteria[1].Operator is required",
			"Consumption.AvailMatchingCriteria[2].DynamicVariable is required", "Consumption.AvailMatchingCriteria[3] must be an object", "Consumption.AvailMatchingCriteria[4] must be an object",
		}},
		"player variable":   {criteria(criterion("player_params.x")), []string{"Consumption.AvailMatchingCriteria[0].DynamicVariable must not be a player variable, which is the same for all avails of a session"}},
		"identity":          {criteria(criterion("avail.index") + "," + criterion("session.uuid")), []string{"Consumption.AvailMatchingCriteria[1].DynamicVariable must not be session.uuid, which is not available for prefetch"}},
		"stream and tags":   {with(`"StreamId":1,"tags":{"":"x"}`), []string{"StreamId must be a string", "tags must have keys of 1 to 128 characters"}},
		"recurring details": {window(`"EndTime":1795438800,"RecurringRetrieval":{"DynamicVariables":{"":""}},"RecurringConsumption":{"AvailMatchingCriteria":[` + criterion("session.id") + `]}`), []string{"RecurringPrefetchConfiguration.RecurringRetrieval.DynamicVariables must not hold a variable without a name", "RecurringPrefetchConfiguration.RecurringConsumption.AvailMatchingCriteria[0].DynamicVariable must not be session.id, which is not available for prefetch"}},
		"too long":          {with(`"Future":"` + strings.Repeat("x", maxBody) + `"`), []string{"the schedule must not be longer than 65536 bytes"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("news", "first", []byte(test.body), prefetchNow)
			wrong, ok := errors.AsType[*awsapi.ValidationError](err)
			if !ok {
				t.Fatalf("err = %v", err)
			}
			slices.Sort(wrong.Problems)
			slices.Sort(test.want)
			if !slices.Equal(wrong.Problems, test.want) {
				t.Errorf("problems %q, want %q", wrong.Problems, test.want)
			}
		})
	}
}

// FuzzPrefetchSchedule: what is accepted is stored and shown without loss, and
// its rules hold whatever the figures are.
func FuzzPrefetchSchedule(f *testing.F) {
	f.Add([]byte(`{"Retrieval":{"EndTime":1795438800.25,"TrafficShapingTpsConfiguration":{"PeakTps":1,"PeakConcurrentUsers":2147483647}},"Consumption":{"EndTime":1795438800},"Future":1e400}`))
	f.Add([]byte(`{"ScheduleType":"RECURRING","RecurringPrefetchConfiguration":{"EndTime":1795438800,"RecurringRetrieval":{"DelayAfterAvailEndSeconds":5},"RecurringConsumption":{"AvailMatchingCriteria":[{"DynamicVariable":"avail.index","Operator":"EQUALS"}]}}}`))
	f.Add([]byte(`{"Retrieval":{},"Consumption":{"AvailMatchingCriteria":[null,{}]}}`))
	n := awsapi.Naming{Account: "123456789012", Region: "us-east-1"}
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := Parse("a/b", "first", body, prefetchNow)
		if err != nil {
			return
		}
		shown, err := s.Render(n)
		if err != nil {
			t.Fatalf("render: %v", err)
		}
		doc, err := encodeRecord(s)
		if err != nil {
			t.Fatalf("encode: %v", err)
		}
		stored, err := decodeRecord(awsapi.PrefetchID("a/b", "first"), doc)
		if err != nil {
			t.Fatalf("decode: %v", err)
		}
		if again, err := stored.Render(n); err != nil || !bytes.Equal(again, shown) {
			t.Errorf("shown as %s, once stored as %s, %v", shown, again, err)
		}
		if due, ok := stored.RetrievalDue(prefetchNow, time.Time{}, 0.999); ok && (due.Before(prefetchNow) || !stored.RetrievalOpen(due) && due.Before(stored.Consumption.End)) {
			t.Errorf("%s is due at %s", shown, due)
		}
		if s.gone(prefetchNow) || !s.ConsumptionOpen(s.Consumption.End.Add(-time.Microsecond)) {
			t.Errorf("%s is over too early", shown)
		}
	})
}
