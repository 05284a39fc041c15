package mpd

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"strings"

	godash "github.com/zencoder/go-dash/v3/mpd"
)

// The kinds of what is wrong with an MPD.
var (
	// ErrUnreadable is wrapped by errors that say that the MPD does not tell which bytes
	// are played for how long.
	ErrUnreadable = errors.New("it can't be read")
	// ErrShape is wrapped by errors that say that the MPD can be read, but that its media
	// is not in the shape that can be spliced.
	ErrShape = errors.New("its shape can't be spliced")
)

// unreadable and misshapen are errors of the two kinds; the text says all that a reader needs.
func unreadable(format string, args ...any) error {
	return &fault{ErrUnreadable, fmt.Errorf(format, args...)}
}
func misshapen(format string, args ...any) error {
	return &fault{ErrShape, fmt.Errorf(format, args...)}
}

type fault struct{ kind, err error }

func (f *fault) Error() string   { return f.err.Error() }
func (f *fault) Unwrap() []error { return []error{f.kind, f.err} }

// Kind is what a Representation carries.
type Kind string

// The kinds. A Representation of video may carry its sound, which Codecs tells.
const (
	Video Kind = "video"
	Audio Kind = "audio"
)

// Representation is one rendition of a creative.
type Representation struct {
	ID       string
	Kind     Kind
	MIMEType string
	Codecs   string
	// Bandwidth is in bits a second. What the MPD does not say is 0 or "".
	Bandwidth     int64
	Width, Height int64
	// FrameRate is as MPDs write it: "25" or "30000/1001".
	FrameRate string
	// Channels is the number of audio channels, as MPDs write it.
	Channels string
	// Main is whether its set has the role "main".
	Main bool

	addresses addresses
}

// Presentation is a creative's MPD.
type Presentation struct {
	Representations []Representation
}

// Is tells whether a document is an MPD, or means to be one.
func Is(text []byte) bool {
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	if len(text) == 0 || text[0] != '<' {
		return false
	}
	d := xml.NewDecoder(bytes.NewReader(text))
	d.Strict = false
	d.CharsetReader = passThrough
	for {
		token, err := d.Token()
		if err != nil {
			return false
		}
		if start, ok := token.(xml.StartElement); ok {
			return start.Name.Local == "MPD"
		}
	}
}

// Read reads an MPD that was fetched at base. The error wraps ErrUnreadable or ErrShape.
func Read(text []byte, base *url.URL) (*Presentation, error) {
	m, err := godash.Read(bytes.NewReader(text))
	if err != nil {
		return nil, unreadable("its MPD: %w", err)
	}
	var more supplement
	if err := xml.Unmarshal(text, &more); err != nil {
		return nil, unreadable("its MPD: %w", err)
	}
	switch {
	case said(m.Type) == "dynamic":
		return nil, unreadable("its MPD is dynamic: it is live")
	case len(m.Periods) == 0:
		return nil, unreadable("its MPD has no Period")
	case len(m.Periods) > 1:
		return nil, misshapen("its MPD has %d Periods, and one is taken", len(m.Periods))
	case more.refers():
		return nil, unreadable("a part of its MPD is in another document (xlink)")
	}
	r := reader{period: m.Periods[0], more: &more, base: base}
	if r.base, err = within(base, m.BaseURL); err == nil {
		r.base, err = within(r.base, r.period.BaseURL)
	}
	if err != nil {
		return nil, err
	}
	if r.length, err = lengthOf(m); err != nil {
		return nil, err
	}
	out := &Presentation{}
	for i, set := range r.period.AdaptationSets {
		reps, err := r.set(i, set)
		if err != nil {
			return nil, err
		}
		out.Representations = append(out.Representations, reps...)
	}
	return out, nil
}

// supplement is what go-dash does not model of an MPD.
type supplement struct {
	Periods []struct {
		linked
		Sets []struct {
			linked
			BaseURL []string `xml:"BaseURL"`
		} `xml:"AdaptationSet"`
	} `xml:"Period"`
}

// linked is an element that may stand for another document's.
type linked struct {
	Href string `xml:"http://www.w3.org/1999/xlink href,attr"`
}

// refers is whether the MPD has parts in other documents.
func (s *supplement) refers() bool {
	for i := range s.Periods {
		p := &s.Periods[i]
		if p.Href != "" {
			return true
		}
		for k := range p.Sets {
			if p.Sets[k].Href != "" {
				return true
			}
		}
	}
	return false
}

// reader reads the sets of a Period.
type reader struct {
	period *godash.Period
	more   *supplement
	base   *url.URL
	length int64
}

// set reads an AdaptationSet. Those that players leave out, and those of text and
// pictures, are left out: text of ads is made by their importer.
func (r *reader) set(i int, s *godash.AdaptationSet) ([]Representation, error) {
	if len(s.EssentialProperty) > 0 { // trick modes, tiles: for players that know them
		return nil, nil
	}
	base := r.base
	if sets := r.more.Periods[0].Sets; i < len(sets) {
		var err error
		if base, err = within(base, sets[i].BaseURL); err != nil {
			return nil, err
		}
	}
	var out []Representation
	for _, rep := range s.Representations {
		x := describe(s, rep)
		if x.Kind == "" || len(rep.EssentialProperty) > 0 {
			continue
		}
		if len(s.ContentProtection)+len(rep.ContentProtection) > 0 {
			return nil, misshapen("Representation %q is encrypted", x.ID)
		}
		a := addresses{id: x.ID, bandwidth: x.Bandwidth, length: r.length}
		var err error
		if a.base, err = within(base, rep.BaseURL); err != nil {
			return nil, err
		}
		a.add(r.period.SegmentBase, r.period.SegmentList, r.period.SegmentTemplate)
		a.add(s.SegmentBase, s.SegmentList, s.SegmentTemplate)
		a.add(rep.SegmentBase, rep.SegmentList, rep.SegmentTemplate)
		x.addresses = a
		out = append(out, x)
	}
	return out, nil
}

// describe is what a Representation is like, without its segments.
func describe(s *godash.AdaptationSet, rep *godash.Representation) Representation {
	either := func(own, above *string) string {
		if own != nil {
			return *own
		}
		return said(above)
	}
	x := Representation{
		ID: said(rep.ID), MIMEType: either(rep.MimeType, s.MimeType), Codecs: either(rep.Codecs, s.Codecs),
		Bandwidth: number(rep.Bandwidth), Width: number(rep.Width), Height: number(rep.Height),
		FrameRate: either(rep.FrameRate, s.FrameRate),
	}
	if x.Width == 0 {
		x.Width, x.Height = integer(said(s.Width)), integer(said(s.Height))
	}
	if c := rep.AudioChannelConfiguration; c != nil {
		x.Channels = said(c.Value)
	} else if len(s.AudioChannelConfiguration) > 0 {
		x.Channels = said(s.AudioChannelConfiguration[0].Value)
	}
	for _, role := range s.Roles {
		x.Main = x.Main || said(role.Value) == "main"
	}
	kind, _, _ := strings.Cut(x.MIMEType, "/")
	if kind == "application" {
		kind = said(s.ContentType)
	}
	if kind == string(Video) || kind == string(Audio) {
		x.Kind = Kind(kind)
	}
	return x
}
