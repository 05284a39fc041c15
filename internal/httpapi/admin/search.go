package admin

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"stitcher/internal/avail"
	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/playback"
	"stitcher/internal/stitch/search"
	"stitcher/internal/store"
)

// Searcher finds sessions.
type Searcher func(context.Context, search.Query) (search.List, error)

// sessionList is a page of sessions.
type sessionList struct {
	Sessions      []search.Session `json:"sessions"`
	NextPageToken string           `json:"nextPageToken,omitempty"`
}

const (
	defaultSessions = 100
	// maxWords is how many words q may have.
	maxWords = 8
)

// searchSessions answers sessions, live ones and past ones.
func (p *plane) searchSessions(r *request) (reply, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, adapter.BadRequest("the query is not percent-encoded properly")
	}
	q := search.Query{Limit: defaultSessions}
	for name, list := range values {
		if len(list) != 1 {
			return nil, adapter.BadRequest("parameter %q is given %d times", short(name), len(list))
		}
		if err := setSearch(&q, name, list[0]); err != nil {
			return nil, err
		}
	}
	if !q.Since.IsZero() && !q.Until.IsZero() && !q.Since.Before(q.Until) {
		return nil, adapter.BadRequest("until is not after since")
	}
	found, err := p.search(r.Context(), q)
	if err != nil {
		return nil, err
	}
	return rendered(json.Marshal(sessionList{found.Sessions, sessionToken(found.Next)}))
}

// setSearch takes one parameter.
func setSearch(q *search.Query, name, v string) (err error) {
	if len(v) > search.MaxTerm && name != "pageToken" {
		return adapter.BadRequest("%s has %d bytes; %d are the maximum", short(name), len(v), search.MaxTerm)
	}
	switch name {
	case "configuration":
		q.Configuration = v
	case "creative":
		q.Creative = v
	case "reason":
		if q.Reason = v; !slices.Contains(avail.Reasons(), avail.Reason(v)) {
			return adapter.BadRequest("reason %q is none of %s", short(v), joined(avail.Reasons()))
		}
	case "device":
		if q.Device = v; !slices.Contains(playback.DeviceClasses(), playback.DeviceClass(v)) {
			return adapter.BadRequest("device %q is none of %s", short(v), joined(playback.DeviceClasses()))
		}
	case "state":
		if q.State = v; v != search.StateLive && v != search.StateEnded {
			return adapter.BadRequest("state %q is neither %s nor %s", short(v), search.StateLive, search.StateEnded)
		}
	case "q":
		if q.Words = strings.Fields(v); len(q.Words) > maxWords {
			return adapter.BadRequest("q has %d words; %d are the maximum", len(q.Words), maxWords)
		}
	case "since":
		q.Since, err = searchTime(name, v)
	case "until":
		q.Until, err = searchTime(name, v)
	case "pageSize":
		if q.Limit, err = strconv.Atoi(v); err != nil || q.Limit < 1 || q.Limit > store.MaxHits {
			return adapter.BadRequest("pageSize is a number from 1 to %d", store.MaxHits)
		}
	case "pageToken":
		if q.Before = parseSessionToken(v); q.Before == nil {
			return adapter.BadRequest("pageToken is not the nextPageToken of an answer")
		}
	default:
		return adapter.BadRequest("there is no parameter %q", short(name))
	}
	return err
}

func searchTime(name, v string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, v)
	if err != nil || t.Year() < 1970 {
		return t, adapter.BadRequest("%s is a time as in RFC 3339 since 1970, such as 2026-01-31T14:00:00Z", name)
	}
	return t, nil
}

// short is a text of a client as it may be repeated.
func short(s string) string { return strings.ToValidUTF8(s[:min(len(s), 64)], "") }

func joined[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, x := range list {
		texts[i] = string(x)
	}
	return strings.Join(texts, ", ")
}

// sessionToken is where a page ended, "" where it is the last.
func sessionToken(next *store.Hit) string {
	if next == nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", next.At, next.Owner))
}

// parseSessionToken reads a page token. It returns nil if the text is not one.
func parseSessionToken(token string) *store.Hit {
	if len(token) > 2*search.MaxTerm {
		return nil
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return nil
	}
	at, owner, ok := strings.Cut(string(text), " ")
	n, err := strconv.ParseInt(at, 10, 64)
	h := &store.Hit{At: n, Owner: owner}
	if !ok || err != nil || n < 0 || sessionToken(h) != token {
		return nil
	}
	return h
}
