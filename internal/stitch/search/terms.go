package search

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

// The kinds of terms that sessions are found by. Every session has allSessions.
const (
	allSessions       = "session"
	configurationTerm = "configuration="
	deviceTerm        = "device="
	reasonTerm        = "reason="
	creativeTerm      = "creative="
	wordTerm          = "q="
)

// MaxTerm is how long the text of a term may be, in bytes.
const MaxTerm = 256

// term is a text as sessions are found by it.
func term(kind, text string) string {
	return kind + strings.ToValidUTF8(text[:min(len(text), MaxTerm)], "")
}

// word is a term of q: case does not matter.
func word(text string) string { return term(wordTerm, strings.ToLower(text)) }

// Session is what a search tells of a session.
type Session struct {
	ID            string               `json:"id"`
	Start         time.Time            `json:"start"`
	Configuration string               `json:"configuration"`
	Protocol      playback.Protocol    `json:"protocol"`
	Device        playback.DeviceClass `json:"device"`
	Reporting     string               `json:"reporting"`
	Asset         string               `json:"asset"`
	// State is live, or ended where the session does not exist any more.
	State string `json:"state"`
}

// AtStart is what a session is found by from its start: also by its id, the path of
// its asset and the parts of that, and its stream.
func AtStart(x *playback.Session) (avail.Found, error) {
	about, err := json.Marshal(Session{
		ID: x.ID, Start: x.Created, Configuration: x.Configuration, Protocol: x.Protocol, Device: x.Class,
		Reporting: x.Reporting, Asset: x.Asset[:min(len(x.Asset), 4*MaxTerm)],
	})
	f := avail.Found{At: x.Created.UnixMicro(), About: about}
	f.Terms = []string{allSessions, term(configurationTerm, x.Configuration), term(deviceTerm, string(x.Class)), word(x.ID), word(x.Asset)}
	if x.StreamID != "" {
		f.Terms = append(f.Terms, word(x.StreamID))
	}
	parts := strings.FieldsFunc(x.Asset, func(r rune) bool { return r == '/' })
	for _, part := range parts[max(0, len(parts)-maxParts):] {
		f.Terms = append(f.Terms, word(part))
	}
	f.Terms = distinct(f.Terms)
	return f, err
}

// maxParts is how many parts of an asset's path a session is found by: the last ones.
const maxParts = 4

// In is what a session is found by from a record on: the reasons and the creatives
// of a decision, and the reasons of an account.
func In(x *playback.Session, record any) avail.Found {
	f := avail.Found{At: x.Created.UnixMicro()}
	reason := func(r avail.Reason) {
		if r != "" {
			f.Terms = append(f.Terms, term(reasonTerm, string(r)))
		}
	}
	creative := func(id, ad string) {
		if id != "" {
			f.Terms = append(f.Terms, term(creativeTerm, id))
		}
		if ad != "" {
			f.Terms = append(f.Terms, word(ad))
		}
	}
	switch r := record.(type) {
	case avail.Decision:
		reason(r.Reason)
		for i := range r.Items {
			if ad := r.Items[i].Ad; ad != nil {
				creative(ad.CreativeID, ad.ID)
			}
		}
		for i := range r.Skips {
			reason(r.Skips[i].Reason)
			creative(r.Skips[i].CreativeID, r.Skips[i].AdID)
		}
	case avail.Account:
		for _, u := range r.Unfilled {
			reason(u.Reason)
		}
	}
	f.Terms = distinct(f.Terms)
	return f
}

// distinct is a list without what it has twice, in its order.
func distinct(list []string) []string {
	out := list[:0]
	for _, text := range list {
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}
