package cue

import (
	"bytes"
	"net/url"

	"stitcher/internal/manifest"
	"stitcher/internal/manifest/hls/syntax"
	"stitcher/internal/manifest/scte35"
)

// cueOut reads EXT-X-CUE-OUT: bare, ":30", ":DURATION=30", either with more
// attributes.
func (m *Reader) cueOut(value []byte) {
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

func (m *Reader) out(f cueFields) {
	s := manifest.Signal{Kind: manifest.Out, Duration: f.duration, Elapsed: -1, EventID: f.id}
	s.Describe(f.cue, nil)
	m.add(s)
}

// cueCont reads EXT-X-CUE-OUT-CONT: bare, ":8.3/30", ":8.3",
// ":ElapsedTime=8.3,Duration=30,SCTE35=…".
func (m *Reader) cueCont(value []byte) {
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
func (m *Reader) cont(f cueFields) {
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

func (m *Reader) cueIn(value []byte) {
	m.add(manifest.Signal{Kind: manifest.In, Elapsed: -1, EventID: readCueFields(value).id})
}

// payload reads EXT-OATCLS-SCTE35: the section of the CUE-OUT beside it. Alone
// it opens nothing: packagers repeat it inside an avail.
func (m *Reader) payload(value []byte) {
	if m.cue == "" {
		m.cue, m.payloadLine = string(bytes.Trim(value, " \t\"")), m.line
	}
}

// asset reads EXT-X-ASSET, whose values are URL-encoded.
func (m *Reader) asset(value []byte) {
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
