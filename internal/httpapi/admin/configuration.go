package admin

import (
	"encoding/json"
	"strconv"

	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/playback/config"
)

// maxResults is the longest page of a list, and the usual one (reference §1.2).
const maxResults = 100

func (p *plane) putConfiguration(r *request) (reply, error) {
	c, err := config.Parse(r.body)
	if err != nil {
		return nil, err
	}
	if c, err = p.configurations.Put(r.Context(), c); err != nil {
		return nil, err
	}
	return rendered(c.Render(p.base.names(r.Request)))
}

func (p *plane) getConfiguration(r *request) (reply, error) {
	name, err := r.label()
	if err != nil {
		return nil, err
	}
	c, err := p.configurations.Configuration(name)
	if err != nil {
		return nil, err
	}
	return rendered(c.Render(p.base.names(r.Request)))
}

func (p *plane) deleteConfiguration(r *request) (reply, error) {
	name, err := r.label()
	if err != nil {
		return nil, err
	}
	return nil, p.schedules.DeleteConfiguration(r.Context(), name)
}

func (p *plane) listConfigurations(r *request) (reply, error) {
	query := r.URL.Query()
	limit := maxResults
	if s := query.Get("MaxResults"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > maxResults {
			return nil, adapter.BadRequest("MaxResults must be between 1 and %d", maxResults)
		}
		limit = n
	}
	page, err := p.configurations.List(query.Get("NextToken"), limit)
	if err != nil {
		return nil, err
	}
	return rendered(page.Render(p.base.names(r.Request)))
}

func (p *plane) configureLogs(r *request) (reply, error) {
	logs, err := config.ParseLogsRequest(r.body)
	if err != nil {
		return nil, err
	}
	if err := p.configurations.ConfigureLogs(r.Context(), logs); err != nil {
		return nil, err
	}
	return rendered(logs.Render())
}

func rendered(body json.RawMessage, err error) (reply, error) { return reply(body), err }
