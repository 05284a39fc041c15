package variable

import (
	"strconv"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/playback"
)

// Source is what the dynamic variables of an ad request are taken from.
type Source struct {
	Session *playback.Session
	Avail   avail.Avail
	// Index is [avail.index], Random the number behind [avail.random].
	Index  int
	Random uint64
	// Length is for how long the ad server is asked, in microseconds; 0 is not told.
	Length int64
	// Given are values that a prefetch schedule gives variables, by name; they count
	// before all others.
	Given map[string]string
	// Prefetch is set where no session has come to the avail yet: the request tells
	// nothing of the session's identity nor of the content's time (reference §1.5).
	Prefetch bool
	// Aliases are the values of the configuration aliases that the session chose, by
	// variable ("player_params.x").
	Aliases map[string]string
}

// Values are the values of the dynamic variables of one request (MediaTailor's list).
type Values struct {
	Source *Source
	// Missing are the names that had no value.
	Missing []string

	// cue is decoded when a variable first needs it.
	cue     *cue
	decoded bool
}

// unixTime is the smallest stream time that can be wall-clock time: the year
// 2000. Streams without EXT-X-PROGRAM-DATE-TIME count from elsewhere.
const unixTime = 946_684_800_000_000

// table are the variables of a fixed name, but for those of scte.
var table = map[string]func(*Values) string{
	"session.id":              func(v *Values) string { return strconv.FormatUint(v.Source.Session.Number, 10) },
	"session.uuid":            func(v *Values) string { return v.Source.Session.ID },
	"session.client_ip":       func(v *Values) string { return v.Source.Session.Viewer.IP },
	"session.user_agent":      func(v *Values) string { return v.Source.Session.Viewer.UserAgent },
	"session.referer":         func(v *Values) string { return v.Source.Session.Viewer.Referer },
	"session.accept_language": func(v *Values) string { return v.Source.Session.Viewer.AcceptLanguage },

	"session.avail_duration_ms":   func(v *Values) string { return v.length(1000) },
	"session.avail_duration_secs": func(v *Values) string { return v.length(1_000_000) },

	"avail.index":                        func(v *Values) string { return strconv.Itoa(v.Source.Index) },
	"avail.random":                       func(v *Values) string { return strconv.FormatUint(v.Source.Random%10_000_000_001, 10) },
	"avail.source_content_time_epoch_ms": (*Values).contentTime,
}

// identity are the variables that have no value in a prefetch, unless its schedule gives
// one, because no session has come to the avail yet (reference §1.5).
var identity = map[string]bool{
	"session.id": true, "session.uuid": true, "session.client_ip": true, "session.user_agent": true,
	"session.referer": true, "session.accept_language": true, "avail.source_content_time_epoch_ms": true,
}

// Value is the value of a variable, "" if it has none. encoded is set for a player's
// values, because a player may have encoded them for the ad server.
func (v *Values) Value(name string) (value string, encoded bool) {
	s := v.Source
	if value, ok := s.Given[name]; ok {
		return value, false
	}
	if s.Prefetch && identity[name] {
		return "", false
	}
	if of, ok := table[name]; ok {
		return of(v), false
	}
	if parameter, ok := strings.CutPrefix(name, "player_params."); ok {
		if alias, ok := s.Aliases[name]; ok {
			return alias, false
		}
		return v.parameter(parameter), true
	}
	if key, ok := strings.CutPrefix(name, "asset."); ok {
		return s.Avail.Assets[key], false
	}
	if field, ok := strings.CutPrefix(name, "scte."); ok {
		return v.scte(field), false
	}
	return "", false
}

// parameter is what the player said of a name, in whatever case it wrote it
// (reference §2.2): the exact name first, then the first in order of those that
// differ in case.
func (v *Values) parameter(name string) string {
	s := v.Source.Session
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

// length is for how long the ad server is asked, in the unit, rounded.
func (v *Values) length(unit int64) string {
	if v.Source.Length == 0 {
		return ""
	}
	return strconv.FormatInt((v.Source.Length+unit/2)/unit, 10)
}

// contentTime is the origin's time of the avail's start.
func (v *Values) contentTime() string {
	if v.Source.Avail.Start < unixTime {
		return ""
	}
	return strconv.FormatInt(v.Source.Avail.Start/1000, 10)
}

// scte is the value of a field of the SCTE-35 cue. The id that the origin
// wrote beside the cue stands in for one that can't be decoded.
func (v *Values) scte(field string) string {
	if !v.decoded {
		v.cue, v.decoded = decodeCue(v.Source.Avail.Cue), true
	}
	value := v.cue.value(field)
	if value == "" && field == "event_id" {
		return v.Source.Avail.EventID
	}
	return value
}
