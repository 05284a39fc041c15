package admin

import (
	"context"
	"encoding/json"
	"regexp"
	"strconv"

	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/transcodecache"
)

// Creatives are the prepared creatives of all nodes.
type Creatives interface {
	// Creatives lists a page; next is the cursor of the next one, "" after the last.
	Creatives(ctx context.Context, cursor string, limit int) (list []transcodecache.Status, next string, err error)
	// Prewarm prepares a creative before an ad response has it.
	Prewarm(ctx context.Context, p transcodecache.Prewarm) ([]transcodecache.Status, error)
	// Purge removes one; force removes it though decisions list it.
	Purge(ctx context.Context, id string, force bool) error
	// Retry tries a failed one again.
	Retry(ctx context.Context, id string) error
	// Thumbnail is a picture of one, as JPEG.
	Thumbnail(ctx context.Context, id string) ([]byte, error)
}

// creativeList is a page of creatives.
type creativeList struct {
	Items     []transcodecache.Status `json:"items"`
	NextToken string                  `json:"nextToken,omitempty"`
}

// creativeCursor is the form of nextToken.
var creativeCursor = regexp.MustCompile(`^[aj][0-9a-f]{0,32}$`)

func (p *plane) listCreatives(r *request) (reply, error) {
	query := r.URL.Query()
	limit := maxResults
	if s := query.Get("maxResults"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > maxResults {
			return nil, adapter.BadRequest("maxResults must be between 1 and %d", maxResults)
		}
		limit = n
	}
	token := query.Get("nextToken")
	if token != "" && !creativeCursor.MatchString(token) {
		return nil, adapter.BadRequest("nextToken is not one that was returned")
	}
	list, next, err := p.creatives.Creatives(r.Context(), token, limit)
	if err != nil {
		return nil, err
	}
	if list == nil {
		list = []transcodecache.Status{}
	}
	return rendered(json.Marshal(creativeList{list, next}))
}

func (p *plane) prewarmCreative(r *request) (reply, error) {
	var body transcodecache.Prewarm
	if err := json.Unmarshal(r.body, &body); err != nil {
		return nil, adapter.BadRequest("the body is not a JSON object with url and configuration")
	}
	if _, err := p.configurations.Configuration(body.Configuration); err != nil {
		return nil, err
	}
	list, err := p.creatives.Prewarm(r.Context(), body)
	if err != nil {
		return nil, err
	}
	return rendered(json.Marshal(creativeList{Items: list}))
}

func (p *plane) purgeCreative(r *request) (reply, error) {
	id, err := r.label()
	if err != nil {
		return nil, err
	}
	return nil, p.creatives.Purge(r.Context(), id, r.URL.Query().Get("force") == "true")
}

func (p *plane) retryCreative(r *request) (reply, error) {
	labels, err := r.labels(2)
	if err != nil {
		return nil, err
	}
	return nil, p.creatives.Retry(r.Context(), labels[0])
}

// thumbnail answers a picture.
func (p *plane) thumbnail(r *request) (reply, error) {
	labels, err := r.labels(2)
	if err != nil {
		return nil, err
	}
	picture, err := p.creatives.Thumbnail(r.Context(), labels[0])
	return reply(picture), err
}
