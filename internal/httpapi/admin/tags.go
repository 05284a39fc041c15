package admin

import (
	"context"

	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/playback/awsapi"
)

// tagged are resources that have tags, by ARN.
type tagged interface {
	Tags(arn string) (map[string]string, error)
	Tag(ctx context.Context, arn string, tags map[string]string) error
	Untag(ctx context.Context, arn string, keys []string) error
}

// tagged are the resources among which that of an ARN is.
func (p *plane) tagged(arn string) tagged {
	if _, _, ok := p.base.naming.PrefetchName(arn); ok {
		return p.schedules
	}
	return p.configurations
}

func (p *plane) listTags(r *request) (reply, error) {
	arn, err := r.label()
	if err != nil {
		return nil, err
	}
	tags, err := p.tagged(arn).Tags(arn)
	if err != nil {
		return nil, err
	}
	return rendered(awsapi.RenderTags(tags))
}

func (p *plane) tag(r *request) (reply, error) {
	arn, err := r.label()
	if err != nil {
		return nil, err
	}
	tags, err := awsapi.ParseTags(r.body)
	if err != nil {
		return nil, err
	}
	return nil, p.tagged(arn).Tag(r.Context(), arn, tags)
}

func (p *plane) untag(r *request) (reply, error) {
	arn, err := r.label()
	if err != nil {
		return nil, err
	}
	keys := r.URL.Query()["tagKeys"]
	if len(keys) == 0 {
		return nil, adapter.BadRequest("tagKeys is required")
	}
	return nil, p.tagged(arn).Untag(r.Context(), arn, keys)
}
