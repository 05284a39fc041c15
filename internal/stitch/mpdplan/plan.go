// Package mpdplan plans the MPD of a session.
package mpdplan

import (
	"encoding/binary"
	"net/url"
	"strconv"
	"time"

	"github.com/cespare/xxhash/v2"

	"stitcher/internal/manifest/dash"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/pods"
)

// Tag names what an MPD is made from: the origin's text, its edge, and the plan.
func Tag(v *dash.View, p *dash.Plan) uint64 {
	h := xxhash.New()
	var b [8]byte
	number := func(n int64) {
		binary.LittleEndian.PutUint64(b[:], uint64(n))
		_, _ = h.Write(b[:])
	}
	number(int64(v.Sum()))
	number(v.Sequence)
	number(v.Next())
	number(p.Published)
	number(p.Until)
	_, _ = h.WriteString(p.Location)
	for i := range p.Breaks {
		x := &p.Breaks[i]
		number(x.Start)
		number(x.Return)
		for k := range x.Items {
			number(int64(x.Items[k].Segments))
		}
	}
	return max(h.Sum64(), 1)
}

// Input is what a session's MPD is planned from, beside its state.
type Input struct {
	Session *playback.Session
	// Names are the ads' renditions for each set of the origin's.
	Names map[string]string
	// Hash is the account's label in URLs.
	Hash string
	// Base is the absolute URL of the viewer plane, without a slash at its end, Location that
	// of the session's MPD; "" where the MPD is to have none.
	Base, Location string
}

// Plan says what the session's MPD consists of at a time.
func Plan(in Input, now pods.State, v *dash.View, at time.Time, plan *dash.Plan) {
	*plan = dash.Plan{
		Now: at.UnixMicro(), ID: in.Session.ID, Location: in.Location, Breaks: plan.Breaks[:0],
	}
	in.breaks(now, v, plan)
	plan.Published = published(now, v)
}

// breaks says which pods the MPD has, and up to where it lists content.
func (in *Input) breaks(now pods.State, v *dash.View, plan *dash.Plan) {
	if !now.Ref.Ended {
		// What the reference has not shown yet may turn out to be an avail, in sound
		// too.
		plan.Until = now.Ref.Edge()
	}
	if now.Hold.Active {
		plan.Until = now.Hold.Time
	}
	// The content after a pod is a Period of its own for as long as the origin's
	// Period lasts, so the last pod that has left the window counts too.
	if last := &now.Run.Base; last.Return != 0 {
		plan.Breaks = append(plan.Breaks, dash.Break{ID: strconv.FormatInt(last.Pod, 10), Start: last.Start, Return: last.Return})
	}
	media := ""
	for i := range now.Run.Fills {
		f := &now.Run.Fills[i]
		if f.Empty() {
			continue
		}
		if f.Listed == 0 {
			plan.Until = min(plan.Until, f.Time) // its ads are still to come
			return
		}
		if f.Pod == nil || f.Back != pods.Unknown && f.BackTime <= now.Ref.Start() && !now.Ref.Ended {
			plan.Breaks = append(plan.Breaks[:0], dash.Break{ID: strconv.FormatInt(f.Key.Sequence, 10), Start: f.Time, Return: f.BackTime})
			continue // it has left the window
		}
		if !now.Ref.Ended && !v.Covers(f.Time) {
			// Sound that is published later than the picture is still to come.
			plan.Until = min(plan.Until, f.Time)
			return
		}
		if media == "" {
			media = in.media()
		}
		plan.Breaks = append(plan.Breaks, in.pod(f, media))
	}
}

// published is publishTime: it grows with every change (U3). The content's progress does
// not tell of decisions, of listed ads and of content that is listed while a decision is
// awaited, so in the window each decision and each ad segment adds a microsecond, and such
// content a thousandth of its time. What leaves the window takes that away, while the edge
// moves by a segment.
func published(s pods.State, v *dash.View) int64 {
	steps := int64(0)
	if s.Hold.Active {
		steps += max(0, s.Hold.Time-s.Hold.Avail) / 1000
	}
	for i := range s.Run.Fills {
		f := &s.Run.Fills[i]
		if f.Time <= s.Ref.Start() && (f.Empty() || f.Back != pods.Unknown && f.BackTime <= s.Ref.Start()) {
			continue
		}
		content := f.Time
		if f.Empty() {
			content = v.KnownTo()
		}
		steps += 1 + int64(f.Listed) + max(0, content-f.Key.Sequence)/1000
		if f.Back != pods.Unknown {
			steps++
		}
	}
	return max(v.Published(), v.Progress()) + steps
}

// pod is a pod as Periods. The URLs of all items begin with media.
func (in *Input) pod(f *pods.Fill, media string) dash.Break {
	b := dash.Break{ID: strconv.FormatInt(f.Key.Sequence, 10), Start: f.Time, Return: -1}
	if f.Back != pods.Unknown {
		b.Return = f.BackTime
	}
	left, at := f.Listed, f.Time
	for n := 0; left > 0; n++ {
		a := f.Pod.Item(n)
		if a == nil {
			break
		}
		segments := f.Pod.Segments(a)
		k := min(left, len(segments))
		if k == 0 {
			break
		}
		b.Items = append(b.Items, dash.Item{
			Start: at, Segments: k, Asset: a, Media: media + b.ID + "_" + strconv.Itoa(n), Tracks: in.Names,
			Signal: f.Pod.Signal(n), SignalScheme: in.Session.Signaling,
		})
		for i := range segments {
			at += segments[i].Duration
		}
		left -= k
	}
	return b
}

// media is what the URLs of all items' segments begin with.
func (in *Input) media() string {
	return in.Base + "/v1/dashsegment/" + in.Hash + "/" + url.PathEscape(in.Session.Configuration) + "/" + in.Session.ID + "/"
}
