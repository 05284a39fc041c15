package config

import (
	"encoding/json"
	"slices"

	"stitcher/internal/playback/awsapi"
)

// Page is a part of all configurations, in the order of names.
type Page struct {
	Items []*Configuration
	// NextToken continues the list; "" at its end.
	NextToken string
}

// List is up to limit configurations, from where token says. The error is ErrToken.
func (s *Configurations) List(token string, limit int) (Page, error) {
	last, err := awsapi.LastOf(token)
	if err != nil {
		return Page{}, err
	}
	now := s.current.Load()
	from, found := slices.BinarySearch(now.names, last)
	if found {
		from++
	}
	to := min(from+limit, len(now.names))
	var page Page
	for _, name := range now.names[from:to] {
		page.Items = append(page.Items, now.byName[name])
	}
	if to < len(now.names) {
		page.NextToken = awsapi.TokenAfter(now.names[to-1])
	}
	return page, nil
}

// Render is the answer of ListPlaybackConfigurations.
func (p Page) Render(n awsapi.Naming) (json.RawMessage, error) {
	answer := struct {
		Items     []json.RawMessage
		NextToken string `json:",omitempty"`
	}{Items: make([]json.RawMessage, len(p.Items)), NextToken: p.NextToken}
	for i, c := range p.Items {
		item, err := c.Render(n)
		if err != nil {
			return nil, err
		}
		answer.Items[i] = item
	}
	return awsapi.Encode(answer)
}
