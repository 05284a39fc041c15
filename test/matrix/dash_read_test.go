package matrix

import (
	"encoding/xml"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// mpd is an MPD as encoding/xml reads it: a reader that is none of ours.
type mpd struct {
	XMLName   xml.Name    `xml:"MPD"`
	ID        string      `xml:"id,attr"`
	Type      string      `xml:"type,attr"`
	Available string      `xml:"availabilityStartTime,attr"`
	Published string      `xml:"publishTime,attr"`
	Update    string      `xml:"minimumUpdatePeriod,attr"`
	Total     string      `xml:"mediaPresentationDuration,attr"`
	Base      []string    `xml:"BaseURL"`
	Location  []string    `xml:"Location"`
	Patch     []string    `xml:"PatchLocation"`
	Periods   []mpdPeriod `xml:"Period"`
}

type mpdPeriod struct {
	ID       string      `xml:"id,attr"`
	Start    string      `xml:"start,attr"`
	Duration string      `xml:"duration,attr"`
	Base     []string    `xml:"BaseURL"`
	Streams  []mpdScheme `xml:"EventStream"`
	Sets     []mpdSet    `xml:"AdaptationSet"`
}

type mpdScheme struct {
	Scheme string `xml:"schemeIdUri,attr"`
	Value  string `xml:"value,attr"`
}

type mpdSet struct {
	ID         string       `xml:"id,attr"`
	Kind       string       `xml:"contentType,attr"`
	Mime       string       `xml:"mimeType,attr"`
	Codecs     string       `xml:"codecs,attr"`
	Lang       string       `xml:"lang,attr"`
	Roles      []mpdScheme  `xml:"Role"`
	Inband     []mpdScheme  `xml:"InbandEventStream"`
	Supplement []mpdScheme  `xml:"SupplementalProperty"`
	Clock      []mpdClock   `xml:"ProducerReferenceTime"`
	Resync     []mpdClock   `xml:"Resync"`
	Base       []string     `xml:"BaseURL"`
	Template   *mpdTemplate `xml:"SegmentTemplate"`
	List       *mpdTemplate `xml:"SegmentList"`
	Tracks     []mpdTrack   `xml:"Representation"`
}

type mpdClock struct {
	ID string `xml:"id,attr"`
}

type mpdTrack struct {
	ID        string       `xml:"id,attr"`
	Codecs    string       `xml:"codecs,attr"`
	Bandwidth int64        `xml:"bandwidth,attr"`
	Base      []string     `xml:"BaseURL"`
	Single    *mpdTemplate `xml:"SegmentBase"`
	Template  *mpdTemplate `xml:"SegmentTemplate"`
	List      *mpdTemplate `xml:"SegmentList"`
}

type mpdTemplate struct {
	Scale     int64  `xml:"timescale,attr"`
	Offset    int64  `xml:"presentationTimeOffset,attr"`
	Number    *int64 `xml:"startNumber,attr"`
	Duration  int64  `xml:"duration,attr"`
	Delta     int64  `xml:"eptDelta,attr"`
	Available string `xml:"availabilityTimeOffset,attr"`
	Complete  string `xml:"availabilityTimeComplete,attr"`
	Media     string `xml:"media,attr"`
	Init      string `xml:"initialization,attr"`
	Timeline  *struct {
		S []struct {
			T *int64 `xml:"t,attr"`
			D int64  `xml:"d,attr"`
			R int64  `xml:"r,attr"`
		} `xml:"S"`
	} `xml:"SegmentTimeline"`
	URLs []struct {
		Media string `xml:"media,attr"`
	} `xml:"SegmentURL"`
}

// shownSegment is a segment of a Representation in a Period: its URL, and its media time
// in ticks.
type shownSegment struct {
	url           string
	at, end       int64
	offset, scale int64
	start         time.Duration // of the Period
}

// from and to are exact times on the presentation's timeline, in seconds.
func (s *shownSegment) from() *big.Rat { return s.time(s.at) }
func (s *shownSegment) to() *big.Rat   { return s.time(s.end) }

func (s *shownSegment) time(t int64) *big.Rat {
	at := big.NewRat(t-s.offset, s.scale)
	return at.Add(at, big.NewRat(int64(s.start), int64(time.Second)))
}

// near is whether a time is another one, within a slack.
func near(r *big.Rat, d, slack time.Duration) bool {
	off := new(big.Rat).Sub(r, big.NewRat(int64(d), int64(time.Second)))
	return off.Abs(off).Cmp(big.NewRat(int64(slack), int64(time.Second))) <= 0
}

var isoDuration = regexp.MustCompile(`^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?$`)

// duration reads an xs:duration.
func duration(s string) (time.Duration, bool) {
	m := isoDuration.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n := func(s string) int64 { v, _ := strconv.ParseInt("0"+s, 10, 64); return v }
	seconds := n(m[1])*3600 + n(m[2])*60 + n(m[3])
	return time.Duration(seconds*int64(time.Second) + n((m[4] + "000000000")[:9])), true
}

// segments are those that a Representation lists in a Period that begins at a time, and
// ends before another; edge is how far segments are available.
func (s *mpdSet) segments(r *mpdTrack, base string, start, until, head, edge time.Duration) ([]shownSegment, error) {
	t := r.Template
	for _, x := range []*mpdTemplate{r.List, s.Template, s.List} {
		if t == nil {
			t = x
		}
	}
	if t == nil {
		return nil, nil
	}
	scale, number := max(t.Scale, 1), int64(1)
	if t.Number != nil {
		number = *t.Number
	}
	var out []shownSegment
	add := func(at, end int64) {
		x := shownSegment{at: at, end: end, offset: t.Offset, scale: scale, start: start}
		if i := len(out); i < len(t.URLs) {
			x.url = base + t.URLs[i].Media
		} else {
			x.url = resolveURL(base, fillTemplate(t.Media, r.ID, number+int64(i), at))
		}
		out = append(out, x)
	}
	limit := t.Offset + ticks(min(until, edge)-start, scale)
	if t.Timeline == nil {
		if t.Duration == 0 {
			return nil, fmt.Errorf("%s has neither a timeline nor a duration", r.ID)
		}
		low := t.Offset + ticks(head-start, scale)
		for at := t.Offset + t.Delta; at < limit && (until < edge || at+t.Duration <= limit); at += t.Duration {
			if at+t.Duration <= low {
				number++
				continue
			}
			add(at, at+t.Duration)
		}
		return out, nil
	}
	at := int64(0)
	for i, x := range t.Timeline.S {
		if x.T != nil {
			at = *x.T
		}
		for k := int64(0); k <= x.R || x.R < 0; k++ {
			if x.R < 0 && (i+1 < len(t.Timeline.S) && at >= *t.Timeline.S[i+1].T || at >= limit || until >= edge && at+x.D > limit) {
				break
			}
			add(at, at+x.D)
			at += x.D
		}
	}
	if len(t.URLs) > 0 && len(t.URLs) != len(out) {
		return nil, fmt.Errorf("%s lists %d segments and %d times", r.ID, len(t.URLs), len(out))
	}
	return out, nil
}

func resolveURL(base, text string) string {
	if strings.Contains(text, "://") {
		return text
	}
	return base + text
}

var templated = regexp.MustCompile(`\$(RepresentationID|Number|Time)(?:%0(\d+)d)?\$`)

func fillTemplate(text, id string, number, at int64) string {
	return templated.ReplaceAllStringFunc(text, func(m string) string {
		x := templated.FindStringSubmatch(m)
		width, _ := strconv.Atoi("0" + x[2])
		switch x[1] {
		case "Number":
			return fmt.Sprintf("%0*d", width, number)
		case "Time":
			return fmt.Sprintf("%0*d", width, at)
		}
		return id
	})
}

func rat(d time.Duration) *big.Rat { return big.NewRat(int64(d), int64(time.Second)) }

// seconds is a time to the microsecond.
func seconds(r *big.Rat) time.Duration {
	us, _ := new(big.Rat).Mul(r, big.NewRat(1_000_000, 1)).Float64()
	return time.Duration(us) * time.Microsecond
}
