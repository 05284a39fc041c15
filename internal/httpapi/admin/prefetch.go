package admin

import "stitcher/internal/playback/prefetch"

// createPrefetch refuses a name that is taken: prefetch schedules can't be
// changed. BadRequestException is the one error that MediaTailor models for its
// control API (reference §1.3); it has no conflict.
func (p *plane) createPrefetch(r *request) (reply, error) {
	names, err := r.labels(2)
	if err != nil {
		return nil, err
	}
	s, err := prefetch.Parse(names[0], names[1], r.body, p.now())
	if err != nil {
		return nil, err
	}
	if err := p.schedules.Create(r.Context(), s); err != nil {
		return nil, err
	}
	return rendered(s.Render(p.base.naming))
}

func (p *plane) getPrefetch(r *request) (reply, error) {
	names, err := r.labels(2)
	if err != nil {
		return nil, err
	}
	s, err := p.schedules.Schedule(names[0], names[1])
	if err != nil {
		return nil, err
	}
	return rendered(s.Render(p.base.naming))
}

func (p *plane) deletePrefetch(r *request) (reply, error) {
	names, err := r.labels(2)
	if err != nil {
		return nil, err
	}
	return nil, p.schedules.Delete(r.Context(), names[0], names[1])
}

func (p *plane) listPrefetch(r *request) (reply, error) {
	configuration, err := r.label()
	if err != nil {
		return nil, err
	}
	query, err := prefetch.ParseQuery(r.body)
	if err != nil {
		return nil, err
	}
	page, err := p.schedules.List(configuration, query)
	if err != nil {
		return nil, err
	}
	return rendered(page.Render(p.base.naming))
}
