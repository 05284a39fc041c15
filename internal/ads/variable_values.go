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

	"session.avail_duration_ms":   func(v *variables) string { return strconv.FormatInt(v.duration()/1000, 10) },
	"session.avail_duration_secs": func(v *variables) string { return strconv.FormatInt((v.duration()+500_000)/1_000_000, 10) },

	"avail.index":                        func(v *variables) string { return strconv.Itoa(v.request.Index) },
	"avail.random":                       func(v *variables) string { return strconv.FormatUint(v.random%10_000_000_001, 10) },
	"avail.source_content_time_epoch_ms": (*variables).contentTime,
}

// value is the value of a variable; "" is unresolved.
func (v *variables) value(name string) string {
	if of, ok := table[name]; ok {
		return of(v)
	}
	if parameter, ok := strings.CutPrefix(name, "player_params."); ok {
		return v.request.Session.AdsParams[parameter]
	}
	if key, ok := strings.CutPrefix(name, "asset."); ok {
		return v.request.Avail.Assets[key]
	}
	if field, ok := strings.CutPrefix(name, "scte."); ok {
		return v.scte(field)
	}
	return ""
}

// duration is what the ad server is asked for, in microseconds: what the
// origin announced, not what drift leaves of it, for ads come in whole
// seconds.
func (v *variables) duration() int64 {
	return cmp.Or(v.request.Avail.Duration, v.request.available())
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
