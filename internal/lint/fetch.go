package lint

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"stitcher/internal/lint/findings"
)

// Rules of delivery, which hls and dash can't know of.
const (
	RulePlaylistUnfetchable = "playlist-unfetchable"
	RulePlaylistType        = "playlist-content-type"
	RulePlaylistCacheable   = "playlist-cacheable"
	RuleCORSMissing         = "cors-missing"
	RuleSegmentUnfetchable  = "segment-unfetchable"
)

const (
	sectionIdentify = "RFC 8216bis §4"
	sectionServe    = "RFC 8216bis §6.2.1"
	sectionCaching  = "RFC 8216bis appendix B"
	sectionCORS     = "Fetch §3.2"
	sectionMPDType  = "ISO/IEC 23009-1 annex C"
)

// maxPlaylist is the most that is read of a playlist, in bytes.
const maxPlaylist = 16 << 20

// page makes requests as a browser's player would: from another origin.
const page = "https://player.example"

// answer is a fetched playlist.
type answer struct {
	body   []byte
	header http.Header
	// url is the address after redirects.
	url *url.URL
}

// get fetches a playlist. The error says why a client has none.
func (o *Options) get(ctx context.Context, address string) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Origin", page)
	resp, err := o.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	o.Log.DebugContext(ctx, "playlist", "url", address, "status", resp.StatusCode)
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the status is %s", resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPlaylist+1))
	if err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	if len(body) > maxPlaylist {
		return nil, fmt.Errorf("the playlist has more than %d bytes", maxPlaylist)
	}
	return &answer{body: body, header: resp.Header, url: resp.Request.URL}, nil
}

// unfetchable is the finding of a playlist that a client could not get.
func unfetchable(err error) findings.Finding {
	return findings.Finding{Rule: RulePlaylistUnfetchable, Section: sectionServe, Detail: shortError(err)}
}

// shortError leaves the address out, which the report names already.
func shortError(err error) string {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}

// delivery checks the headers of a playlist. A live one must not be kept by a
// cache for more than half its target duration, and a viewer's own not at all
// (field failure B-65).
func (a *answer) delivery(live bool, target int64) (found []findings.Finding) {
	if kind := a.header.Get("Content-Type"); !playlistType(kind, a.url.Path) {
		found = append(found, findings.Finding{Rule: RulePlaylistType, Section: sectionIdentify,
			Detail: fmt.Sprintf("Content-Type is %q, not application/vnd.apple.mpegurl", kind)})
	}
	return append(found, a.sharing(live, max(target, 2_000_000)/2, "half a target duration")...)
}

// deliveryMPD checks the headers of an MPD. A live one must not be kept by a cache
// for longer than it stands, update in microseconds.
func (a *answer) deliveryMPD(live bool, update int64) (found []findings.Finding) {
	kind := a.header.Get("Content-Type")
	if media, _, err := mime.ParseMediaType(kind); err != nil || media != "application/dash+xml" {
		found = append(found, findings.Finding{Rule: RulePlaylistType, Section: sectionMPDType,
			Detail: fmt.Sprintf("Content-Type is %q, not application/dash+xml", kind)})
	}
	return append(found, a.sharing(live, max(update, 1_000_000), "minimumUpdatePeriod")...)
}

// sharing checks who may read and keep an answer: a live one at most for a time, in
// microseconds.
func (a *answer) sharing(live bool, most int64, name string) (found []findings.Finding) {
	add := func(rule, section, format string, args ...any) {
		found = append(found, findings.Finding{Rule: rule, Section: section, Detail: fmt.Sprintf(format, args...)})
	}
	if a.header.Get("Access-Control-Allow-Origin") == "" {
		add(RuleCORSMissing, sectionCORS, "no Access-Control-Allow-Origin: a browser's player can't read it")
	}
	if !live {
		return found
	}
	control := a.header.Get("Cache-Control")
	personal := strings.HasPrefix(a.url.Path, "/v1/")
	switch shared, seconds := cacheable(control); {
	case personal && shared:
		add(RulePlaylistCacheable, sectionCaching, "Cache-Control is %q: one viewer's manifest would be served to others", control)
	case seconds < 0 || seconds*1_000_000 > most:
		add(RulePlaylistCacheable, sectionCaching, "Cache-Control is %q: a live manifest may be kept for %s", control, name)
	}
	return found
}

// playlistType is whether a media type says playlist. The two old names are
// taken where the path says it too.
func playlistType(kind, file string) bool {
	kind, _, err := mime.ParseMediaType(kind)
	if err != nil {
		return false
	}
	switch kind {
	case "application/vnd.apple.mpegurl", "audio/mpegurl":
		return true
	case "application/x-mpegurl", "audio/x-mpegurl":
		ext := path.Ext(file)
		return ext == ".m3u8" || ext == ".m3u"
	}
	return false
}

// cacheable reads Cache-Control: whether a shared cache may keep the answer at
// all, and for how many seconds; -1 is as long as it likes.
func cacheable(control string) (shared bool, seconds int64) {
	shared, seconds = true, -1
	sharedAge := false
	for directive := range strings.SplitSeq(strings.ToLower(control), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch name {
		case "no-store", "no-cache":
			return false, 0
		case "private":
			shared = false
		case "max-age", "s-maxage":
			n, err := strconv.ParseInt(strings.Trim(value, `"`), 10, 32)
			if err == nil && n >= 0 && (name == "s-maxage" || !sharedAge) {
				seconds, sharedAge = n, name == "s-maxage"
			}
		}
	}
	if seconds == 0 {
		shared = false
	}
	return shared, seconds
}
