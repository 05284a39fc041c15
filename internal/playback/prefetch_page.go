package playback

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
)

// maxPage is the longest page of schedules, and the usual one.
const maxPage = 100

// PrefetchQuery is what ListPrefetchSchedules asks for.
type PrefetchQuery struct {
	// Limit is MaxResults, the longest page.
	Limit int
	// Token is the NextToken of the page before; "" is the beginning.
	Token string
	// Type is SINGLE, RECURRING or ALL.
	Type string
	// StreamID is the only one; "" is all of them, and those without.
	StreamID string
}

// ParsePrefetchQuery reads the body of ListPrefetchSchedules, whose filters are
// not in the query (reference §1.2). No body is no filter. It returns
// ErrMalformed or a *ValidationError.
func ParsePrefetchQuery(body []byte) (PrefetchQuery, error) {
	members := map[string]json.RawMessage{}
	if len(bytes.TrimSpace(body)) > 0 {
		var err error
		if members, err = document(body); err != nil {
			return PrefetchQuery{}, err
		}
	}
	var found problems
	o := object{members: members, problems: &found}
	q := PrefetchQuery{
		Limit:    o.integer("MaxResults", 1, maxPage),
		Token:    o.text("NextToken"),
		Type:     o.enum("ScheduleType", typeSingle, typeRecurring, typeAll),
		StreamID: o.text("StreamId"),
	}
	if q.Limit == 0 {
		q.Limit = maxPage
	}
	if q.Type == "" {
		q.Type = typeAll
	}
	return q, found.err()
}

func (q PrefetchQuery) matches(p *PrefetchSchedule) bool {
	return (q.Type == typeAll || q.Type == p.scheduleType()) && (q.StreamID == "" || q.StreamID == p.StreamID)
}

// PrefetchPage is a part of the schedules of a configuration, in the order of
// names.
type PrefetchPage struct {
	Items []*PrefetchSchedule
	// NextToken continues the list; "" at its end.
	NextToken string
}

// List is a page of the schedules of a configuration; ErrNotFound if there is
// none, and ErrToken. A schedule that comes or goes between two pages shifts
// nothing: a token holds the last name, not a number.
func (s *Schedules) List(configuration string, q PrefetchQuery) (PrefetchPage, error) {
	if _, err := s.configurations.Configuration(configuration); err != nil {
		return PrefetchPage{}, err
	}
	last := ""
	if q.Token != "" {
		plain, err := base64.RawURLEncoding.DecodeString(q.Token)
		rest, ok := bytes.CutPrefix(plain, []byte(tokenVersion))
		if err != nil || !ok || len(rest) == 0 {
			return PrefetchPage{}, ErrToken
		}
		last = string(rest)
	}
	var page PrefetchPage
	h, ok := (*s.current.Load())[configuration]
	if !ok {
		return page, nil
	}
	from, found := slices.BinarySearch(h.names, last)
	if found {
		from++
	}
	now := s.now()
	for _, name := range h.names[from:] {
		p := h.byName[name]
		if p.gone(now) || !q.matches(p) {
			continue
		}
		if len(page.Items) == q.Limit {
			page.NextToken = base64.RawURLEncoding.EncodeToString([]byte(tokenVersion + page.Items[q.Limit-1].Name))
			break
		}
		page.Items = append(page.Items, p)
	}
	return page, nil
}

// Render is the answer of ListPrefetchSchedules.
func (p PrefetchPage) Render(n Naming) (json.RawMessage, error) {
	answer := struct {
		Items     []json.RawMessage
		NextToken string `json:",omitempty"`
	}{Items: make([]json.RawMessage, len(p.Items)), NextToken: p.NextToken}
	for i, s := range p.Items {
		item, err := s.Render(n)
		if err != nil {
			return nil, err
		}
		answer.Items[i] = item
	}
	return encode(answer)
}
