package config

import (
	"context"
	"fmt"
	"maps"

	"stitcher/internal/playback/awsapi"
)

// Tags are the tags of the configuration of an ARN.
func (s *Configurations) Tags(arn string) (map[string]string, error) {
	name, err := s.name(arn)
	if err != nil {
		return nil, err
	}
	c, err := s.Configuration(name)
	if err != nil {
		return nil, err
	}
	return maps.Clone(c.Tags), nil
}

// Tag adds tags to the configuration of an ARN; the value of a key that is
// there already is replaced.
func (s *Configurations) Tag(ctx context.Context, arn string, tags map[string]string) error {
	return s.retag(ctx, arn, func(all map[string]string) { maps.Copy(all, tags) })
}

// Untag removes tags from the configuration of an ARN. Keys that it does not
// have are ignored.
func (s *Configurations) Untag(ctx context.Context, arn string, keys []string) error {
	return s.retag(ctx, arn, func(all map[string]string) {
		for _, key := range keys {
			delete(all, key)
		}
	})
}

func (s *Configurations) retag(ctx context.Context, arn string, change func(map[string]string)) error {
	name, err := s.name(arn)
	if err != nil {
		return err
	}
	return s.update(ctx, name, func(c *Configuration) error {
		tags := map[string]string{}
		maps.Copy(tags, c.Tags)
		change(tags)
		var found awsapi.Problems
		awsapi.CheckTags("tags", tags, &found)
		c.Tags = tags
		return found.Err()
	})
}

func (s *Configurations) name(arn string) (string, error) {
	name, ok := s.naming.ConfigurationName(arn)
	if !ok {
		return "", &awsapi.ValidationError{Problems: []string{
			fmt.Sprintf("ResourceArn must begin with %s and name a playback configuration", s.naming.ARNPrefix()),
		}}
	}
	return name, nil
}
