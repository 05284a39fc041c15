package listing

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"stitcher/internal/manifest/dash/check/quantity"
	"stitcher/internal/manifest/dash/check/rule"
)

// Listing is an MPD as a strict client reads it. Its times are in microseconds; those
// of the presentation count from availabilityStartTime.
type Listing struct {
	// ID is MPD@id.
	ID string
	// Now is when it was answered, in Unix microseconds; 0 is not known.
	Now int64
	// Dynamic is whether MPD@type says so.
	Dynamic bool
	// Stitched is whether the MPD is a stitcher's: by its address, or because it has
	// a stitcher's ads.
	Stitched bool
	// AvailabilityStart and Published are dates in Unix microseconds, or Unknown.
	AvailabilityStart, Published int64
	// UpdatePeriod is minimumUpdatePeriod, Window timeShiftBufferDepth, Delay
	// suggestedPresentationDelay, Buffer minBufferTime and Total
	// mediaPresentationDuration; Unknown where they are not said.
	UpdatePeriod, Window, Delay, Buffer, Total int64
	// Locations are as written.
	Locations []string
	// Patched is whether there is a PatchLocation.
	Patched bool
	// Clocks are the UTCTimings, but for the time itself in one of them.
	Clocks []string
	// Protected is whether an MPD-level ContentProtection carries the keys' data.
	Protected bool
	// Periods are those with a start, in order.
	Periods []Period
	// Sum is a hash of the MPD without publishTime and times of clocks.
	Sum uint64
}

// Period is one Period of a Listing.
type Period struct {
	ID string
	// Start is where it begins in the presentation.
	Start int64
	// Duration is as written, End where it ends by what follows it or by Duration;
	// Unknown where nothing says so.
	Duration, End int64
	// Ad is whether its media is a stitcher's.
	Ad bool
	// Linked is what xlink:href refers to.
	Linked string
	// Asset is whether it has an AssetIdentifier.
	Asset  bool
	Sets   []Set
	Events []Event
	// Line is where it stands in the text, from 1.
	Line int

	// Followed is whether a Period stands behind it, Repeated whether another one with
	// its id stands before it.
	Followed, Repeated bool
}

// Set is an AdaptationSet.
type Set struct {
	ID string
	// Kind is "video", "audio", "text", "image", "trick" or "".
	Kind, Language string
	// Roles are the Roles and Accessibilities, sorted, Priority is
	// selectionPriority.
	Roles, Priority string
	// Protection is the text of its ContentProtections.
	Protection string
	// Transfer is the transfer characteristics (ISO/IEC 23091-2), "" where they are
	// not said.
	Transfer string
	// BitstreamSwitching is whether the attribute says true.
	BitstreamSwitching bool
	// Continuity is the id of the Period that it is continuous with, "" if it is continuous with none.
	Continuity string
	// Foreign are the elements that tell of the content's segments: inband events,
	// clocks of the encoder, resync points. MPDEvents is whether there are inband
	// events about the MPD.
	Foreign         []string
	MPDEvents       bool
	Representations []Representation
	// Line is where it stands in the text. Repeated is whether another set of the Period
	// with its id stands before it.
	Line     int
	Repeated bool
}

// Representation is a Representation with what it inherits.
type Representation struct {
	ID, MimeType, Codecs  string
	Bandwidth             int64
	Width, Height         int64
	FrameRate, SampleRate string
	Channels              string
	// Base is the URL base, resolved; Services are the serviceLocations of all
	// bases.
	Base, Services string
	// Initialization and Media are as written, the identifiers in them not filled
	// in; "" if there is none.
	Initialization, Media string
	// Timescale is in ticks a second, Offset presentationTimeOffset in ticks.
	Timescale, Offset int64
	// Runs are the segments, in order.
	Runs []Run
	// URLs are the segments of a SegmentList, from the first of Runs.
	URLs []string
	// Nominal is whether the segments are those of @duration: their times are only
	// near to what is said, and how many there are is not said.
	Nominal bool
	// Single is whether it is one file, whose index the MPD does not repeat.
	Single bool
	// Line is where it stands in the text. Repeated is whether another one of the Period
	// with its id stands before it, or it has none.
	Line     int
	Repeated bool
}

// Run is Count segments of equal Duration one after another. Its times are media
// times in ticks.
type Run struct {
	Time, Duration, Count int64
	// Number is that of the first.
	Number int64
}

// End is where a run ends, in ticks.
func (r *Run) End() int64 { return quantity.Sum(r.Time, quantity.Times(r.Duration, r.Count)) }

// Countless is a run without a known end.
const Countless = 1 << 40

// Event is an Event.
type Event struct {
	Scheme, Value, ID string
	// Time and Duration are in the presentation; Duration is Unknown where it is not
	// said.
	Time, Duration int64
	Line           int
}

// Place is the Period as a place.
func (p *Period) Place() rule.Place {
	return rule.Place{Period: p.ID, Ad: p.Ad, At: p.Start, Line: p.Line}
}

// Place is the set as a place.
func (s *Set) Place(p *Period) rule.Place {
	return rule.Place{Period: p.ID, Ad: p.Ad, At: quantity.Unknown, Line: s.Line}
}

// Place is the Representation as a place.
func (r *Representation) Place(p *Period) rule.Place {
	return rule.Place{Period: p.ID, Representation: r.ID, Ad: p.Ad, At: quantity.Unknown, Line: r.Line}
}

// Playable is whether a kind of set plays as sound or picture.
func Playable(kind string) bool { return kind == "video" || kind == "audio" }

// Edge is the end of what is listed, in microseconds since availabilityStartTime: that
// of the set which reaches furthest. Unknown where nothing is listed one by one.
func (l *Listing) Edge() int64 {
	edge := int64(quantity.Unknown)
	for i := range l.Periods {
		p := &l.Periods[i]
		p.Each(func(s *Set, r *Representation) {
			if _, end, ok := r.Span(p); ok && Playable(s.Kind) {
				edge = max(edge, p.Clip(end))
			}
		})
	}
	return edge
}

// Longest is the duration of the longest segment.
func (l *Listing) Longest() int64 {
	most := int64(0)
	for i := range l.Periods {
		most = max(most, l.Periods[i].Longest())
	}
	return most
}

// Longest is the duration of the longest segment.
func (p *Period) Longest() int64 {
	most := int64(0)
	p.Each(func(_ *Set, r *Representation) {
		for k := range r.Runs {
			most = max(most, quantity.Micros(r.Runs[k].Duration, r.Timescale))
		}
	})
	return most
}

// Period is the Period with an id.
func (l *Listing) Period(id string) *Period {
	for i := range l.Periods {
		if l.Periods[i].ID == id {
			return &l.Periods[i]
		}
	}
	return nil
}

// Each calls f with every Representation of a Period.
func (p *Period) Each(f func(*Set, *Representation)) {
	for i := range p.Sets {
		s := &p.Sets[i]
		for k := range s.Representations {
			f(s, &s.Representations[k])
		}
	}
}

// Representation is the Representation of a Period with an id, and its set; nil where
// there is none.
func (p *Period) Representation(id string) (*Set, *Representation) {
	for i := range p.Sets {
		s := &p.Sets[i]
		for k := range s.Representations {
			if s.Representations[k].ID == id {
				return s, &s.Representations[k]
			}
		}
	}
	return nil, nil
}

// Clip is a time in the presentation, but not after the end of the Period.
func (p *Period) Clip(at int64) int64 {
	if p.End != quantity.Unknown {
		return min(at, p.End)
	}
	return at
}

// Position is a media time of a Representation in the presentation, in microseconds.
func (p *Period) Position(r *Representation, ticks int64) int64 {
	return quantity.Sum(p.Start, quantity.Micros(quantity.Sum(ticks, -r.Offset), r.Timescale))
}

// Span is the first and last instant that is listed one by one.
func (r *Representation) Span(p *Period) (from, to int64, ok bool) {
	if len(r.Runs) == 0 || r.Nominal || r.Single {
		return 0, 0, false
	}
	last := &r.Runs[len(r.Runs)-1]
	if last.Count >= Countless {
		return 0, 0, false
	}
	return p.Position(r, r.Runs[0].Time), p.Position(r, last.End()), true
}

// Count is how many segments are listed.
func (r *Representation) Count() int64 {
	n := int64(0)
	for i := range r.Runs {
		n = quantity.Sum(n, r.Runs[i].Count)
	}
	return n
}

// URL is that of a segment by number and media time; of a SegmentList, by number.
func (r *Representation) URL(number, ticks int64) string {
	if len(r.URLs) > 0 && len(r.Runs) > 0 {
		if i := number - r.Runs[0].Number; i >= 0 && i < int64(len(r.URLs)) {
			return r.resolve(r.URLs[i])
		}
		return ""
	}
	return r.resolve(r.fill(r.Media, number, ticks))
}

// InitializationURL is the URL of the initialization section, "" if the set has none.
func (r *Representation) InitializationURL() string {
	if r.Initialization == "" {
		return ""
	}
	return r.resolve(r.fill(r.Initialization, 0, 0))
}

// resolve is a URL as an absolute one; what cannot be resolved stays as it is.
func (r *Representation) resolve(ref string) string {
	base, err := url.Parse(r.Base)
	if err != nil {
		return ref
	}
	u, err := base.Parse(ref)
	if err != nil {
		return ref
	}
	return u.String()
}

// fill puts values in the place of the identifiers of a template.
func (r *Representation) fill(template string, number, ticks int64) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(template, "$")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, ok := strings.Cut(rest, "$")
		if !ok {
			b.WriteString("$" + rest)
			return b.String()
		}
		name, format, padded := strings.Cut(name, "%0")
		width := 1
		if padded {
			if n, err := strconv.Atoi(strings.TrimSuffix(format, "d")); err == nil && n >= 0 && n <= 32 {
				width = n
			}
		}
		switch name {
		case "":
			b.WriteByte('$')
		case "RepresentationID":
			b.WriteString(r.ID)
		case "Bandwidth":
			fmt.Fprintf(&b, "%0*d", width, r.Bandwidth)
		case "Number":
			fmt.Fprintf(&b, "%0*d", width, number)
		case "Time":
			fmt.Fprintf(&b, "%0*d", width, ticks)
		default:
			b.WriteString("$" + name + "$")
		}
		template = after
	}
}

// Micros is a number of a Representation's ticks in microseconds.
func (r *Representation) Micros(ticks int64) int64 { return quantity.Micros(ticks, r.Timescale) }

// Protected is whether any set of a Period is encrypted.
func (p *Period) Protected() bool {
	for i := range p.Sets {
		if p.Sets[i].Protection != "" {
			return true
		}
	}
	return false
}
