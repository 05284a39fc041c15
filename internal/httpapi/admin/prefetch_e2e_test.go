//go:build e2e

package admin

import (
	"fmt"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"
)

// knows is whether the CLI has an option of a command.
func (c *cli) knows(t *testing.T, command, member string) bool {
	t.Helper()
	out, _, _ := c.run(t, command, "--generate-cli-skeleton")
	return strings.Contains(out, `"`+member+`"`)
}

// moment is a time as the CLI prints it, in Unix seconds: version 1 as it came,
// version 2 as text; 0 is none.
func moment(v any) int64 {
	switch v := v.(type) {
	case float64:
		return int64(v)
	case string:
		if when, err := time.Parse(time.RFC3339, v); err == nil {
			return when.Unix()
		}
	}
	return 0
}

// TestCLIPrefetch walks the life of prefetch schedules, under names that need
// percent-encoding.
func TestCLIPrefetch(t *testing.T) {
	c := newCLI(t)
	now := time.Now().Unix()
	const config = "a b/ü"
	c.ok(t, "put-playback-configuration", "--cli-input-json", put(config))
	at := []string{"--playback-configuration-name", config, "--name", "first avail"}
	made := c.ok(t, append([]string{
		"create-prefetch-schedule", "--stream-id", "st1",
		"--consumption", fmt.Sprintf("StartTime=%d,EndTime=%d,AvailMatchingCriteria=[{DynamicVariable=scte.event_id,Operator=EQUALS}]", now+600, now+3600),
		"--retrieval", fmt.Sprintf("StartTime=%d,EndTime=%d,DynamicVariables={scte.event_id=1234}", now, now+600),
	}, at...)...)
	for path, want := range map[string]any{
		"Arn":  "arn:aws:mediatailor:us-east-1:123456789012:prefetchSchedule/a b/ü/first avail",
		"Name": "first avail", "PlaybackConfigurationName": config, "StreamId": "st1",
		"Retrieval.DynamicVariables":        map[string]any{"scte.event_id": "1234"},
		"Consumption.AvailMatchingCriteria": []any{map[string]any{"DynamicVariable": "scte.event_id", "Operator": "EQUALS"}},
	} {
		if v := made.at(path); !reflect.DeepEqual(v, want) {
			t.Errorf("%s is %v, want %v", path, v, want)
		}
	}
	if end := moment(made.at("Consumption.EndTime")); end != now+3600 {
		t.Errorf("the consumption ends at %d, want %d: %s", end, now+3600, made.text)
	}
	if got := c.ok(t, append([]string{"get-prefetch-schedule"}, at...)...); !reflect.DeepEqual(got.json, made.json) {
		t.Errorf("create shows %s, get %s", made.text, got.text)
	}
	c.refused(t, []string{"(BadRequestException)", "first avail", "already"}, append([]string{
		"create-prefetch-schedule", "--consumption", fmt.Sprintf("EndTime=%d", now+3600), "--retrieval", fmt.Sprintf("EndTime=%d", now+600),
	}, at...)...)

	// The CLI pages by itself; the tokens and filters go into the body.
	for _, name := range []string{"second", "third"} {
		c.ok(t, "create-prefetch-schedule", "--playback-configuration-name", config, "--name", name,
			"--consumption", fmt.Sprintf("EndTime=%d", now+3600), "--retrieval", fmt.Sprintf("EndTime=%d", now+600))
	}
	for want, filter := range map[string][]string{
		"first avail,second,third": {"--page-size", "1"},
		"first avail":              {"--stream-id", "st1"},
		"second,third":             {"--starting-token", c.ok(t, "list-prefetch-schedules", "--playback-configuration-name", config, "--max-items", "1").at("NextToken").(string)},
	} {
		list := c.ok(t, append([]string{"list-prefetch-schedules", "--playback-configuration-name", config}, filter...)...)
		var names []string
		items, _ := list.at("Items").([]any)
		for _, item := range items {
			names = append(names, item.(map[string]any)["Name"].(string))
		}
		if got := strings.Join(names, ","); got != want {
			t.Errorf("%v lists %q, want %q", filter, got, want)
		}
	}

	arn := made.at("Arn").(string)
	c.ok(t, "tag-resource", "--resource-arn", arn, "--tags", "k1=v1,k2=v 2")
	c.ok(t, "untag-resource", "--resource-arn", arn, "--tag-keys", "k1")
	if got := c.ok(t, "list-tags-for-resource", "--resource-arn", arn); !strings.Contains(got.text, `"k2": "v 2"`) || strings.Contains(got.text, "k1") {
		t.Errorf("tags %s", got.text)
	}

	if out := c.ok(t, append([]string{"delete-prefetch-schedule"}, at...)...); out.text != "" {
		t.Errorf("delete prints %s", out.text)
	}
	c.refused(t, []string{"(NotFoundException)", "first avail"}, append([]string{"get-prefetch-schedule"}, at...)...)
	c.refused(t, []string{"(BadRequestException)", "Consumption.EndTime must be less than 24 hours from now"}, append([]string{
		"create-prefetch-schedule", "--consumption", fmt.Sprintf("EndTime=%d", now+2*86400), "--retrieval", fmt.Sprintf("EndTime=%d", now+600),
	}, at...)...)
	c.ok(t, "delete-playback-configuration", "--name", config)
	c.refused(t, []string{"(NotFoundException)"}, "get-prefetch-schedule", "--playback-configuration-name", config, "--name", "second")
}

// TestCLIPrefetchRecurring uses whichever CLI knows recurring schedules: Debian's
// is older than they are. TestPrefetchRecurring sends the same without one.
func TestCLIPrefetchRecurring(t *testing.T) {
	c := newCLI(t)
	if !c.knows(t, "create-prefetch-schedule", "RecurringPrefetchConfiguration") {
		path, err := exec.LookPath("aws")
		if err == nil {
			c.path = path
		}
		if err != nil || !c.knows(t, "create-prefetch-schedule", "RecurringPrefetchConfiguration") {
			t.Log("no CLI here knows recurring schedules")
			return
		}
	}
	end := time.Now().Unix() + 3600
	c.ok(t, "put-playback-configuration", "--cli-input-json", put("news"))
	made := c.ok(t, "create-prefetch-schedule", "--playback-configuration-name", "news", "--name", "live", "--schedule-type", "RECURRING",
		"--recurring-prefetch-configuration", fmt.Sprintf(`{"EndTime":%d,"RecurringConsumption":{"RetrievedAdExpirationSeconds":2700},
			"RecurringRetrieval":{"DelayAfterAvailEndSeconds":600,"TrafficShapingType":"RETRIEVAL_WINDOW","TrafficShapingRetrievalWindow":{"RetrievalWindowDurationSeconds":60}}}`, end))
	got := c.ok(t, "get-prefetch-schedule", "--playback-configuration-name", "news", "--name", "live")
	if !reflect.DeepEqual(got.json, made.json) || got.at("ScheduleType") != "RECURRING" ||
		got.at("RecurringPrefetchConfiguration.RecurringRetrieval.TrafficShapingRetrievalWindow.RetrievalWindowDurationSeconds") != 60.0 {
		t.Errorf("create shows %s, get %s", made.text, got.text)
	}
	for filter, want := range map[string]int{"RECURRING": 1, "SINGLE": 0, "ALL": 1} {
		list := c.ok(t, "list-prefetch-schedules", "--playback-configuration-name", "news", "--schedule-type", filter)
		if items, _ := list.at("Items").([]any); len(items) != want {
			t.Errorf("%s lists %s", filter, list.text)
		}
	}
}
