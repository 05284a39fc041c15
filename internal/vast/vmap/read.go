package vmap

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"regexp"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/vast/document"
	"stitcher/internal/vast/markup"
)

// adBreak finds the start of a break, whatever its prefix.
var adBreak = regexp.MustCompile(`<(?:[A-Za-z_][\w.-]*:)?AdBreak[\s>]`)

// ParseText reads a VMAP whose text is UTF-8. Where a break is not well-formed
// reading goes on with the next one.
func ParseText(text []byte, base string) (*VMAP, error) {
	s := &markup.Scanner{In: text, Base: base}
	t, err := s.Next()
	if err != nil {
		return nil, err
	}
	v := &VMAP{}
	for _, a := range t.Attributes {
		if string(a.Name) == "version" {
			v.Version = string(a.Value)
		}
	}
	begin, faults := 0, 0
	for {
		t, err = s.Next()
		if err == nil && t.Kind == markup.StartTag {
			begin = t.To
			err = v.child(s, t)
		}
		switch {
		case errors.Is(err, io.EOF), len(v.Breaks) == MaxBreaks:
			return v, nil
		case err == nil:
			continue
		}
		if faults < MaxBreaks {
			if at := nextBreak(text, begin); at >= 0 {
				s.ReadOn(at)
				faults++
				begin = at + 1 // a start tag that can't be read is not found again
				continue
			}
		}
		if len(v.Breaks) == 0 {
			return nil, err
		}
		return v, nil
	}
}

// nextBreak is where the first break starts at or after a position; -1 is nowhere.
func nextBreak(text []byte, from int) int {
	at := adBreak.FindIndex(text[from:])
	if at == nil {
		return -1
	}
	return from + at[0]
}

// child reads one child of the root.
func (v *VMAP) child(s *markup.Scanner, t markup.Token) error {
	switch markup.Element(t.Name) {
	case "AdBreak":
		b, err := readBreak(s, t)
		if err != nil {
			b.fail(err)
		}
		v.Breaks = append(v.Breaks, b)
		return err
	case "Extensions":
		n, err := s.Element(t)
		if err == nil {
			v.Extensions = document.Extensions(&n)
		}
		return err
	}
	_, err := s.Skip()
	return err
}

// readBreak reads one break; what it has of it comes with the error.
func readBreak(s *markup.Scanner, t markup.Token) (Break, error) {
	b := Break{Source: Source{AllowMultipleAds: true, FollowRedirects: true}}
	for _, a := range t.Attributes {
		value := strings.TrimSpace(string(markup.Unescape(a.Value)))
		switch markup.AttributeName(a.Name) {
		case "timeOffset":
			offset, ok := ParseTimeOffset(value)
			if !ok {
				b.fail(markup.Malformed("the time offset %.40q of a break is none of VMAP's forms", value))
			}
			b.Offset = offset
		case "breakType":
			b.Types = strings.FieldsFunc(strings.ToLower(value), func(c rune) bool { return c == ',' || c == ' ' })
		case "breakId":
			b.ID = value
		case "repeatAfter":
			b.RepeatAfter, _ = markup.ParseDuration(value)
		}
	}
	if b.Offset.Kind == 0 {
		b.fail(markup.Malformed("a break has no time offset"))
	}
	for {
		t, err := s.Next()
		switch {
		case err != nil:
			return b, err
		case t.Kind == markup.EndTag:
			return b, nil
		case t.Kind != markup.StartTag:
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
func (b *Break) child(s *markup.Scanner, t markup.Token) error {
	if markup.Element(t.Name) == "AdSource" {
		return b.source(s, t)
	}
	n, err := s.Element(t)
	if err != nil {
		return err
	}
	switch n.Name {
	case "TrackingEvents":
		for _, t := range document.Trackers(&n) {
			t.Event = cmp.Or(breakEvents[t.Event], t.Event)
			b.Events = append(b.Events, t)
		}
	case "Extensions":
		b.Extensions = append(b.Extensions, document.Extensions(&n)...)
	}
	return nil
}

// breakEvents are other names of a break's events (VMAP 1.0 had both).
var breakEvents = map[string]string{"start": "breakStart", "end": "breakEnd"}

// source reads where the ads come from.
func (b *Break) source(s *markup.Scanner, t markup.Token) error {
	for _, a := range t.Attributes {
		value := string(markup.Unescape(a.Value))
		switch flag, ok := markup.Boolean(value); markup.AttributeName(a.Name) {
		case "id":
			b.Source.ID = strings.TrimSpace(value)
		case "allowMultipleAds":
			b.Source.AllowMultipleAds = !ok || flag == "true"
		case "followRedirects":
			b.Source.FollowRedirects = !ok || flag == "true"
		}
	}
	for {
		t, err := s.Next()
		switch {
		case err != nil:
			return err
		case t.Kind == markup.EndTag:
			return nil
		case t.Kind != markup.StartTag:
			continue
		}
		if err := b.data(s, t); err != nil {
			return err
		}
	}
}

// data reads one form of ad data.
func (b *Break) data(s *markup.Scanner, t markup.Token) error {
	name := markup.Element(t.Name)
	if name == "VASTAdData" {
		end, err := s.Skip()
		if err != nil {
			return err
		}
		doc, err := document.ParseText(inline(s.In[t.To:end.From]), s.Base)
		if err != nil {
			b.fail(err)
		}
		b.Source.Inline = doc
		return nil
	}
	n, err := s.Element(t)
	if err != nil {
		return err
	}
	switch name {
	case "AdTagURI":
		b.Source.TagURI, b.Source.Template = n.Link(), n.Attribute("templateType")
	case "CustomAdData":
		b.Source.Custom, b.Source.Template = n.Text, n.Attribute("templateType")
	}
	return nil
}

// inline is the VAST in a piece of a VMAP: an element, which may stand in a CDATA
// section.
func inline(piece []byte) []byte {
	piece = bytes.TrimSpace(piece)
	if rest, ok := bytes.CutPrefix(piece, []byte("<![CDATA[")); ok {
		piece, _, _ = bytes.Cut(rest, []byte("]]>"))
	}
	return piece
}
