package listing

import (
	"slices"
	"strings"

	"stitcher/internal/manifest/hls/check/rule"
)

// segmentTag reads a tag that belongs to the segment after it.
func (r *reader) segmentTag(name, value string) {
	switch name {
	case "#EXTINF":
		r.extinf(value)
	case "#EXT-X-DISCONTINUITY":
		if r.next.segment.Discontinuity {
			r.found.Add(rule.TagRepeated, r.sequence(), r.line, "EXT-X-DISCONTINUITY stands twice before one segment")
		}
		r.next.segment.Discontinuity = true
		r.tags++
	case "#EXT-X-PROGRAM-DATE-TIME":
		t, ok := parseDate(value)
		if !ok {
			r.found.Add(rule.PDTFormat, r.sequence(), r.line, "%q is not an ISO 8601 date with time and zone", value)
			return
		}
		r.out.Dated = true
		r.next.segment.Time, r.next.segment.HasTime = t, true
	case "#EXT-X-GAP":
		r.next.segment.Gap = true
	case "#EXT-X-BYTERANGE":
		r.need(4, "EXT-X-BYTERANGE")
		rng, hasOffset, ok := parseRange(value)
		if !ok {
			r.found.Add(rule.TagMalformed, r.sequence(), r.line, "BYTERANGE is length[@offset], not %q", value)
			return
		}
		r.next.byteRange, r.next.noOffset = &rng, !hasOffset
	case "#EXT-X-KEY":
		r.key(r.attributes(value, "METHOD"))
	case "#EXT-X-MAP":
		r.mediaMap(r.attributes(value, "URI"))
	}
}

func (r *reader) extinf(value string) {
	if r.next.extinf {
		r.found.Add(rule.ExtinfOrphan, r.sequence(), r.line, "EXTINF follows EXTINF without a URI between")
	}
	length, _, _ := strings.Cut(value, ",")
	us, float, ok := parseDuration(length)
	if !ok {
		r.found.Add(rule.TagMalformed, r.sequence(), r.line, "EXTINF is a decimal number of seconds, not %q", length)
	}
	if float {
		r.need(3, "EXTINF with a fraction")
	}
	r.next.extinf, r.next.timed = true, ok
	r.next.segment.Duration = us
}

// key brings a key into force for its KEYFORMAT; NONE takes all away (§4.4.4.4).
func (r *reader) key(as attributes) {
	key := Key{Format: "identity"}
	key.Method, _ = as.get("METHOD")
	if key.Method == "NONE" {
		if len(as) > 1 {
			r.found.Add(rule.KeyNoneAttributes, r.sequence(), r.line, "KEY METHOD=NONE has other attributes")
		}
		r.keys = nil
		return
	}
	key.URI, _ = as.get("URI")
	if _, ok := as.get("URI"); !ok {
		r.found.Add(rule.AttributeMissing, r.sequence(), r.line, "the attribute URI is missing")
	}
	if strings.HasPrefix(key.Method, "SAMPLE-AES") {
		r.need(5, "KEY METHOD=SAMPLE-AES")
	}
	if iv, ok := as.get("IV"); ok {
		r.need(2, "KEY IV")
		if key.IV, ok = parseIV(iv); !ok {
			r.found.Add(rule.AttributeMalformed, r.sequence(), r.line, "IV is a hexadecimal number of 128 bits, not %q", iv)
		}
	}
	if format, ok := as.get("KEYFORMAT"); ok {
		r.need(5, "KEYFORMAT")
		key.Format = format
	}
	if versions, ok := as.get("KEYFORMATVERSIONS"); ok {
		r.need(5, "KEYFORMATVERSIONS")
		key.FormatVersions = versions
	}
	kept := slices.DeleteFunc(slices.Clone(r.keys), func(k Key) bool { return k.Format == key.Format })
	r.keys = append(kept, key)
}

func (r *reader) mediaMap(as attributes) {
	if r.out.IFramesOnly {
		r.need(5, "EXT-X-MAP")
	} else {
		r.need(6, "EXT-X-MAP in a playlist that is not EXT-X-I-FRAMES-ONLY")
	}
	m := &Map{}
	m.URI, _ = as.get("URI")
	if text, ok := as.get("BYTERANGE"); ok {
		if rng, _, ok := parseRange(text); ok {
			m.Range = &rng
		} else {
			r.found.Add(rule.AttributeMalformed, r.sequence(), r.line, "BYTERANGE is length[@offset], not %q", text)
		}
	}
	for _, k := range r.keys {
		if k.Method == "AES-128" && k.IV == "" {
			r.found.Add(rule.MapIVMissing, r.sequence(), r.line, "MAP under KEY METHOD=AES-128 needs an explicit IV")
		}
	}
	r.segmentMap = m
}
