package hls

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"stitcher/internal/manifest/hls/multivariant"
	"stitcher/test/corpus"
)

var compileBase = &url.URL{Scheme: "https", Host: "origin.example", Path: "/live/ch1/index.m3u8", RawQuery: "query_param=q1"}

// whole is the plan that changes nothing.
func whole(t *Template) *Plan {
	p := &Plan{Sequence: t.Sequence, Discontinuity: t.Discontinuity, Tail: true}
	if len(t.Segments) > 0 {
		p.Runs = []Run{{To: len(t.Segments)}}
	}
	return p
}

func TestCompileCorpus(t *testing.T) {
	var read, refused int
	corpus.Each(t, "hls", ".m3u8", func(t *testing.T, name string, src []byte) {
		tpl, err := Compile(src, Options{Base: compileBase, Variables: map[string]string{"import_1": "i1"}})
		if err != nil {
			refused++
			if !errors.Is(err, ErrMultivariant) {
				t.Logf("refused: %v", err)
			}
			if errors.Is(err, ErrMultivariant) != multivariant.Is(src) && multivariant.Is(src) {
				t.Logf("it names variants, but %v", err)
			}
			return
		}
		read++
		if oracleFails[filepath.Base(name)] {
			return
		}
		got := string(tpl.Append(nil, whole(tpl)))
		want := normalise(string(src), tpl)
		if got != want {
			t.Errorf("%s", corpus.Difference(want, got))
		}
		again := string(tpl.Append(nil, whole(tpl)))
		if again != got {
			t.Error("a second Append differs")
		}
	})
	t.Logf("%d read, %d refused", read, refused)
}

// oracleFails are the playlists for which normalise is too simple: URIs that
// net/url refuses, or resolves in another way than browsers, and EXT-X-DEFINE tags that define a
// variable twice.
var oracleFails = map[string]bool{
	"dateRangeScte35.m3u8": true, "playlist_byte_range_template.m3u8": true, "queryParamSubstitution.m3u8": true,
	"queryParamSubstitution_duplicateQueryParamAndImportName_throws.m3u8": true,
	"queryParamSubstitution_duplicateVariableAndImportName_throws.m3u8":   true,
	"queryParamSubstitution_queryParam_isCaseSensitiveOrThrows.m3u8":      true,
}

var (
	removedTag = regexp.MustCompile(`^#(EXT-X-CUE(-OUT|-OUT-CONT|-CONT|-SPAN|-IN)?|EXT-X-SIGNAL-(EXIT|SPAN|RETURN)|EXT-X-PLACEMENT-OPPORTUNITY|EXT(-X)?-OATCLS-SCTE35|EXT-X-ASSET|EXT(-X)?-SCTE35|EXT-X-SPLICEPOINT-SCTE35|EXT-X-PART|EXT-X-PART-INF|EXT-X-PRELOAD-HINT|EXT-X-RENDITION-REPORT|EXT-X-SKIP|EXT-X-(I-FRAME-)?STREAM-INF|EXT-X-MEDIA)(:|\s*$)`)
	headTag    = regexp.MustCompile(`^#EXT-X-(TARGETDURATION|VERSION|MEDIA-SEQUENCE|DISCONTINUITY-SEQUENCE|PLAYLIST-TYPE|I-FRAMES-ONLY|INDEPENDENT-SEGMENTS|START|ALLOW-CACHE|SERVER-CONTROL|IMAGES-ONLY)(:|\s*$)`)
	onceTag    = regexp.MustCompile(`^#EXT-X-(VERSION|MEDIA-SEQUENCE|DISCONTINUITY-SEQUENCE|PLAYLIST-TYPE)(:|\s*$)`)
	uriValue   = regexp.MustCompile(`(\b(?:URI|X-ASSET-URI|X-ASSET-LIST)=")([^"]+)(")`)
	lowLatency = regexp.MustCompile(`(CAN-BLOCK-RELOAD|PART-HOLD-BACK|CAN-SKIP-UNTIL|CAN-SKIP-DATERANGES)=[^,\r\n]*(, *|\s*$)`)
	reference  = regexp.MustCompile(`\{\$([A-Za-z0-9_-]+)\}`)
)

// normalise makes the changes that Compile says it makes, line by line, sharing
// nothing with it.
func normalise(src string, tpl *Template) string {
	src = strings.TrimLeft(strings.TrimPrefix(src, "\ufeff"), " \t\r\n")
	eol := "\n"
	if first, _, _ := strings.Cut(src, "\n"); strings.HasSuffix(first, "\r") {
		eol = "\r\n"
	}
	unended := !strings.HasSuffix(src, "\n")
	if unended {
		src += eol
	}
	vars := map[string]string{}
	seen := map[string]bool{}
	var out, late []string
	var endlist string
	var keys []string // implicit IV lines in force, by format
	formats := map[string]string{}
	headEnd := 0 // after the last playlist tag before the first segment
	segments, skipped := 0, int64(0)
	sequence := firstNumber(src, "#EXT-X-MEDIA-SEQUENCE:")
	if m := regexp.MustCompile(`SKIPPED-SEGMENTS=(\d+)`).FindStringSubmatch(src); m != nil {
		skipped, _ = strconv.ParseInt(m[1], 10, 64)
	}
	scoped, ownKey := false, false
	lines := strings.SplitAfter(src, "\n")
	for n, line := range lines {
		text := strings.Trim(line, " \t\r\n")
		if line == "" {
			continue
		}
		if strings.HasPrefix(text, "#EXT-X-DEFINE:") {
			if name, value, ok := definition(text); ok {
				vars[name] = value
				continue
			}
		}
		if !strings.HasPrefix(text, "#") || strings.HasPrefix(text, "#EXT") {
			line = reference.ReplaceAllStringFunc(line, func(r string) string {
				if v, ok := vars[r[2:len(r)-1]]; ok {
					return v
				}
				return r
			})
			text = strings.Trim(line, " \t\r\n")
		}
		if removedTag.MatchString(text) {
			continue
		}
		if strings.HasPrefix(text, "#EXT-X-SERVER-CONTROL:") {
			text = strings.TrimRight(lowLatency.ReplaceAllString(text, ""), ", ")
			if text == "#EXT-X-SERVER-CONTROL:" {
				continue
			}
			line = text + eol
		}
		if text == "#EXT-X-ENDLIST" {
			if seen[text] {
				continue
			}
			seen[text] = true
		}
		if strings.HasPrefix(text, "#EXT-X-MEDIA-SEQUENCE:") && !regexp.MustCompile(`: *\d+$`).MatchString(text) {
			line = "#EXT-X-MEDIA-SEQUENCE:0" + eol
		}
		if strings.HasPrefix(text, "#EXT-X-MEDIA-SEQUENCE:") && skipped > 0 {
			line = fmt.Sprintf("#EXT-X-MEDIA-SEQUENCE:%d%s", sequence+skipped, eol)
		}
		if strings.HasPrefix(text, "#EXT-X-VERSION:") {
			if v, _ := strconv.Atoi(strings.TrimSpace(text[15:])); v < tpl.Version {
				line = fmt.Sprintf("#EXT-X-VERSION:%d%s", tpl.Version, eol)
			}
		}
		if onceTag.MatchString(text) {
			name, _, _ := strings.Cut(text, ":")
			if seen[name] {
				continue
			}
			seen[name] = true
		}
		if text == "#EXT-X-ENDLIST" && uriFollows(lines[n+1:]) {
			endlist = line
			continue
		}
		switch {
		case text != "" && text[0] != '#':
			line = strings.Replace(line, text, absolute(text), 1)
			segments++
			ownKey = false
		case strings.HasPrefix(text, "#EXT-X-KEY:"), strings.HasPrefix(text, "#EXT-X-MAP:"),
			strings.HasPrefix(text, "#EXT-X-DATERANGE:"), strings.HasPrefix(text, "#EXT-X-SESSION-KEY:"):
			line = uriValue.ReplaceAllStringFunc(line, func(a string) string {
				m := uriValue.FindStringSubmatch(a)
				return m[1] + absolute(m[2]) + m[3]
			})
		}
		if strings.HasPrefix(text, "#EXT-X-KEY:") {
			ownKey = true
			if strings.Contains(text, "METHOD=NONE") {
				formats = map[string]string{}
			} else {
				format := "identity"
				if m := regexp.MustCompile(`KEYFORMAT="([^"]*)"`).FindStringSubmatch(text); m != nil {
					format = m[1]
				}
				implicit := regexp.MustCompile(`METHOD=(AES-128|AES-256|AES-256-CTR|SAMPLE-AES)(,|$)`).MatchString(text) &&
					format == "identity" && !regexp.MustCompile(`[:,] *IV=`).MatchString(text)
				if implicit {
					line = strings.TrimRight(line, " \r\n")
					formats[format] = line
					line += fmt.Sprintf(",IV=0x%032x%s", sequence+skipped+int64(segments), eol)
				} else {
					delete(formats, format)
				}
			}
			keys = nil
			for _, l := range formats {
				keys = append(keys, l)
			}
		}
		if strings.HasPrefix(text, "#EXTINF:") && !ownKey {
			for _, k := range keys {
				out = append(out, fmt.Sprintf("%s,IV=0x%032x%s", k, sequence+skipped+int64(segments), eol))
			}
		}
		if headTag.MatchString(text) && segments > 0 {
			late = append(late, line)
			continue
		}
		out = append(out, line)
		if regexp.MustCompile(`^#(EXTINF|EXT-X-(BYTERANGE|DISCONTINUITY|KEY|MAP|PROGRAM-DATE-TIME|GAP|BITRATE|ENDLIST))(:|$)`).MatchString(text) {
			scoped = true
		}
		if segments == 0 && (headTag.MatchString(text) || !scoped) {
			headEnd = len(out)
		}
	}
	out = dropUnfinished(out, src)
	out = append(out[:headEnd:headEnd], append(late, out[headEnd:]...)...)
	if endlist != "" {
		out = append(out, endlist)
	}
	if !seen["#EXT-X-VERSION"] {
		out = append(out[:1:1], append([]string{fmt.Sprintf("#EXT-X-VERSION:%d%s", tpl.Version, eol)}, out[1:]...)...)
	}
	all := strings.Join(out, "")
	if skipped > 0 && !seen["#EXT-X-MEDIA-SEQUENCE"] {
		target := regexp.MustCompile(`(?m)^#EXT-X-TARGETDURATION:.*\n(#EXT-X-VERSION.*\n)?`).FindString(all)
		all = strings.Replace(all, target, fmt.Sprintf("%s#EXT-X-MEDIA-SEQUENCE:%d%s", target, skipped, eol), 1)
	}
	if unended {
		all = strings.TrimSuffix(all, eol)
	}
	return all
}

// dropUnfinished takes out the tags of a last segment of which the source has
// only parts.
func dropUnfinished(out []string, src string) []string {
	last := len(out) - 1
	for last >= 0 && !uriFollows(out[last:]) {
		last--
	}
	end := src
	for i := strings.LastIndex(src, "#EXTINF"); i >= 0; i = -1 {
		end = src[i:]
		_, end, _ = strings.Cut(end, "\n")
		for strings.HasPrefix(end, "#") || strings.HasPrefix(end, "\r") || strings.HasPrefix(end, "\n") {
			_, end, _ = strings.Cut(end, "\n")
		}
	}
	if last < 0 || !strings.Contains(end, "#EXT-X-PART:") && !strings.Contains(end, "#EXT-X-PRELOAD-HINT:") {
		return out
	}
	kept := out[:last+1]
	for _, line := range out[last+1:] {
		if !regexp.MustCompile(`^#(EXTINF|EXT-X-(BYTERANGE|DISCONTINUITY|KEY|MAP|PROGRAM-DATE-TIME|GAP|BITRATE))(:|\s*$)`).MatchString(line) {
			kept = append(kept, line)
		}
	}
	return kept
}

func firstNumber(src, tag string) int64 {
	_, rest, ok := strings.Cut(src, "\n"+tag)
	if !ok {
		return 0
	}
	rest, _, _ = strings.Cut(rest, "\n")
	n, _ := strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
	return n
}

func definition(text string) (name, value string, ok bool) {
	get := func(attr string) string {
		m := regexp.MustCompile(`[:,] *` + attr + `="([^"]*)"`).FindStringSubmatch(text)
		if m == nil {
			return ""
		}
		return m[1]
	}
	if name = get("NAME"); name != "" {
		return name, get("VALUE"), true
	}
	if name = get("QUERYPARAM"); name != "" {
		return name, compileBase.Query().Get(name), compileBase.Query().Has(name)
	}
	name = get("IMPORT")
	return name, "i1", name == "import_1"
}

func uriFollows(lines []string) bool {
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" && l[0] != '#' {
			return true
		}
	}
	return false
}

// absolute resolves by net/url, or leaves alone what it would re-encode.
func absolute(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "" {
		return uri
	}
	abs := compileBase.ResolveReference(u)
	if strings.HasPrefix(uri, "/") || strings.HasPrefix(uri, "?") || strings.Contains(uri, "./") {
		return abs.String()
	}
	return "https://origin.example/live/ch1/" + uri
}
