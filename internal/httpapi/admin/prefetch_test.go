package admin

import (
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

// noon is when the tests' clock starts.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// clocked is a fixture with a clock that the test turns.
func clocked(t *testing.T) (*fixture, *time.Time) {
	t.Helper()
	now := noon
	return newFixture(t, func(o *Options) { o.Now = func() time.Time { return now } }), &now
}

// window is the body of a schedule that retrieves now and is over at end.
func window(end time.Time, more string) string {
	return fmt.Sprintf(`{"Retrieval":{"EndTime":%d},"Consumption":{"EndTime":%d}%s}`, end.Unix(), end.Unix(), more)
}

func TestPrefetchLife(t *testing.T) {
	f, now := clocked(t)
	f.want(t, 200, "", "PUT", "/playbackConfiguration", `{"Name":"a b/ü"}`)
	config := everyByte("a b/ü")
	target := "/prefetchSchedule/" + config + "/first%20avail"
	body := fmt.Sprintf(`{"Consumption":{"StartTime":%[1]d,"EndTime":%[1]d.25,"AvailMatchingCriteria":[{"DynamicVariable":"scte.event_id","Operator":"EQUALS"}],"Odd":1.50},
		"Retrieval":{"EndTime":%[1]d,"DynamicVariables":{"scte.event_id":"12&3"},"TrafficShapingType":"TPS","TrafficShapingTpsConfiguration":{"PeakTps":5,"PeakConcurrentUsers":100}},
		"StreamId":"st1","tags":{"k":"v"},"Future":{"Deep":[1.50,{"x":null}]}}`, noon.Add(time.Hour).Unix())
	made := f.want(t, 200, "", "POST", target, body)
	arn := "arn:aws:mediatailor:us-east-1:123456789012:prefetchSchedule/a b/ü/first avail"
	for path, want := range map[string]any{
		"Arn": arn, "Name": "first avail", "PlaybackConfigurationName": "a b/ü", "ScheduleType": "SINGLE", "StreamId": "st1",
		"tags": map[string]any{"k": "v"}, "Consumption.StartTime": float64(noon.Add(time.Hour).Unix()),
		"Consumption.EndTime": float64(noon.Add(time.Hour).Unix()) + 0.25,
	} {
		if v := made.at(path); !reflect.DeepEqual(v, want) {
			t.Errorf("%s is %v, want %v", path, v, want)
		}
	}
	got := f.want(t, 200, "", "GET", target, "")
	if got.text != made.text {
		t.Errorf("create answers %s, get %s", made.text, got.text)
	}
	for _, want := range []string{`"Deep":[1.50,{"x":null}]`, `"Odd":1.50`, `"12&3"`} {
		if !strings.Contains(got.text, want) {
			t.Errorf("%s is not in %s", want, got.text)
		}
	}
	if a := f.want(t, 400, "BadRequestException", "POST", target, body); !strings.Contains(a.message(), "Name") {
		t.Errorf("a name that is taken is refused with %q", a.message())
	}

	tags := "/tags/" + everyByte(arn)
	f.want(t, 204, "", "POST", tags, `{"tags":{"b":"2"}}`)
	f.want(t, 204, "", "DELETE", tags+"?tagKeys=k", "")
	if a := f.want(t, 200, "", "GET", tags, ""); a.text != `{"tags":{"b":"2"}}` {
		t.Errorf("tags %s", a.text)
	}
	if a := f.want(t, 200, "", "GET", target, ""); !reflect.DeepEqual(a.at("tags"), map[string]any{"b": "2"}) {
		t.Errorf("the schedule shows the tags %v", a.at("tags"))
	}
	f.want(t, 404, "NotFoundException", "GET", "/tags/"+everyByte(arn+"x"), "")
	f.want(t, 400, "BadRequestException", "GET", "/tags/"+everyByte("arn:aws:mediatailor:us-east-1:123456789012:prefetchSchedule/x"), "")

	// Kept for seven days after the end of its consumption.
	*now = noon.Add(time.Hour + 250*time.Millisecond + 7*24*time.Hour - time.Microsecond)
	f.want(t, 200, "", "GET", target, "")
	*now = now.Add(time.Microsecond)
	f.want(t, 404, "NotFoundException", "GET", target, "")
	f.want(t, 404, "NotFoundException", "DELETE", target, "")
	f.want(t, 404, "NotFoundException", "GET", tags, "")
	if a := f.want(t, 200, "", "POST", "/prefetchSchedule/"+config, ""); a.text != `{"Items":[]}` {
		t.Errorf("list shows %s", a.text)
	}
	// The name is free again.
	f.want(t, 200, "", "POST", target, window(now.Add(time.Hour), ""))
	f.want(t, 204, "", "DELETE", target, "")
	f.want(t, 404, "NotFoundException", "GET", target, "")
	f.want(t, 200, "", "POST", target, window(now.Add(time.Hour), ""))
	f.want(t, 204, "", "DELETE", "/playbackConfiguration/"+config, "")
	f.want(t, 404, "NotFoundException", "GET", target, "")
	f.want(t, 200, "", "PUT", "/playbackConfiguration", `{"Name":"a b/ü"}`)
	if a := f.want(t, 404, "NotFoundException", "GET", target, ""); !strings.Contains(a.message(), "prefetch schedule") {
		t.Errorf("a schedule outlives its configuration: %s", a.text)
	}
}

func TestPrefetchRecurring(t *testing.T) {
	f, _ := clocked(t)
	f.want(t, 200, "", "PUT", "/playbackConfiguration", `{"Name":"news"}`)
	a := f.want(t, 200, "", "POST", "/prefetchSchedule/news/live", fmt.Sprintf(`{"ScheduleType":"RECURRING","RecurringPrefetchConfiguration":{
		"EndTime":%d,"RecurringConsumption":{"RetrievedAdExpirationSeconds":2700},"RecurringRetrieval":{"DelayAfterAvailEndSeconds":600}}}`, noon.Add(2*time.Hour).Unix()))
	if a.at("ScheduleType") != "RECURRING" || a.at("RecurringPrefetchConfiguration.RecurringConsumption.RetrievedAdExpirationSeconds") != 2700.0 {
		t.Errorf("%s", a.text)
	}
}

func TestPrefetchList(t *testing.T) {
	f, _ := clocked(t)
	f.want(t, 200, "", "PUT", "/playbackConfiguration", `{"Name":"news"}`)
	for _, name := range []string{"c", "a", "b"} {
		f.want(t, 200, "", "POST", "/prefetchSchedule/news/"+name, window(noon.Add(time.Hour), `,"StreamId":"s-`+name+`"`))
	}
	f.want(t, 200, "", "POST", "/prefetchSchedule/news/d", fmt.Sprintf(
		`{"ScheduleType":"RECURRING","RecurringPrefetchConfiguration":{"EndTime":%d,"RecurringConsumption":{},"RecurringRetrieval":{}}}`, noon.Add(time.Hour).Unix()))
	names := func(body string) (string, answer) {
		a := f.want(t, 200, "", "POST", "/prefetchSchedule/news", body)
		var all []string
		items, _ := a.at("Items").([]any)
		for _, item := range items {
			all = append(all, item.(map[string]any)["Name"].(string))
		}
		return strings.Join(all, " "), a
	}
	for body, want := range map[string]string{
		"": "a b c d", "{}": "a b c d", `{"ScheduleType":"ALL"}`: "a b c d", `{"ScheduleType":"SINGLE"}`: "a b c", `{"ScheduleType":"RECURRING"}`: "d",
		`{"StreamId":"s-b"}`: "b", `{"StreamId":"s"}`: "", `{"StreamId":"s-b","ScheduleType":"RECURRING"}`: "", `{"MaxResults":4}`: "a b c d",
	} {
		got, a := names(body)
		if got != want || a.at("NextToken") != nil {
			t.Errorf("%s lists %q with token %v, want %q", body, got, a.at("NextToken"), want)
		}
	}
	var all []string
	for token := ""; ; {
		page, a := names(fmt.Sprintf(`{"MaxResults":1,"ScheduleType":"SINGLE","NextToken":%q}`, token))
		all = append(all, page)
		if token, _ = a.at("NextToken").(string); token == "" {
			break
		}
	}
	if got := strings.Join(all, " "); got != "a b c" {
		t.Errorf("the pages hold %s", got)
	}
	for _, body := range []string{`{"MaxResults":0}`, `{"MaxResults":101}`, `{"MaxResults":"1"}`, `{"NextToken":"x"}`, `{"NextToken":"MTo"}`, `{"ScheduleType":"SOME"}`, `[]`, `{"StreamId":1}`} {
		f.want(t, 400, "BadRequestException", "POST", "/prefetchSchedule/news", body)
	}
	f.want(t, 404, "NotFoundException", "POST", "/prefetchSchedule/nope", "{}")
}

func TestPrefetchRefused(t *testing.T) {
	f, now := clocked(t)
	f.want(t, 200, "", "PUT", "/playbackConfiguration", `{"Name":"news"}`)
	ok := window(noon.Add(time.Hour), "")
	f.want(t, 404, "NotFoundException", "POST", "/prefetchSchedule/nope/x", ok)
	f.want(t, 404, "NotFoundException", "GET", "/prefetchSchedule/nope/x", "")
	f.want(t, 404, "NotFoundException", "GET", "/prefetchSchedule/news/x", "")
	f.want(t, 404, "NotFoundException", "DELETE", "/prefetchSchedule/news/x", "")
	f.want(t, 404, "UnknownOperationException", "GET", "/prefetchSchedule/news/", "")
	f.want(t, 404, "UnknownOperationException", "GET", "/prefetchSchedule//x", "")
	for _, name := range []string{"a/b", "..", "x\x01", "\xff", strings.Repeat("x", 513)} {
		if a := f.want(t, 400, "BadRequestException", "POST", "/prefetchSchedule/news/"+everyByte(name), ok); !strings.Contains(a.message(), "Name must not") {
			t.Errorf("%q is refused with %q", name, a.message())
		}
	}
	for _, body := range []string{"", "null", "[]", "x", "{"} {
		f.want(t, 400, "BadRequestException", "POST", "/prefetchSchedule/news/x", body)
	}
	a := f.want(t, 400, "BadRequestException", "POST", "/prefetchSchedule/news/x", `{}`)
	for _, want := range []string{"Retrieval is required", "Consumption is required"} {
		if !strings.Contains(a.message(), want) {
			t.Errorf("%q is not in %q", want, a.message())
		}
	}
	if a := f.want(t, 405, "MethodNotAllowedException", "PUT", "/prefetchSchedule/news/x", ok); a.Header.Get("Allow") != "DELETE, GET, HEAD, POST" {
		t.Errorf("Allow is %q", a.Header.Get("Allow"))
	}
	for i := range 25 {
		f.want(t, 200, "", "POST", fmt.Sprintf("/prefetchSchedule/news/s%d", i), window(noon.Add(time.Minute), ""))
	}
	if a := f.want(t, 400, "BadRequestException", "POST", "/prefetchSchedule/news/more", ok); !strings.Contains(a.message(), "25 active") {
		t.Errorf("a schedule too many is refused with %q", a.message())
	}
	// Those that are over do not count.
	*now = noon.Add(time.Minute)
	f.want(t, 200, "", "POST", "/prefetchSchedule/news/more", ok)
	f.docs.broken.Store(true)
	f.want(t, 500, "InternalFailure", "POST", "/prefetchSchedule/news/broken", ok)
	f.want(t, 500, "InternalFailure", "DELETE", "/prefetchSchedule/news/more", "")
	f.want(t, 500, "InternalFailure", "DELETE", "/playbackConfiguration/news", "")
	f.docs.broken.Store(false)
	f.want(t, 404, "NotFoundException", "GET", "/prefetchSchedule/news/broken", "")
	f.want(t, 200, "", "GET", "/prefetchSchedule/news/more", "")
}

// Names are cut from the path as it came, each decoded once (reference §1.1).
func TestPrefetchNamesAreDecodedOnce(t *testing.T) {
	f, _ := clocked(t)
	for _, config := range []string{"a b/c", "50%25", "a%2Fb", "a+b", "ü"} {
		f.want(t, 200, "", "PUT", "/playbackConfiguration", fmt.Sprintf("{%q:%q}", "Name", config))
		for _, name := range []string{"x", "50%25", "a%2Fb", "a:b@c;d=e,f", "ü?#&"} {
			label := "/prefetchSchedule/" + url.PathEscape(config) + "/"
			f.want(t, 200, "", "POST", label+url.PathEscape(name), window(noon.Add(time.Hour), ""))
			a := f.want(t, 200, "", "GET", "/prefetchSchedule/"+everyByte(config)+"/"+everyByte(name), "")
			if a.at("Name") != name || a.at("PlaybackConfigurationName") != config {
				t.Errorf("%s of %s is shown as %s", name, config, a.text)
			}
			arn, _ := a.at("Arn").(string)
			f.want(t, 204, "", "POST", "/tags/"+everyByte(arn), `{"tags":{"a":"b"}}`)
		}
	}
}
