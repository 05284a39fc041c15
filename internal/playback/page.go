package playback

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
)

// ErrToken is a NextToken that List did not give.
var ErrToken = errors.New("the NextToken is not valid")

// Page is a part of all configurations, in the order of names.
type Page struct {
	Items []*Configuration
	// NextToken continues the list; "" at its end.
	NextToken string
}

// tokenVersion begins a token's plain text, so that tokens can change.
const tokenVersion = "1:"

// List is up to limit configurations, from where token says. A configuration
// that comes or goes between two pages shifts nothing: a token holds the last
// name, not a number.
func (s *Configurations) List(token string, limit int) (Page, error) {
	now := s.current.Load()
	from := 0
	if token != "" {
		plain, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil || len(plain) <= len(tokenVersion) || string(plain[:len(tokenVersion)]) != tokenVersion {
			return Page{}, ErrToken
		}
		last := string(plain[len(tokenVersion):])
		at, found := slices.BinarySearch(now.names, last)
		if from = at; found {
			from++
		}
	}
	to := min(from+limit, len(now.names))
	var page Page
	for _, name := range now.names[from:to] {
		page.Items = append(page.Items, now.byName[name])
	}
	if to < len(now.names) {
		page.NextToken = base64.RawURLEncoding.EncodeToString([]byte(tokenVersion + now.names[to-1]))
	}
	return page, nil
}

// Render is the answer of ListPlaybackConfigurations.
func (p Page) Render(n Naming) (json.RawMessage, error) {
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
	return encode(answer)
}
