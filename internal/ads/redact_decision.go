package ads

import (
	"encoding/json"
	"regexp"
	"slices"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

// Redacted is a copy of a decision as it may be told: what an ad server wrote into
// its ads, tracking URLs above all, may hold what the ad request told of the viewer.
func Redacted(d avail.Decision, s *playback.Session) avail.Decision {
	return newRedactor(s).decision(d)
}

// RedactedText is a text of the origin's as it may be told: a line of its playlist
// may hold tokens that it got with the player's request, or its own.
func RedactedText(text string, s *playback.Session) string {
	return NewRedactor(s).Text(text)
}

// Redactor takes out of texts and decisions of one session what must not be kept. It is
// safe for use by many goroutines.
type Redactor struct{ of redactor }

// NewRedactor makes the redactor of a session.
func NewRedactor(s *playback.Session) *Redactor { return &Redactor{newRedactor(s)} }

// Text is a text as RedactedText has it.
func (r *Redactor) Text(text string) string {
	return r.of.text(userinfo.ReplaceAllString(text, "://"+hidden+"@"))
}

// Decision is a decision as Redacted has it.
func (r *Redactor) Decision(d avail.Decision) avail.Decision { return r.of.decision(d) }

// userinfo is the user and password of a URL.
var userinfo = regexp.MustCompile(`://[^/?#@\s",]+@`)

func (d redactor) decision(x avail.Decision) avail.Decision {
	x.Items = slices.Clone(x.Items)
	for i := range x.Items {
		x.Items[i].Ad = d.ad(x.Items[i].Ad)
	}
	x.Skips = slices.Clone(x.Skips)
	for i := range x.Skips {
		skip := &x.Skips[i]
		for _, text := range []*string{
			&skip.AdID, &skip.CreativeID, &skip.UniversalID, &skip.System, &skip.Advertiser, &skip.Campaign, &skip.MediaURL,
		} {
			*text = d.text(*text)
		}
	}
	x.Breaks = slices.Clone(x.Breaks)
	for i := range x.Breaks {
		b := &x.Breaks[i]
		b.ID, b.Decision = d.text(b.ID), d.decision(b.Decision)
	}
	return x
}

func (d redactor) ad(ad *avail.Ad) *avail.Ad {
	if ad == nil {
		return nil
	}
	x := *ad
	for _, text := range []*string{&x.ID, &x.System, &x.Title, &x.Advertiser, &x.Campaign, &x.CreativeID, &x.UniversalID, &x.ServingID, &x.MediaURL} {
		*text = d.text(*text)
	}
	if ad.Tracking != nil {
		x.Tracking = make(map[string][]string, len(ad.Tracking))
	}
	for event, urls := range ad.Tracking {
		kept := make([]string, len(urls))
		for i, u := range urls {
			kept[i] = d.text(u)
		}
		event = d.text(event)
		x.Tracking[event] = append(x.Tracking[event], kept...)
	}
	x.Raw = d.details(ad.Raw)
	return &x
}

// details are those of an ad for the tracking document; what is no JSON is none.
func (d redactor) details(raw json.RawMessage) json.RawMessage {
	var details any
	if json.Unmarshal(raw, &details) != nil {
		return nil
	}
	told, err := json.Marshal(d.value(details))
	if err != nil {
		return nil
	}
	return told
}

// value is a part of a JSON document as it may be told. Text is looked at decoded:
// a quotation mark in it must not end what is left out.
func (d redactor) value(v any) any {
	switch v := v.(type) {
	case string:
		return d.text(v)
	case []any:
		for i := range v {
			v[i] = d.value(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = d.value(v[name])
		}
	}
	return v
}
