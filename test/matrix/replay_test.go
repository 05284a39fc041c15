package matrix

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"stitcher/internal/manifest/hls/check/rule"
	"stitcher/internal/playback/config"
	"stitcher/internal/stitch/bundle"
	"stitcher/internal/stitch/recording"
	"stitcher/internal/stitch/replay"
	"stitcher/internal/store"
	"stitcher/internal/store/memory"
)

// recording is the bundle of a session as it is read from the file.
func (w *world) recording(id string) *bundle.Bundle {
	w.t.Helper()
	b, err := w.service.Bundle(context.Background(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	var file bytes.Buffer
	if err := b.Write(&file); err != nil {
		w.t.Fatal(err)
	}
	if b, err = bundle.Read(&file); err != nil {
		w.t.Fatal(err)
	}
	return b
}

// replayed makes the answers of a bundle again and gives those that differ.
func replayed(t *testing.T, b *bundle.Bundle) (differ []replay.Result) {
	t.Helper()
	newFacts := func() store.Facts { return memory.NewFacts(time.Now) }
	err := replay.Run(t.Context(), b, newFacts, func(r replay.Result) {
		if !r.Identical() {
			differ = append(differ, r)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return differ
}

// wantIdentical holds a session's bundle to as many answers as the player had, each of
// which is made again byte for byte.
func (c *client) wantIdentical() *bundle.Bundle {
	t := c.w.t.(*testing.T)
	t.Helper()
	b := c.w.recording(c.id)
	if b.Head.Truncated || b.Head.Lost > 0 || len(b.Answers) != c.polls {
		t.Errorf("the bundle has %d answers of %d; truncated %v, lost %d", len(b.Answers), c.polls, b.Head.Truncated, b.Head.Lost)
	}
	if damage := b.Damage(); damage != nil {
		t.Errorf("damage: %v", damage)
	}
	differ := replayed(t, b)
	for i, r := range differ {
		if i == 3 {
			t.Errorf("and %d more", len(differ)-i)
			break
		}
		t.Errorf("rendition %d at %v differs in line %d: was %q, is %q, %v", r.Answer.Rendition,
			time.UnixMicro(r.Answer.At).Sub(c.w.began), r.Line, r.Then, r.Now, r.Err)
	}
	return b
}

// TestReplay: every playlist of a recorded session is made again from its bundle byte
// for byte, over breaks, early returns, restarts of the origin and of the service, and
// other viewers of the channel.
func TestReplay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		extra  []any
		query  string
		make   func(w *world) []*rendition
		edge   func(r *rendition, n int) time.Duration
		excuse []string
		// at are the polls after which the service is killed.
		at    []int
		until time.Duration
	}{
		{
			name: "breaks", until: 100 * sec,
			make: func(*world) []*rendition {
				return []*rendition{video("v0.m3u8").avail(120*sec, 20*sec).avail(160*sec, 12*sec), audio("a0.m3u8")}
			},
		},
		{
			name: "early return", until: 80 * sec,
			make: func(*world) []*rendition {
				v := video("v0.m3u8").avail(120*sec, 30*sec).tag(136*sec, "#EXT-X-CUE-IN")
				return []*rendition{v, audio("a0.m3u8")}
			},
		},
		{
			name: "restarts of the service", until: 100 * sec, at: []int{18, 21, 25, 33, 39, 41, 50},
			make: func(*world) []*rendition {
				return []*rendition{video("v0.m3u8").avail(120*sec, 20*sec).avail(160*sec, 12*sec), audio("a0.m3u8")}
			},
		},
		{
			name: "restart of the origin", until: 100 * sec, excuse: []string{rule.WindowTooShort},
			make: func(*world) []*rendition {
				v, a := video("v0.m3u8").avail(120*sec, 20*sec).avail(170*sec, 12*sec), audio("a0.m3u8")
				v.restart(152 * sec)
				a.restart(152 * sec)
				return []*rendition{v, a}
			},
		},
		{
			name: "pre-roll", until: 80 * sec, extra: []any{"LivePreRollConfiguration", preRoll(5)},
			make: func(*world) []*rendition {
				return []*rendition{video("v0.m3u8").avail(140*sec, 20*sec), audio("a0.m3u8")}
			},
		},
		{
			name: "undated, stale edge", until: 80 * sec,
			make: func(*world) []*rendition {
				return undate(video("v0.m3u8").avail(120*sec, 20*sec), video("v1.m3u8"))
			},
			edge: func(_ *rendition, n int) time.Duration { return time.Duration(n%2) * 8 * sec },
		},
		{
			name: "parameters of the manifest, content prefix", until: 60 * sec, query: "&manifest.tok=1&manifest.token=needle",
			extra: []any{"CdnConfiguration", map[string]any{"ContentSegmentUrlPrefix": "https://cdn.example/c", "AdSegmentUrlPrefix": "https://cdn.example/a"}},
			make: func(*world) []*rendition {
				return []*rendition{video("v0.m3u8").avail(120*sec, 20*sec), audio("a0.m3u8")}
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			play(t, func(t *testing.T, w *world) {
				w.configure(originURL+"/live", c.extra...)
				ch := w.newChannel(c.make(w)...)
				ch.edge = c.edge
				ch.serve("origin.example")
				other := w.join("master.m3u8?aws.logMode=DISABLED")
				p := w.join("master.m3u8?aws.logMode=DEBUG" + c.query).excuse(c.excuse...)
				other.excuse(c.excuse...)
				for n := 1; w.now() < c.until && !t.Failed(); n++ {
					p.poll()
					if n%3 == 0 {
						other.poll()
					}
					for _, at := range c.at {
						if n == at {
							w.reopen()
						}
					}
					w.until(w.now() + sec)
				}
				b := p.wantIdentical()
				if len(p.ads[0]) == 0 {
					t.Error("no ad was listed")
				}
				if len(b.Records) == 0 || !strings.Contains(string(b.Records[0].Record), "VAST") {
					t.Error("the bundle has no raw ad response")
				}
				if text, _ := json.Marshal(b); bytes.Contains(text, []byte("needle")) {
					t.Error("the bundle tells a token")
				}
				if _, err := w.service.Bundle(t.Context(), other.id); !errors.Is(err, recording.ErrNotRecorded) {
					t.Errorf("the bundle of a session that is not recorded: %v", err)
				}
			})
		})
	}
}

// TestReplayTampered: a bundle in which anything was changed is reported, and so is one
// that was changed together with its hashes.
func TestReplayTampered(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.channelWithAvail()
		p := w.join("master.m3u8?aws.logMode=DEBUG").follow(60 * sec)
		p.wantIdentical()
		for _, c := range []struct {
			name    string
			tamper  func(b *bundle.Bundle)
			damaged bool
		}{
			{name: "an answer", damaged: true, tamper: func(b *bundle.Bundle) {
				a := &b.Answers[40]
				a.Text = strings.Replace(a.Text, "#EXTINF:4", "#EXTINF:5", 1)
			}},
			{name: "an answer and its hash", tamper: func(b *bundle.Bundle) {
				a := &b.Answers[40]
				a.Text = strings.Replace(a.Text, "#EXTINF:4", "#EXTINF:5", 1)
				a.Hash = bundle.HashOf([]byte(a.Text))
			}},
			{name: "a playlist of the origin", damaged: true, tamper: func(b *bundle.Bundle) {
				hash := b.Lines[b.Answers[40].Line].Body
				body := b.Bodies[hash]
				body.Text = strings.Replace(body.Text, "#EXTINF:4", "#EXTINF:3", 1)
				b.Bodies[hash] = body
			}},
			{name: "a playlist is missing", damaged: true, tamper: func(b *bundle.Bundle) {
				delete(b.Bodies, b.Lines[b.Answers[40].Line].Body)
			}},
			{name: "a view is missing", tamper: func(b *bundle.Bundle) { delete(b.Lines, b.Answers[40].Line) }},
			{name: "a decision", tamper: func(b *bundle.Bundle) {
				b.Facts = slices.DeleteFunc(b.Facts, func(f bundle.Fact) bool { return strings.HasPrefix(f.Key, "decision/") })
			}},
			{name: "an avail of the ledger", tamper: func(b *bundle.Bundle) {
				b.Facts = slices.DeleteFunc(b.Facts, func(f bundle.Fact) bool { return strings.HasPrefix(f.Key, "avail/") })
			}},
			{name: "an asset", tamper: func(b *bundle.Bundle) { b.Assets = nil }},
		} {
			b := w.recording(p.id)
			c.tamper(b)
			if damage := b.Damage(); (damage != nil) != c.damaged {
				t.Errorf("%s: damage %v", c.name, damage)
			}
			if differ := replayed(t, b); len(differ) == 0 {
				t.Errorf("%s: no answer differs", c.name)
			}
		}
	})
}

// TestRecorded: sampled sessions are recorded as the configuration says, sessions with
// aws.logMode=DEBUG always, and no more than ten of them.
func TestRecorded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, logs string
		query      string
		sessions   int
		recorded   int
	}{
		{name: "no log configuration", sessions: 3},
		{name: "all", logs: `{"PercentEnabled":100}`, sessions: 3, recorded: 3},
		{name: "none", logs: `{"PercentEnabled":0}`, sessions: 3},
		{name: "excluded", logs: `{"PercentEnabled":100,"ManifestServiceInteractionLog":{"ExcludeEventTypes":["ORIGIN_MANIFEST"]}}`, sessions: 3},
		{name: "another is excluded", logs: `{"PercentEnabled":100,"AdsInteractionLog":{"ExcludeEventTypes":["BEACON_FIRED"]}}`, sessions: 3, recorded: 3},
		{name: "debug", query: "?aws.logMode=DEBUG", logs: `{"PercentEnabled":0}`, sessions: 3, recorded: 3},
		{name: "too many debug", query: "?aws.logMode=DEBUG", sessions: 13, recorded: 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, func(t *testing.T, w *world) {
				w.channelWithAvail()
				if c.logs != "" {
					w.configureLogs(c.logs)
				}
				recorded := 0
				for range c.sessions {
					p := w.join("master.m3u8" + c.query)
					p.poll()
					_, err := w.service.Bundle(t.Context(), p.id)
					switch {
					case err == nil:
						recorded++
					case !errors.Is(err, recording.ErrNotRecorded):
						t.Error(err)
					}
				}
				if recorded != c.recorded {
					t.Errorf("%d of %d sessions are recorded, want %d", recorded, c.sessions, c.recorded)
				}
			})
		})
	}
}

// TestRecordingEnds: a recording is kept for the retention and no longer, also when its
// session is over; the raw ad response is in it only if it was asked for.
func TestRecordingEnds(t *testing.T) {
	t.Parallel()
	play(t, func(t *testing.T, w *world) {
		w.channelWithAvail()
		w.configureLogs(`{"PercentEnabled":100}`)
		p := w.join("master.m3u8").follow(40 * sec)
		time.Sleep(retention - time.Hour)
		if b := p.wantIdentical(); len(b.Records) == 0 || strings.Contains(string(b.Records[0].Record), "<VAST") {
			t.Errorf("the records are %s", b.Records)
		}
		time.Sleep(2 * time.Hour)
		if _, err := w.service.Bundle(t.Context(), p.id); !errors.Is(err, recording.ErrNotRecorded) {
			t.Errorf("after the retention: %v", err)
		}
	})
}

// configureLogs sets the LogConfiguration.
func (w *world) configureLogs(members string) {
	w.t.Helper()
	r, err := config.ParseLogsRequest([]byte(`{"PlaybackConfigurationName":"` + configuration + `",` + members[1:]))
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.configurations.ConfigureLogs(context.Background(), r); err != nil {
		w.t.Fatal(err)
	}
}
