package ads

import (
	"cmp"
	"strconv"
	"strings"
)

// variables are the dynamic variables of one request (MediaTailor's list).
type variables struct {
	request *Request
	random  uint64
	// cue is decoded when a variable first needs it.
	cue     *cue
	decoded bool
	// missing are the names that were empty.
	missing []string
}

// unixTime is the smallest stream time that can be wall-clock time: the year
// 2000. Streams without EXT-X-PROGRAM-DATE-TIME count from elsewhere.
const unixTime = 946_684_800_000_000

// table are the variables of a fixed name, but for those of scte.
var table = map[string]func(*variables) string{
	"session.id":              func(v *variables) string { return strconv.FormatUint(v.request.Session.Number, 10) },
	"session.uuid":            func(v *variables) string { return v.request.Session.ID },
	"session.client_ip":       func(v *variables) string { return v.request.Session.Viewer.IP },
	"session.user_agent":      func(v *variables) string { return v.request.Session.Viewer.UserAgent },
	"session.referer":         func(v *variables) string { return v.request.Session.Viewer.Referer },
	"session.accept_language": func(v *variables) string { return v.request.Session.Viewer.AcceptLanguage },

	"session.avail_duration_ms":   func(v *variables) string { return v.length(1000) },
	"session.avail_duration_secs": func(v *variables) string { return v.length(1_000_000) },

	"avail.index":                        func(v *variables) string { return strconv.Itoa(v.request.Index) },
	"avail.random":                       func(v *variables) string { return strconv.FormatUint(v.random%10_000_000_001, 10) },
	"avail.source_content_time_epoch_ms": (*variables).contentTime,
}

// identity are the variables that a prefetch has no value for, unless its
// schedule gives one: it is made for an avail that nobody has come to yet
// (reference §1.5).
var identity = map[string]bool{
	"session.id": true, "session.uuid": true, "session.client_ip": true, "session.user_agent": true,
	"session.referer": true, "session.accept_language": true, "avail.source_content_time_epoch_ms": true,
}

// value is the value of a variable, "" if it has none. Encoded values are a
// player's: it may have encoded them for the ad server.
func (v *variables) value(name string) (value string, encoded bool) {
	r := v.request
	if value, ok := r.Variables[name]; ok {
		return value, false
	}
	if r.Kind == KindPrefetch && identity[name] {
		return "", false
	}
	if of, ok := table[name]; ok {
		return of(v), false
	}
	if parameter, ok := strings.CutPrefix(name, "player_params."); ok {
		if alias, ok := r.Settings.Aliases[name]; ok {
			return alias, false
		}
		return v.parameter(parameter), true
	}
	if key, ok := strings.CutPrefix(name, "asset."); ok {
		return r.Avail.Assets[key], false
	}
	if field, ok := strings.CutPrefix(name, "scte."); ok {
		return v.scte(field), false
	}
	return "", false
}

// parameter is what the player said of a name, in whatever case it wrote it
// (reference §2.2): the exact name first, then the first in order of those that
// differ in case.
func (v *variables) parameter(name string) string {
	s := v.request.Session
	for _, params := range []map[string]string{s.AdsParams, s.PlayerParams} {
		if value, ok := params[name]; ok {
			return value
		}
	}
	best, value := "", ""
	for _, params := range []map[string]string{s.AdsParams, s.PlayerParams} {
		for n, x := range params {
			if strings.EqualFold(n, name) && (best == "" || n < best) {
				best, value = n, x
			}
		}
		if best != "" {
			break
		}
	}
	return value
}

// length is for how long the ad server is asked, in the unit, rounded: what the
// origin announced, not what drift leaves of it, for ads come in whole seconds.
// An asset without markers has no avail whose length could be told (reference
// §3.3).
func (v *variables) length(unit int64) string {
	if v.request.Kind == KindAsset {
		return ""
	}
	duration := cmp.Or(v.request.Avail.Duration, v.request.Available, DefaultDuration)
	return strconv.FormatInt((duration+unit/2)/unit, 10)
}

// contentTime is the origin's time of the avail's start.
func (v *variables) contentTime() string {
	if v.request.Avail.Start < unixTime {
		return ""
	}
	return strconv.FormatInt(v.request.Avail.Start/1000, 10)
}

// scte is the value of a field of the SCTE-35 cue. The id that the origin
// wrote beside the cue stands in for one that can't be decoded.
func (v *variables) scte(field string) string {
	if !v.decoded {
		v.cue, v.decoded = decodeCue(v.request.Avail.Cue), true
	}
	value := v.cue.value(field)
	if value == "" && field == "event_id" {
		return v.request.Avail.EventID
	}
	return value
}
