package admin

import "stitcher/internal/playback"

func (p *plane) listTags(r *request) (reply, error) {
	arn, err := r.label()
	if err != nil {
		return nil, err
	}
	tags, err := p.configurations.Tags(arn)
	if err != nil {
		return nil, err
	}
	return rendered(playback.RenderTags(tags))
}

func (p *plane) tag(r *request) (reply, error) {
	arn, err := r.label()
	if err != nil {
		return nil, err
	}
	tags, err := playback.ParseTags(r.body)
	if err != nil {
		return nil, err
	}
	return nil, p.configurations.Tag(r.Context(), arn, tags)
}

func (p *plane) untag(r *request) (reply, error) {
	arn, err := r.label()
	if err != nil {
		return nil, err
	}
	keys := r.URL.Query()["tagKeys"]
	if len(keys) == 0 {
		return nil, badRequest("tagKeys is required")
	}
	return nil, p.configurations.Untag(r.Context(), arn, keys)
}
