package redact

import (
	"encoding/json"
	"regexp"
	"slices"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

// Decision is Redactor.Decision for one decision.
func Decision(d avail.Decision, s *playback.Session) avail.Decision {
	return New(s).Decision(d)
}

// Text is Redactor.Text for one text.
func Text(text string, s *playback.Session) string {
	return New(s).Text(text)
}

// Text is a text of the origin as it may be shown. A line of its playlist may contain
// tokens that it got with the player's request, or tokens and passwords of its own.
func (d *Redactor) Text(text string) string {
	return d.Answer(userinfo.ReplaceAllString(text, "://"+hidden+"@"))
}

// userinfo is the user and password of a URL.
var userinfo = regexp.MustCompile(`://[^/?#@\s",]+@`)

// Decision is a copy of a decision as it may be shown. What an ad server wrote into its
// ads, tracking URLs above all, may contain what the ad request told of the viewer.
func (d *Redactor) Decision(x avail.Decision) avail.Decision {
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
			*text = d.Answer(*text)
		}
	}
	x.Breaks = slices.Clone(x.Breaks)
	for i := range x.Breaks {
		b := &x.Breaks[i]
		b.ID, b.Decision = d.Answer(b.ID), d.Decision(b.Decision)
	}
	return x
}

func (d *Redactor) ad(ad *avail.Ad) *avail.Ad {
	if ad == nil {
		return nil
	}
	x := *ad
	for _, text := range []*string{&x.ID, &x.System, &x.Title, &x.Advertiser, &x.Campaign, &x.CreativeID, &x.UniversalID, &x.ServingID, &x.MediaURL, &x.Signaling} {
		*text = d.Answer(*text)
	}
	if ad.Tracking != nil {
		x.Tracking = make(map[string][]string, len(ad.Tracking))
	}
	for event, urls := range ad.Tracking {
		kept := make([]string, len(urls))
		for i, u := range urls {
			kept[i] = d.Answer(u)
		}
		event = d.Answer(event)
		x.Tracking[event] = append(x.Tracking[event], kept...)
	}
	x.Raw = d.details(ad.Raw)
	return &x
}

// details are those of an ad for the tracking document; nil for what is not JSON.
func (d *Redactor) details(raw json.RawMessage) json.RawMessage {
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

// value is a part of a JSON document as it may be shown. Texts are decoded first, because
// a quotation mark in them must not end what is left out.
func (d *Redactor) value(v any) any {
	switch v := v.(type) {
	case string:
		return d.Answer(v)
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
