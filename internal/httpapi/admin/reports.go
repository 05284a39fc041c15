package admin

import (
	"bytes"
	"encoding/json"
	"net/url"

	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/report"
)

// reports answers a query of the roll-ups, as JSON or CSV.
func (p *plane) reports(r *request) (reply, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, adapter.BadRequest("the query is not percent-encoded properly")
	}
	q, err := report.Parse(values, p.now())
	if err != nil {
		return nil, err
	}
	a, err := q.Answer(r.Context(), p.rollups)
	if err != nil {
		return nil, err
	}
	if !q.CSV {
		return rendered(json.Marshal(a))
	}
	var b bytes.Buffer
	if err := a.CSV(&b); err != nil {
		return nil, err
	}
	r.contentType = "text/csv; charset=utf-8"
	return b.Bytes(), nil
}
