package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/transcodecache"
	"stitcher/internal/transcodecache/encode"
)

// What the program wires to the plane.
var _ Creatives = (*transcodecache.Cache)(nil)

// fakeCreatives are two creatives, and what was asked of them.
type fakeCreatives struct{ asked []string }

const (
	readyCreative  = "00000000000000000000000000000001"
	failedCreative = "00000000000000000000000000000002"
)

func (f *fakeCreatives) known(id string) error {
	if id != readyCreative && id != failedCreative {
		return fmt.Errorf("creative %q: %w", id, transcodecache.ErrUnknownAsset)
	}
	return nil
}

func (f *fakeCreatives) Creatives(_ context.Context, cursor string, limit int) ([]transcodecache.Status, string, error) {
	f.asked = append(f.asked, fmt.Sprint("list ", cursor, " ", limit))
	at := time.Unix(1_800_000_000, 0).UTC()
	ready := transcodecache.Status{
		ID: readyCreative, Creative: "universal ad-id.org X", Profile: "p", URL: "http://m/1.mp4", State: transcodecache.Ready, Duration: 30_000_000,
		Bytes: 1000, Loudness: map[int]encode.Loudness{2: {Integrated: -21.7, Peak: -3}}, LoudnessTarget: -24, Made: at, Used: at,
		Declared: 30_000_000, Renditions: []transcodecache.RenditionStatus{{
			Name: "v0", State: transcodecache.Ready, Codecs: "avc1.64001f", Bandwidth: 2_000_000, Width: 640, Height: 360, Segments: 15, Duration: 30_000_000, Bytes: 1000,
		}, {Name: "a0", State: transcodecache.Ready, SampleRate: 48_000, Channels: 2}},
	}
	failed := transcodecache.Status{
		ID: failedCreative, Creative: "media http://m/2.mp4", Profile: "p", URL: "http://m/2.mp4", Configuration: "news", AdServer: "ads.example",
		State: transcodecache.Failed, Since: at, Reason: avail.CreativeUnfetchable, Message: "404", Retry: at,
	}
	if cursor == "" && limit == 1 {
		return []transcodecache.Status{ready}, "a" + readyCreative, nil
	}
	if cursor != "" {
		return []transcodecache.Status{failed}, "", nil
	}
	return []transcodecache.Status{ready, failed}, "", nil
}

func (f *fakeCreatives) Prewarm(_ context.Context, p transcodecache.Prewarm) ([]transcodecache.Status, error) {
	if !strings.HasPrefix(p.URL, "http") {
		return nil, fmt.Errorf("%w: url must be an http or https URL", transcodecache.ErrPrewarm)
	}
	f.asked = append(f.asked, fmt.Sprint("prewarm ", p))
	return []transcodecache.Status{{ID: failedCreative, Creative: "media " + p.URL, Profile: "p", URL: p.URL, State: transcodecache.Queued, Reason: avail.CreativeNew}}, nil
}

func (f *fakeCreatives) Purge(_ context.Context, id string, force bool) error {
	if id == readyCreative && !force {
		return fmt.Errorf("creative %s was in use: %w", id, transcodecache.ErrInUse)
	}
	return f.known(id)
}

func (f *fakeCreatives) Retry(_ context.Context, id string) error {
	if id == readyCreative {
		return transcodecache.ErrNotFailed
	}
	return f.known(id)
}

func (f *fakeCreatives) Thumbnail(_ context.Context, id string) ([]byte, error) {
	return []byte("\xff\xd8\xff"), f.known(id)
}

// errorType is the type of an error of a status.
var errorType = map[int]string{400: "BadRequestException", 404: "NotFoundException", 409: "ConflictException"}

func TestListCreatives(t *testing.T) {
	f := newFixture(t)
	for query, want := range map[string]int{
		"": 200, "?maxResults=1": 200, "?maxResults=100&nextToken=a" + readyCreative: 200, "?nextToken=j": 200,
		"?maxResults=0": 400, "?maxResults=101": 400, "?maxResults=x": 400, "?nextToken=..": 400, "?nextToken=a%00": 400,
	} {
		f.want(t, want, errorType[want], "GET", "/api/v1/creatives"+query, "")
	}
	var page creativeList
	if err := json.Unmarshal([]byte(f.want(t, 200, "", "GET", "/api/v1/creatives?maxResults=1", "").text), &page); err != nil || len(page.Items) != 1 || page.NextToken != "a"+readyCreative {
		t.Errorf("%+v, %v", page, err)
	}
	page = creativeList{}
	if err := json.Unmarshal([]byte(f.want(t, 200, "", "GET", "/api/v1/creatives?nextToken="+"a"+readyCreative, "").text), &page); err != nil || len(page.Items) != 1 || page.NextToken != "" || page.Items[0].Reason != avail.CreativeUnfetchable {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestChangeCreatives(t *testing.T) {
	f := newFixture(t)
	f.want(t, 200, "", "PUT", "/playbackConfiguration", `{"Name":"news","VideoContentSourceUrl":"http://origin.example/","AdDecisionServerUrl":"http://ads.example/"}`)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/api/v1/creatives", `{"url":"http://m/3.mp4","configuration":"news","adServer":"ads.example","duration":30000000}`, 200},
		{"POST", "/api/v1/creatives", `{"url":"http://m/3.mp4","configuration":"none"}`, 404},
		{"POST", "/api/v1/creatives", `{"url":"file:///etc/passwd","configuration":"news"}`, 400},
		{"POST", "/api/v1/creatives", `{"url":`, 400},
		{"DELETE", "/api/v1/creatives/" + readyCreative, "", 409},
		{"DELETE", "/api/v1/creatives/" + readyCreative + "?force=true", "", 204},
		{"DELETE", "/api/v1/creatives/" + failedCreative, "", 204},
		{"DELETE", "/api/v1/creatives/x", "", 404},
		{"POST", "/api/v1/creatives/" + failedCreative + "/retry", "", 204},
		{"POST", "/api/v1/creatives/" + readyCreative + "/retry", "", 400},
		{"POST", "/api/v1/creatives/x/retry", "", 404},
		{"GET", "/api/v1/creatives/" + readyCreative + "/thumbnail", "", 200},
		{"GET", "/api/v1/creatives/x/thumbnail", "", 404},
	} {
		a := f.want(t, c.status, errorType[c.status], c.method, c.path, c.body)
		if strings.HasSuffix(c.path, "/thumbnail") && c.status == 200 && a.Header.Get("Content-Type") != "image/jpeg" {
			t.Errorf("%s is %q", c.path, a.Header.Get("Content-Type"))
		}
	}
	if len(f.creatives.asked) != 1 || !strings.Contains(f.creatives.asked[0], "ads.example") {
		t.Errorf("asked %q", f.creatives.asked)
	}
}
