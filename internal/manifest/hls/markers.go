package hls

import (
	"bytes"
	"net/url"
	"strings"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/hls/syntax"
	"stitcher/internal/manifest/scte35"
)

// dialect is a tag by which packagers mark avails.
type dialect struct {
	// read adds what a tag with a value says.
	read func(m *marks, value []byte)
	// passthrough is whether MediaTailor's AdMarkerPassthrough keeps the tag;
	// after is whether it then belongs after the ads, not before.
	passthrough, after bool
}

// dialects is the one table of marker tags (field failure B-30; MediaTailor's
// own list is a part of it). EXT-X-DATERANGE is read apart, since it is placed
// by date where there are dates.
var dialects = map[string]*dialect{
	"#EXT-X-CUE-OUT":      {read: (*marks).cueOut, passthrough: true},
	"#EXT-X-CUE-OUT-CONT": {read: (*marks).cueCont},
	"#EXT-X-CUE-CONT":     {read: (*marks).cueCont},
	"#EXT-X-CUE-SPAN":     {read: (*marks).cueCont},
	"#EXT-X-CUE-IN":       {read: (*marks).cueIn, passthrough: true, after: true},
	"#EXT-X-CUE":          {read: (*marks).cueTag},
	// CableLabs' packagers, as their POIS tells them.
	"#EXT-X-SIGNAL-EXIT":   {read: (*marks).cueOut},
	"#EXT-X-SIGNAL-SPAN":   {read: (*marks).cueCont},
	"#EXT-X-SIGNAL-RETURN": {read: (*marks).cueIn},
	// shaka-packager.
	"#EXT-X-PLACEMENT-OPPORTUNITY": {read: (*marks).placement},
	"#EXT-OATCLS-SCTE35":           {read: (*marks).payload},
	"#EXT-X-OATCLS-SCTE35":         {read: (*marks).payload},
	"#EXT-X-ASSET":                 {read: (*marks).asset},
	"#EXT-X-SCTE35":                {read: (*marks).scte35},
	"#EXT-SCTE35":                  {read: (*marks).scte35},
	"#EXT-X-SPLICEPOINT-SCTE35":    {read: (*marks).splicePoint, passthrough: true},
}

const (
	// maxSignals bounds the markers before one segment; the rest is ignored.
	maxSignals = 16
	// maxAssets bounds the pairs of EXT-X-ASSET before one segment.
	maxAssets = 32
)

// marks gathers the markers of a playlist.
type marks struct {
	index   int // the segment that comes
	from    int // its first signal in placed
	placed  []placedSignal
	cue     string
	assets  map[string]string
	ranges  []dateRange
	ranking map[string]int // ranges by ID
	// repeated is the section of the last EXT-X-CUE-OUT-CONT, which all of an
	// avail share, and overlaid whether it is an overlay's.
	repeated string
	overlaid bool
	// running are the openings before the segment that comes whose counter has
	// begun to run, and under is the avail that the last markers are in.
	running []running
	under   under
	// line is the tag that is being read, unread those that could not be.
	line, payloadLine []byte
	unread            []manifest.UnreadMarker
}

// placedSignal is a signal and the segment it stands before.
type placedSignal struct {
	segment int
	manifest.Signal
}

func (m *marks) add(s manifest.Signal) {
	if len(m.placed)-m.from < maxSignals {
		m.placed = append(m.placed, placedSignal{m.index, s})
	}
}

// segment ends the segment that came, of the given duration: what describes its
// avail, in tags before or after the one that opens it, is put together.
func (m *marks) segment(next int, duration int64) {
	if len(m.running) > 0 {
		m.settle(duration)
	}
	m.under.pass(m.placed[m.from:], duration)
	if m.cue != "" || m.assets != nil {
		for i := m.from; i < len(m.placed); i++ {
			if s := &m.placed[i].Signal; s.Kind == manifest.Out {
				s.Describe(m.cue, m.assets)
			}
		}
		if m.from == len(m.placed) && m.cue != "" {
			// Nothing else says what it means, which is as it should be inside
			// an avail; but it has to be a section.
			if _, ok := manifest.ReadCue(m.cue); !ok {
				m.line = m.payloadLine
				m.unreadable()
			}
		}
		m.cue, m.assets = "", nil
	}
	m.index, m.from = next, len(m.placed)
}

// cueFields are the attributes that the cue tags share under many names.
type cueFields struct {
	duration, elapsed int64 // elapsed -1 is unknown
	id, cue, kind     string
	out, in           string
	// garbled is whether there is a duration that can't be read.
	garbled bool
}

func readCueFields(value []byte) cueFields {
	f := cueFields{elapsed: -1}
	as := syntax.ReadAttributes(value)
	for a, ok := as.Next(); ok; a, ok = as.Next() {
		var upper [24]byte // longer names are none of these
		switch string(upperASCII(upper[:0], a.Name)) {
		case "DURATION":
			us, ok := cueSeconds(a.Value)
			f.duration, f.garbled = us, !ok
		case "ELAPSED", "ELAPSEDTIME", "AVAIL-DUR-ELAPSED", "TIMEFROMSIGNAL":
			if us, ok := cueSeconds(a.Value); ok {
				f.elapsed = us
			}
		case "BREAKID", "ID", "SIGNALID":
			f.id = string(a.Value)
		case "CUE", "SCTE35":
			f.cue = string(a.Value)
		case "TYPE":
			f.kind = string(a.Value)
		case "CUE-OUT":
			f.out = strings.ToUpper(string(a.Value))
		case "CUE-IN":
			f.in = strings.ToUpper(string(a.Value))
		}
	}
	return f
}

// upperASCII appends a name in upper case, as much of it as dst has room for.
func upperASCII(dst, name []byte) []byte {
	for _, c := range name[:min(len(name), cap(dst))] {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// cueSeconds reads a duration of a marker: decimal seconds, in quotes or not,
// or the ISO 8601 form that MediaTailor refuses (PT32S, PT1M30.5S).
func cueSeconds(s []byte) (us int64, ok bool) {
	s = bytes.Trim(s, " \t\"")
	if len(s) < 3 || s[0]|0x20 != 'p' || s[1]|0x20 != 't' {
		return syntax.ParseSeconds(s)
	}
	for s = s[2:]; len(s) > 0; {
		n := bytes.IndexAny(s, "hHmMsS")
		if n < 0 {
			return 0, false
		}
		part, sound := syntax.ParseSeconds(s[:n])
		if !sound {
			return 0, false
		}
		switch s[n] | 0x20 {
		case 'h':
			part *= 3600
		case 'm':
			part *= 60
		}
		if us += part; us > syntax.MaxSeconds*1e6 {
			return 0, false
		}
		s = s[n+1:]
	}
	return us, true
}

// cueOut reads EXT-X-CUE-OUT: bare, ":30", ":DURATION=30", either with more
// attributes.
func (m *marks) cueOut(value []byte) {
	f := readCueFields(value)
	first, _, _ := bytes.Cut(value, []byte(","))
	if us, ok := cueSeconds(first); ok && f.duration == 0 {
		f.duration, f.garbled = us, false
	} else if len(first) > 0 && bytes.IndexByte(first, '=') < 0 {
		f.garbled = !ok
	}
	if f.garbled {
		m.unreadable() // it opens an avail of unknown length
	}
	m.out(f)
}

func (m *marks) out(f cueFields) {
	s := manifest.Signal{Kind: manifest.Out, Duration: f.duration, Elapsed: -1, EventID: f.id}
	s.Describe(f.cue, nil)
	m.add(s)
}

// cueCont reads EXT-X-CUE-OUT-CONT: bare, ":8.3/30", ":8.3",
// ":ElapsedTime=8.3,Duration=30,SCTE35=…".
func (m *marks) cueCont(value []byte) {
	f := readCueFields(value)
	first, _, _ := bytes.Cut(value, []byte(","))
	elapsed, duration, split := bytes.Cut(first, []byte("/"))
	if us, ok := cueSeconds(elapsed); ok && f.elapsed < 0 {
		f.elapsed = us
	}
	if split && f.duration == 0 {
		f.duration, _ = cueSeconds(duration)
	}
	m.cont(f)
}

// cont adds a marker inside an avail; inside an overlay there is no avail.
func (m *marks) cont(f cueFields) {
	if f.cue != m.repeated {
		c, ok := manifest.ReadCue(f.cue)
		opened, opens := manifest.Opening(&c)
		m.repeated, m.overlaid = f.cue, ok && opens && opened.Kind == scte35.Overlay
	}
	if m.overlaid {
		return
	}
	m.add(manifest.Signal{Kind: manifest.Cont, Duration: f.duration, Elapsed: f.elapsed, EventID: f.id, Cue: f.cue})
}

func (m *marks) cueIn(value []byte) {
	m.add(manifest.Signal{Kind: manifest.In, Elapsed: -1, EventID: readCueFields(value).id})
}

// payload reads EXT-OATCLS-SCTE35: the section of the CUE-OUT beside it. Alone
// it opens nothing: packagers repeat it inside an avail.
func (m *marks) payload(value []byte) {
	if m.cue == "" {
		m.cue, m.payloadLine = string(bytes.Trim(value, " \t\"")), m.line
	}
}

// asset reads EXT-X-ASSET, whose values are URL-encoded.
func (m *marks) asset(value []byte) {
	as := syntax.ReadAttributes(value)
	for a, ok := as.Next(); ok && len(m.assets) < maxAssets; a, ok = as.Next() {
		v, err := url.QueryUnescape(string(a.Value))
		if err != nil {
			v = string(a.Value)
		}
		if m.assets == nil {
			m.assets = make(map[string]string)
		}
		m.assets[string(a.Name)] = v
	}
}
