package config

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"stitcher/internal/playback/awsapi"
	"stitcher/internal/playback/playbacktest"
)

var here = awsapi.Naming{Account: "000000000000", Region: "us-east-1", PublicURL: "http://stitcher.example:8080"}

func parse(t testing.TB, body string) *Configuration {
	t.Helper()
	c, err := Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func open(t testing.TB, m *playbacktest.Fragile) *Configurations {
	t.Helper()
	s, err := New(t.Context(), m, here)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t testing.TB, s *Configurations, body string) *Configuration {
	t.Helper()
	c, err := s.Put(t.Context(), parse(t, body))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func render(t testing.TB, c *Configuration) string {
	t.Helper()
	b, err := c.Render(here)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestRestart: what was put, tagged and set is there again after a restart, to
// the byte, members of the future included.
func TestRestart(t *testing.T) {
	m := memoryStore()
	s := open(t, m)
	put(t, s, `{"Name":"a/b ü","AdDecisionServerUrl":"http://ads/?a=[session.id]&b=%%X%%","Future":{"Deep":[1,2.50]},"tags":{"k":"v"}}`)
	if err := s.Tag(t.Context(), here.ARN("a/b ü"), map[string]string{"env": "test"}); err != nil {
		t.Fatal(err)
	}
	logs, err := ParseLogsRequest([]byte(`{"PlaybackConfigurationName":"a/b ü","PercentEnabled":7,"Future":true}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ConfigureLogs(t.Context(), logs); err != nil {
		t.Fatal(err)
	}
	before, err := s.Configuration("a/b ü")
	if err != nil {
		t.Fatal(err)
	}
	after, err := open(t, m).Configuration("a/b ü")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := render(t, after), render(t, before); got != want {
		t.Errorf("after the restart\n%s\nbefore\n%s", got, want)
	}
	for _, want := range []string{`"PercentEnabled":7`, `"Future":{"Deep":[1,2.50]}`, `"tags":{"env":"test","k":"v"}`, `a=[session.id]&b=%%X%%`} {
		if got := render(t, after); !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
}

// TestPutReplaces: members that a Put leaves out are gone; log settings, which
// can't be put, are not.
func TestPutReplaces(t *testing.T) {
	s := open(t, memoryStore())
	put(t, s, `{"Name":"c","SlateAdUrl":"http://x/slate.mp4","tags":{"k":"v"}}`)
	logs := &LogsRequest{Name: "c", Log: LogConfiguration{PercentEnabled: 3}}
	if err := s.ConfigureLogs(t.Context(), logs); err != nil {
		t.Fatal(err)
	}
	c := put(t, s, `{"Name":"c","LogConfiguration":{"PercentEnabled":99}}`)
	if c.SlateAdURL != "" || len(c.Tags) != 0 {
		t.Errorf("left over: slate %q, tags %v", c.SlateAdURL, c.Tags)
	}
	if c.Log == nil || c.Log.PercentEnabled != 3 {
		t.Errorf("log settings %+v, want those that were configured", c.Log)
	}
}

func TestNotFound(t *testing.T) {
	s := open(t, memoryStore())
	_, get := s.Configuration("x")
	_, tags := s.Tags(here.ARN("x"))
	for what, err := range map[string]error{
		"get": get, "tags": tags, "delete": s.Delete(t.Context(), "x"),
		"tag": s.Tag(t.Context(), here.ARN("x"), nil), "untag": s.Untag(t.Context(), here.ARN("x"), nil),
		"logs": s.ConfigureLogs(t.Context(), &LogsRequest{Name: "x"}),
	} {
		if !errors.Is(err, ErrNotFound) || err.Error() != `the playback configuration does not exist: "x"` {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestBrokenStore: what could not be stored is not in force.
func TestBrokenStore(t *testing.T) {
	m := memoryStore()
	s := open(t, m)
	put(t, s, `{"Name":"c","SlateAdUrl":"http://x/1.mp4"}`)
	m.Broken.Store(true)
	if _, err := s.Put(t.Context(), parse(t, `{"Name":"c","SlateAdUrl":"http://x/2.mp4"}`)); !errors.Is(err, playbacktest.ErrBroken) {
		t.Errorf("put: %v", err)
	}
	if err := s.Tag(t.Context(), here.ARN("c"), map[string]string{"k": "v"}); !errors.Is(err, playbacktest.ErrBroken) {
		t.Errorf("tag: %v", err)
	}
	if err := s.Delete(t.Context(), "c"); !errors.Is(err, playbacktest.ErrBroken) {
		t.Errorf("delete: %v", err)
	}
	c, err := s.Configuration("c")
	if err != nil || c.SlateAdURL != "http://x/1.mp4" || len(c.Tags) > 0 {
		t.Errorf("in force: %+v, %v", c, err)
	}
	if _, err := New(t.Context(), m, here); !errors.Is(err, playbacktest.ErrBroken) {
		t.Errorf("open: %v", err)
	}
}

func TestSpoiltDocument(t *testing.T) {
	m := memoryStore()
	if _, err := m.PutDocument(t.Context(), kind, "bad", 0, []byte(`{"configuration":[]}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), m, here); err == nil || !strings.Contains(err.Error(), `"bad"`) {
		t.Errorf("error %v, want one that names the document", err)
	}
}

func TestTags(t *testing.T) {
	s := open(t, memoryStore())
	put(t, s, `{"Name":"c","tags":{"a":"1","b":"2"}}`)
	arn := here.ARN("c")
	if err := s.Tag(t.Context(), arn, map[string]string{"b": "3", "c": "4"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Untag(t.Context(), arn, []string{"a", "none"}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Tags(arn)
	if want := map[string]string{"b": "3", "c": "4"}; err != nil || !maps.Equal(got, want) {
		t.Errorf("tags %v (%v), want %v", got, err, want)
	}
	many := map[string]string{}
	for i := range awsapi.MaxTags {
		many[fmt.Sprint("key", i)] = ""
	}
	var invalid *awsapi.ValidationError
	if err := s.Tag(t.Context(), arn, many); !errors.As(err, &invalid) {
		t.Errorf("too many tags: %v", err)
	}
	for _, arn := range []string{"", "c", "arn:aws:mediatailor:us-east-1:000000000000:playbackConfiguration/", "arn:aws:s3:::c"} {
		if _, err := s.Tags(arn); !errors.As(err, &invalid) {
			t.Errorf("ARN %q: %v", arn, err)
		}
	}
}

// TestPages walks pages while configurations come and go.
func TestPages(t *testing.T) {
	s := open(t, memoryStore())
	for _, name := range []string{"e", "b", "d", "a", "c"} {
		put(t, s, `{"Name":"`+name+`"}`)
	}
	var names []string
	token := ""
	for range 10 {
		page, err := s.List(token, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page.Items {
			names = append(names, c.Name)
		}
		if token = page.NextToken; token == "" {
			break
		}
		if names[len(names)-1] == "b" {
			if err := s.Delete(t.Context(), "b"); err != nil {
				t.Fatal(err)
			}
			put(t, s, `{"Name":"aa"}`)
		}
	}
	if got := strings.Join(names, " "); got != "a b c d e" {
		t.Errorf("pages show %s", got)
	}
	for _, token := range []string{"%", "x", "MTo"} {
		if _, err := s.List(token, 2); !errors.Is(err, awsapi.ErrToken) {
			t.Errorf("token %q: %v", token, err)
		}
	}
}

// TestManyAtOnce has readers and writers meet, for the race detector, and one
// key a writer: no write is lost.
func TestManyAtOnce(t *testing.T) {
	s := open(t, memoryStore())
	put(t, s, `{"Name":"c"}`)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			if err := s.Tag(t.Context(), here.ARN("c"), map[string]string{fmt.Sprint(i): "x"}); err != nil {
				t.Error(err)
			}
		})
		wait.Go(func() {
			if c, err := s.Configuration("c"); err != nil || c.Name != "c" {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if tags, err := s.Tags(here.ARN("c")); err != nil || len(tags) != 8 {
		t.Errorf("tags %v, %v", tags, err)
	}
}

func TestConfigurationAllocatesNothing(t *testing.T) {
	s := open(t, memoryStore())
	put(t, s, `{"Name":"c"}`)
	if n := testing.AllocsPerRun(100, func() { _, _ = s.Configuration("c") }); n > 0 {
		t.Errorf("%.0f allocations", n)
	}
}
