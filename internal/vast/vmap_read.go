package vast

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"regexp"
	"strings"

	"stitcher/internal/avail"
)

// adBreak finds the start of a break, whatever its prefix.
var adBreak = regexp.MustCompile(`<(?:[A-Za-z_][\w.-]*:)?AdBreak[\s>]`)

// parseVMAP reads a VMAP whose text is UTF-8. Where a break is not well-formed
// reading goes on with the next one.
func parseVMAP(text []byte, base string) (*VMAP, error) {
	s := &scanner{in: text, base: base}
	t, err := s.next()
	if err != nil {
		return nil, err
	}
	v := &VMAP{}
	for _, a := range t.attributes {
		if string(a.name) == "version" {
			v.Version = string(a.value)
		}
	}
	begin, faults := 0, 0
	for {
		t, err = s.next()
		if err == nil && t.kind == startTag {
			begin = t.to
			err = v.child(s, t)
		}
		switch {
		case errors.Is(err, io.EOF), len(v.Breaks) == MaxBreaks:
			return v, nil
		case err == nil:
		case faults < MaxBreaks && s.resume(begin):
			faults++
			begin = s.at + 1 // a start tag that can't be read is not found again
		case len(v.Breaks) == 0:
			return nil, err
		default:
			return v, nil
		}
	}
}

// resume sets the scanner to the first break that starts at or after a
// position; false is none.
func (s *scanner) resume(from int) bool {
	at := adBreak.FindIndex(s.in[from:])
	if at == nil {
		return false
	}
	s.at, s.open, s.closing = from+at[0], s.open[:1], false
	return true
}

// child reads one child of the root.
func (v *VMAP) child(s *scanner, t token) error {
	switch canonical(t.name) {
	case "AdBreak":
		b, err := s.adBreak(t)
		if err != nil {
			b.fail(err)
		}
		v.Breaks = append(v.Breaks, b)
		return err
	case "Extensions":
		n, err := s.element(t)
		if err == nil {
			v.Extensions = extensionsOf(&n)
		}
		return err
	}
	_, err := s.skip()
	return err
}

// adBreak reads one break; what it has of it comes with the error.
func (s *scanner) adBreak(t token) (Break, error) {
	b := Break{Source: Source{AllowMultipleAds: true, FollowRedirects: true}}
	for _, a := range t.attributes {
		value := strings.TrimSpace(string(unescape(a.value)))
		switch canonicalAttribute(a.name) {
		case "timeOffset":
			offset, ok := ParseTimeOffset(value)
			if !ok {
				b.fail(malformed("the time offset %.40q of a break is none of VMAP's forms", value))
			}
			b.Offset = offset
		case "breakType":
			b.Types = strings.FieldsFunc(strings.ToLower(value), func(c rune) bool { return c == ',' || c == ' ' })
		case "breakId":
			b.ID = value
		case "repeatAfter":
			b.RepeatAfter, _ = ParseDuration(value)
		}
	}
	if b.Offset.Kind == 0 {
		b.fail(malformed("a break has no time offset"))
	}
	for {
		t, err := s.next()
		switch {
		case err != nil:
			return b, err
		case t.kind == endTag:
			return b, nil
		case t.kind != startTag:
			continue
		}
		if err := b.child(s, t); err != nil {
			return b, err
		}
	}
}

// fail notes the first fault of a break.
func (b *Break) fail(err error) {
	if b.Fault == "" {
		b.Fault, b.Err = avail.VASTInvalid, err
	}
}

// child reads one child of a break.
func (b *Break) child(s *scanner, t token) error {
	if canonical(t.name) == "AdSource" {
		return b.source(s, t)
	}
	n, err := s.element(t)
	if err != nil {
		return err
	}
	switch n.name {
	case "TrackingEvents":
		for _, t := range n.trackers() {
			t.Event = cmp.Or(breakEvents[t.Event], t.Event)
			b.Events = append(b.Events, t)
		}
	case "Extensions":
		b.Extensions = append(b.Extensions, extensionsOf(&n)...)
	}
	return nil
}

// breakEvents are other names of a break's events (VMAP 1.0 had both).
var breakEvents = map[string]string{"start": "breakStart", "end": "breakEnd"}

// source reads where the ads come from.
func (b *Break) source(s *scanner, t token) error {
	for _, a := range t.attributes {
		value := string(unescape(a.value))
		switch flag, ok := repairBoolean(value); canonicalAttribute(a.name) {
		case "id":
			b.Source.ID = strings.TrimSpace(value)
		case "allowMultipleAds":
			b.Source.AllowMultipleAds = !ok || flag == "true"
		case "followRedirects":
			b.Source.FollowRedirects = !ok || flag == "true"
		}
	}
	for {
		t, err := s.next()
		switch {
		case err != nil:
			return err
		case t.kind == endTag:
			return nil
		case t.kind != startTag:
			continue
		}
		if err := b.data(s, t); err != nil {
			return err
		}
	}
}

// data reads one form of ad data.
func (b *Break) data(s *scanner, t token) error {
	name := canonical(t.name)
	if name == "VASTAdData" {
		end, err := s.skip()
		if err != nil {
			return err
		}
		doc, err := parseVAST(document(s.in[t.to:end.from]), s.base)
		if err != nil {
			b.fail(err)
		}
		b.Source.Inline = doc
		return nil
	}
	n, err := s.element(t)
	if err != nil {
		return err
	}
	switch name {
	case "AdTagURI":
		b.Source.TagURI, b.Source.Template = n.link(), n.attribute("templateType")
	case "CustomAdData":
		b.Source.Custom, b.Source.Template = n.text, n.attribute("templateType")
	}
	return nil
}

// document is the VAST in a piece of a VMAP: an element, or one that somebody
// put into a CDATA section.
func document(piece []byte) []byte {
	piece = bytes.TrimSpace(piece)
	if rest, ok := bytes.CutPrefix(piece, []byte("<![CDATA[")); ok {
		piece, _, _ = bytes.Cut(rest, []byte("]]>"))
	}
	return piece
}
