package mpd

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"

	godash "github.com/zencoder/go-dash/v3/mpd"

	"stitcher/internal/manifest/dash/quantity"
)

// Piece is a file, or a part of one.
type Piece struct {
	URL string
	// Whole is whether it is the whole file; otherwise it is Length bytes at Offset.
	Whole          bool
	Offset, Length int64
	// Start is when a segment begins after the Period's start, Duration how long it lasts;
	// both in microseconds.
	Start, Duration int64
}

// Segments are a Representation's files.
type Segments struct {
	Init *Piece
	List []Piece
	// Index is the one file of a Representation whose segments its own index tells, for
	// Cut; List is then empty.
	Index *Index
}

// Index is a file that has an index of its segments (sidx).
type Index struct {
	URL string
	// At is where the index is in the file; Length is 0 where the MPD does not say.
	At, Length int64
	// InitLength is the length of the initialization section at the file's start; 0 is all
	// that stands before the index.
	InitLength int64
	// offset is the presentationTimeOffset, in the file's timescale.
	offset int64
}

const (
	// mostSegments is how many segments a Representation may have.
	mostSegments = 4096
	// slack is what lengths may be off, in microseconds: about a frame.
	slack = 50_000
)

// addresses is how the segments of a Representation are found: what it says itself over
// what it inherits (ISO/IEC 23009-1 §5.3.9.1).
type addresses struct {
	id        string
	bandwidth int64
	base      *url.URL
	// length is that of the Period in microseconds; 0 where the MPD does not say.
	length int64

	single   godash.SegmentBase
	list     godash.SegmentList
	template godash.SegmentTemplate
	// kind is the element in effect.
	kind addressing
}

type addressing int

const (
	single addressing = iota // SegmentBase, or nothing at all: one file
	list
	template
)

// add takes over what an element says, over what those above it said.
func (a *addresses) add(b *godash.SegmentBase, l *godash.SegmentList, t *godash.SegmentTemplate) {
	if b != nil {
		a.kind = single
		addBase(&a.single, b)
	}
	if l != nil {
		a.kind = list
		addBase(&a.list.SegmentBase, &l.SegmentBase)
		set(&a.list.Duration, l.Duration)
		set(&a.list.SegmentTimeline, l.SegmentTimeline)
		if len(l.SegmentURLs) > 0 {
			a.list.SegmentURLs = l.SegmentURLs
		}
	}
	if t != nil {
		a.kind = template
		set(&a.template.SegmentTimeline, t.SegmentTimeline)
		set(&a.template.PresentationTimeOffset, t.PresentationTimeOffset)
		set(&a.template.Duration, t.Duration)
		set(&a.template.Initialization, t.Initialization)
		set(&a.template.Media, t.Media)
		set(&a.template.StartNumber, t.StartNumber)
		set(&a.template.Timescale, t.Timescale)
	}
}

func addBase(to, b *godash.SegmentBase) {
	set(&to.Initialization, b.Initialization)
	set(&to.RepresentationIndex, b.RepresentationIndex)
	set(&to.Timescale, b.Timescale)
	set(&to.PresentationTimeOffset, b.PresentationTimeOffset)
	set(&to.IndexRange, b.IndexRange)
}

// set replaces a pointer where there is another one.
func set[T any](to **T, from *T) {
	if from != nil {
		*to = from
	}
}

// Segments lists the segments of a Representation. The error wraps ErrUnreadable or
// ErrShape.
func (r *Representation) Segments() (*Segments, error) {
	a := &r.addresses
	var out *Segments
	var err error
	switch a.kind {
	case template:
		out, err = a.templated()
	case list:
		out, err = a.listed()
	default:
		return a.indexed()
	}
	if err != nil {
		return nil, err
	}
	return out, out.check()
}

// check is an error where the segments do not begin with the Period.
func (s *Segments) check() error {
	if len(s.List) == 0 {
		return unreadable("it lists no segment")
	}
	if early := -s.List[0].Start; early > slack {
		return misshapen("its first segment begins %d ms before the Period", early/1000)
	}
	return nil
}

// templated lists the segments of a SegmentTemplate.
func (a *addresses) templated() (*Segments, error) {
	t := &a.template
	first := int64(1)
	if t.StartNumber != nil {
		first = *t.StartNumber
	}
	line := timeline{scale: orOne(t.Timescale), entries: t.SegmentTimeline, length: number(t.Duration), period: a.length}
	spans, err := line.expand(t.PresentationTimeOffset, mostSegments)
	if err != nil {
		return nil, err
	}
	if t.Media == nil {
		return nil, unreadable("its SegmentTemplate has no media")
	}
	out := &Segments{}
	if t.Initialization != nil {
		address, err := a.fill(*t.Initialization, 0, 0)
		if err != nil {
			return nil, err
		}
		out.Init = &Piece{URL: address, Whole: true}
	}
	for _, s := range spans {
		address, err := a.fill(*t.Media, first+s.index, s.at)
		if err != nil {
			return nil, err
		}
		out.List = append(out.List, Piece{URL: address, Whole: true, Start: s.start, Duration: s.lasts})
	}
	return out, nil
}

// listed lists the segments of a SegmentList.
func (a *addresses) listed() (*Segments, error) {
	l := &a.list
	line := timeline{scale: int64(*orPointer(l.Timescale, 1)), entries: l.SegmentTimeline, length: int64(*orPointer(l.Duration, 0)), period: a.length}
	spans, err := line.expand(l.PresentationTimeOffset, len(l.SegmentURLs))
	if err != nil {
		return nil, err
	}
	out := &Segments{}
	if i := l.Initialization; i != nil {
		if out.Init, err = a.part(i.SourceURL, i.Range); err != nil {
			return nil, err
		}
	}
	for _, s := range spans {
		u := l.SegmentURLs[s.index]
		p, err := a.part(u.Media, u.MediaRange)
		if err != nil {
			return nil, err
		}
		p.Start, p.Duration = s.start, s.lasts
		out.List = append(out.List, *p)
	}
	return out, nil
}

// indexed is the one file of a SegmentBase.
func (a *addresses) indexed() (*Segments, error) {
	b := &a.single
	if b.RepresentationIndex != nil {
		return nil, misshapen("its index is in another file")
	}
	x := &Index{URL: a.base.String(), offset: int64(min(*orPointer(b.PresentationTimeOffset, 0), quantity.MaxTicks))}
	if b.IndexRange != nil {
		var err error
		if x.At, x.Length, err = byteRange(*b.IndexRange); err != nil {
			return nil, err
		}
	}
	if i := b.Initialization; i != nil {
		switch {
		case i.SourceURL != nil:
			return nil, misshapen("its initialization section is in another file than its index")
		case i.Range != nil:
			from, length, err := byteRange(*i.Range)
			if err != nil {
				return nil, err
			}
			if from != 0 {
				return nil, misshapen("its initialization section begins at byte %d of the file", from)
			}
			x.InitLength = length
		}
	}
	return &Segments{Index: x}, nil
}

// part is a file that a URL and a byte range name; without a URL it is the base's.
func (a *addresses) part(address, at *string) (*Piece, error) {
	p := &Piece{URL: a.base.String(), Whole: true}
	if address != nil {
		u, err := resolve(a.base, *address)
		if err != nil {
			return nil, err
		}
		p.URL = u.String()
	}
	if at != nil {
		var err error
		if p.Offset, p.Length, err = byteRange(*at); err != nil {
			return nil, err
		}
		p.Whole = false
	}
	return p, nil
}

// byteRange reads "first-last".
func byteRange(s string) (from, length int64, err error) {
	first, last, ok := strings.Cut(strings.TrimSpace(s), "-")
	from, err1 := strconv.ParseInt(first, 10, 64)
	to, err2 := strconv.ParseInt(last, 10, 64)
	if !ok || err1 != nil || err2 != nil || from < 0 || to < from || to == math.MaxInt64 {
		return 0, 0, unreadable("byte range %q", clip(s))
	}
	return from, to - from + 1, nil
}

// fill replaces the identifiers of a URL template (ISO/IEC 23009-1 §5.3.9.4.4).
func (a *addresses) fill(text string, n, at int64) (string, error) {
	var out strings.Builder
	for rest := text; ; {
		before, after, ok := strings.Cut(rest, "$")
		out.WriteString(before)
		if !ok {
			break
		}
		name, behind, ok := strings.Cut(after, "$")
		if !ok {
			return "", unreadable("URL template %q", clip(text))
		}
		rest = behind
		name, format, _ := strings.Cut(name, "%")
		var value int64
		switch name {
		case "":
			out.WriteByte('$')
			continue
		case "RepresentationID":
			out.WriteString(a.id)
			continue
		case "Number":
			value = n
		case "Time":
			value = at
		case "Bandwidth":
			value = a.bandwidth
		default:
			return "", unreadable("URL template %q has $%s$", clip(text), clip(name))
		}
		padded, err := pad(value, format)
		if err != nil {
			return "", unreadable("URL template %q: %w", clip(text), err)
		}
		out.WriteString(padded)
	}
	u, err := resolve(a.base, out.String())
	if err != nil {
		return "", err
	}
	return u.String(), nil
}

// pad writes a number by a format "0<width>d", "" being none.
func pad(n int64, format string) (string, error) {
	if format == "" {
		return strconv.FormatInt(n, 10), nil
	}
	width, err := strconv.Atoi(strings.TrimSuffix(format, "d"))
	if err != nil || width < 0 || width > 20 || !strings.HasSuffix(format, "d") {
		return "", fmt.Errorf("format %q", clip(format))
	}
	return fmt.Sprintf("%0*d", width, n), nil
}
