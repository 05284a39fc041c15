package apitest

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestExamples: each JSON body and each parameter of a path has an example. That the
// examples fit their schemas is checked when the document is read.
func TestExamples(t *testing.T) {
	for path, item := range Read(t).Paths.Map() {
		parameters := item.Parameters
		for method, op := range item.Operations() {
			parameters = append(parameters, op.Parameters...)
			if op.RequestBody != nil {
				wantExample(t, method+" "+path+", request", op.RequestBody.Value.Content)
			}
			for status, r := range op.Responses.Map() {
				wantExample(t, method+" "+path+", "+status, r.Value.Content)
			}
		}
		for _, p := range parameters {
			if p.Value.In == openapi3.ParameterInPath && p.Value.Example == nil {
				t.Errorf("%s: the parameter %s has no example", path, p.Value.Name)
			}
		}
	}
}

func wantExample(t *testing.T, where string, content openapi3.Content) {
	t.Helper()
	if c := content["application/json"]; c != nil && c.Example == nil {
		t.Errorf("%s: no example", where)
	}
}

// TestOperations: each operation has an id of its own, and says what may go wrong.
func TestOperations(t *testing.T) {
	ids := map[string]string{}
	for path, item := range Read(t).Paths.Map() {
		for method, op := range item.Operations() {
			where := method + " " + path
			if other, ok := ids[op.OperationID]; ok || op.OperationID == "" {
				t.Errorf("%s has the operation id %q of %s", where, op.OperationID, other)
			}
			ids[op.OperationID] = where
			if method != "OPTIONS" && op.Responses.Status(500) == nil {
				t.Errorf("%s does not have the status 500", where)
			}
		}
	}
}
