package awsapi

import "encoding/json"

// Renderer is a resource of the control API.
type Renderer interface {
	Render(n Naming) (json.RawMessage, error)
}

// Page is a part of all resources of a kind, in the order of names.
type Page[T Renderer] struct {
	Items []T
	// NextToken continues the list; "" at its end.
	NextToken string
}

// Render is the answer of the operation that lists the resources.
func (p Page[T]) Render(n Naming) (json.RawMessage, error) {
	answer := struct {
		Items     []json.RawMessage
		NextToken string `json:",omitempty"`
	}{Items: make([]json.RawMessage, len(p.Items)), NextToken: p.NextToken}
	for i, item := range p.Items {
		text, err := item.Render(n)
		if err != nil {
			return nil, err
		}
		answer.Items[i] = text
	}
	return Encode(answer)
}
