package apitest

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Answer is what a server said to a request.
type Answer struct {
	Status int
	Header http.Header
	// Body is the body; Partial if only its beginning was kept, so that it is not
	// held against its schema.
	Body    []byte
	Partial bool
}

// refusals are the statuses of paths and methods that the document does not
// have. 400 is an escaped path that no route can have; 403 is the guard of the
// admin plane; OPTIONS is answered with 204 on all paths of the viewer plane.
var refusals = []int{http.StatusNoContent, http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed}

// Check returns an error if the document does not describe the answer to a
// request with this method and escaped path.
func (d *Document) Check(method, escaped string, a Answer) error {
	name, item := d.Find(escaped)
	if item == nil {
		return refusal(a, "the path is not documented")
	}
	op := item.Operations()[method] // GetOperation panics at methods that HTTP does not have
	if op == nil {
		return refusal(a, name+" does not have the method")
	}
	documented := op.Responses.Status(a.Status)
	if documented == nil {
		return fmt.Errorf("status %d of %s is not documented", a.Status, name)
	}
	if err := checkHeaders(documented.Value.Headers, a.Header); err != nil {
		return fmt.Errorf("%s, status %d: %w", name, a.Status, err)
	}
	if err := checkBody(method, documented.Value.Content, a); err != nil {
		return fmt.Errorf("%s, status %d: %w", name, a.Status, err)
	}
	return nil
}

// refusal returns an error unless the answer refuses the request.
func refusal(a Answer, why string) error {
	if slices.Contains(refusals, a.Status) {
		return nil
	}
	return fmt.Errorf("status %d, but %s", a.Status, why)
}

func checkHeaders(documented openapi3.Headers, sent http.Header) error {
	for name, h := range documented {
		values := sent.Values(name)
		if len(values) == 0 {
			if h.Value.Required {
				return fmt.Errorf("the header %s is missing", name)
			}
			continue
		}
		schema := h.Value.Schema.Value
		if schema.Const != nil && schema.Const != values[0] {
			return fmt.Errorf("the header %s is %q, want %q", name, values[0], schema.Const)
		}
		if err := schema.VisitJSON(values[0]); err != nil {
			return fmt.Errorf("the header %s: %w", name, err)
		}
	}
	return nil
}

func checkBody(method string, documented openapi3.Content, a Answer) error {
	sent := a.Header.Get("Content-Type")
	if len(a.Body) == 0 && (sent == "" || len(documented) == 0) {
		return nil
	}
	mediaType, _, err := mime.ParseMediaType(sent)
	if err != nil {
		return fmt.Errorf("the media type %q: %w", sent, err)
	}
	content := documented[mediaType]
	if content == nil {
		return fmt.Errorf("the media type %s is not documented", mediaType)
	}
	if len(a.Body) == 0 || a.Partial || method == http.MethodHead || mediaType != "application/json" || a.Header.Get("Content-Encoding") != "" {
		return nil
	}
	var body any
	decoder := json.NewDecoder(strings.NewReader(string(a.Body)))
	decoder.UseNumber()
	if err := decoder.Decode(&body); err != nil {
		return fmt.Errorf("the body: %w", err)
	}
	if err := content.Schema.Value.VisitJSON(body, openapi3.EnableJSONSchema2020(), openapi3.VisitAsResponse()); err != nil {
		return fmt.Errorf("the body: %w", err)
	}
	return nil
}
