package prefetch

import (
	"bytes"
	"encoding/json"
	"slices"

	"stitcher/internal/playback/awsapi"
)

// maxPage is the longest page of schedules, and the usual one.
const maxPage = 100

// Query is what ListPrefetchSchedules asks for.
type Query struct {
	// Limit is MaxResults, the longest page.
	Limit int
	// Token is the NextToken of the page before; "" is the beginning.
	Token string
	// Type is SINGLE, RECURRING or ALL.
	Type string
	// StreamID is the only one; "" is all of them, and those without.
	StreamID string
}

// ParseQuery reads the body of ListPrefetchSchedules, whose filters are
// not in the query (reference §1.2). No body is no filter. It returns
// ErrMalformed or a *ValidationError.
func ParseQuery(body []byte) (Query, error) {
	members := map[string]json.RawMessage{}
	if len(bytes.TrimSpace(body)) > 0 {
		var err error
		if members, err = awsapi.Members(body); err != nil {
			return Query{}, err
		}
	}
	var found awsapi.Problems
	o := awsapi.Object{Members: members, Problems: &found}
	q := Query{
		Limit:    o.Integer("MaxResults", 1, maxPage),
		Token:    o.Text("NextToken"),
		Type:     o.Enum("ScheduleType", typeSingle, typeRecurring, typeAll),
		StreamID: o.Text("StreamId"),
	}
	if q.Limit == 0 {
		q.Limit = maxPage
	}
	if q.Type == "" {
		q.Type = typeAll
	}
	return q, found.Err()
}

func (q Query) matches(p *Schedule) bool {
	return (q.Type == typeAll || q.Type == p.scheduleType()) && (q.StreamID == "" || q.StreamID == p.StreamID)
}

// Page is a part of the schedules of a configuration, in the order of
// names.
type Page = awsapi.Page[*Schedule]

// List is a page of the schedules of a configuration; ErrNotFound if there is
// none, and ErrToken.
func (s *Schedules) List(configuration string, q Query) (Page, error) {
	if err := s.configurations.Exists(configuration); err != nil {
		return Page{}, err
	}
	last, err := awsapi.LastOf(q.Token)
	if err != nil {
		return Page{}, err
	}
	var page Page
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
			page.NextToken = awsapi.TokenAfter(page.Items[q.Limit-1].Name)
			break
		}
		page.Items = append(page.Items, p)
	}
	return page, nil
}
