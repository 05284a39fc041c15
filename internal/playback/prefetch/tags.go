package prefetch

import (
	"context"
	"fmt"
	"maps"

	"stitcher/internal/playback/awsapi"
)

// Tags are the tags of the schedule of an ARN.
func (s *Schedules) Tags(arn string) (map[string]string, error) {
	p, err := s.named(arn)
	if err != nil {
		return nil, err
	}
	return maps.Clone(p.Tags), nil
}

// Tag adds tags to the schedule of an ARN; the value of a key that is there
// already is replaced.
func (s *Schedules) Tag(ctx context.Context, arn string, tags map[string]string) error {
	return s.retag(ctx, arn, func(all map[string]string) { maps.Copy(all, tags) })
}

// Untag removes tags from the schedule of an ARN. Keys that it does not have are
// ignored.
func (s *Schedules) Untag(ctx context.Context, arn string, keys []string) error {
	return s.retag(ctx, arn, func(all map[string]string) {
		for _, key := range keys {
			delete(all, key)
		}
	})
}

// retag writes a copy of a schedule with other tags.
func (s *Schedules) retag(ctx context.Context, arn string, change func(map[string]string)) error {
	return s.try(ctx, func() error {
		p, err := s.named(arn)
		if err != nil {
			return err
		}
		tags := map[string]string{}
		maps.Copy(tags, p.Tags)
		change(tags)
		var found awsapi.Problems
		if awsapi.CheckTags("tags", tags, &found); len(found) > 0 {
			return found.Err()
		}
		next := *p
		next.Tags = tags
		return s.write(ctx, &next)
	})
}

// named is the schedule of an ARN.
func (s *Schedules) named(arn string) (*Schedule, error) {
	configuration, name, ok := s.naming.PrefetchName(arn)
	if !ok {
		return nil, &awsapi.ValidationError{Problems: []string{
			fmt.Sprintf("ResourceArn must begin with %s and name a prefetch schedule", s.naming.PrefetchARNPrefix()),
		}}
	}
	return s.Schedule(configuration, name)
}
