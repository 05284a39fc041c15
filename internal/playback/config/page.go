package config

import (
	"slices"

	"stitcher/internal/playback/awsapi"
)

// Page is a part of all configurations, in the order of names.
type Page = awsapi.Page[*Configuration]

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
