package transcodecache

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
)

// Alike is a known profile whose creatives serve a profile as well: one that differs in
// bit rates by little. It is p itself where there is none. A multivariant playlist
// declares the sum of picture and sound, and nothing of sound alone; an MPD declares
// each. Both round.
func (c *Cache) Alike(ctx context.Context, p Profile) (Profile, error) {
	list, err := c.opts.Index.ListDocuments(ctx, profileDocument, "", maxProfiles)
	if err != nil {
		return p, fmt.Errorf("list profiles: %w", err)
	}
	best, found := p, ""
	for _, doc := range list {
		var known Profile
		if json.Unmarshal(doc.Body, &known) != nil || known.ID() != doc.ID {
			continue // of an earlier recipe
		}
		if known.ID() == p.ID() {
			return p, nil
		}
		// Of several, all nodes take the same.
		if known.alike(p) && (found == "" || doc.ID < found) {
			best, found = known, doc.ID
		}
	}
	return best, nil
}

const (
	// videoSlack and audioSlack are by what factor bit rates may differ, in percent.
	videoSlack = 130
	audioSlack = 200
)

// alike is whether the profiles differ in bit rates only, by little.
func (p Profile) alike(q Profile) bool {
	if p.Segment != q.Segment || len(p.Renditions) != len(q.Renditions) {
		return false
	}
	for i := range p.Renditions {
		a, b := p.Renditions[i], q.Renditions[i]
		if (a.Video == nil) != (b.Video == nil) || (a.Audio == nil) != (b.Audio == nil) {
			return false
		}
		if a.Video != nil {
			if !near(a.Video.Bitrate, b.Video.Bitrate, videoSlack) {
				return false
			}
			v := *b.Video
			v.Bitrate = a.Video.Bitrate
			b.Video = &v
		}
		if a.Audio != nil {
			if !near(a.Audio.Bitrate, b.Audio.Bitrate, audioSlack) {
				return false
			}
			s := *b.Audio
			s.Bitrate = a.Audio.Bitrate
			b.Audio = &s
		}
		if !reflect.DeepEqual(a, b) {
			return false
		}
	}
	return true
}

func near(a, b, percent int) bool { return a*100 <= b*percent && b*100 <= a*percent }
