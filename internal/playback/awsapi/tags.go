package awsapi

import "encoding/json"

// ParseTags reads the body of TagResource. It returns ErrMalformed or a
// *ValidationError.
func ParseTags(body []byte) (map[string]string, error) {
	members, err := Members(body)
	if err != nil {
		return nil, err
	}
	var found Problems
	o := Object{Members: members, Problems: &found}
	tags := o.Texts("tags")
	if _, ok := o.Raw("tags"); !ok {
		found.Add("tags", "is required")
	}
	CheckTags("tags", tags, &found)
	if err := found.Err(); err != nil {
		return nil, err
	}
	return tags, nil
}

// RenderTags is the answer of ListTagsForResource.
func RenderTags(tags map[string]string) (json.RawMessage, error) {
	if tags == nil {
		tags = map[string]string{}
	}
	return Encode(map[string]any{"tags": tags})
}
