package sigv4

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// TestBotocore verifies what botocore 1.43.11, the library of the AWS CLI,
// signed: names and ARNs that are percent-encoded in the path, and so signed
// twice encoded, and queries with several values of a name.
func TestBotocore(t *testing.T) {
	raw, err := os.ReadFile("testdata/botocore.json")
	if err != nil {
		t.Fatal(err)
	}
	var requests []struct {
		Method, URL, Body string
		Headers           map[string]string
	}
	if err := json.Unmarshal(raw, &requests); err != nil {
		t.Fatal(err)
	}
	for _, x := range requests {
		t.Run(x.Method+" "+x.URL, func(t *testing.T) {
			r := httptest.NewRequest(x.Method, "http://127.0.0.1:8081"+x.URL, strings.NewReader(x.Body))
			for name, value := range x.Headers {
				r.Header.Set(name, value)
			}
			at, err := time.Parse(timeFormat, r.Header.Get("X-Amz-Date"))
			if err != nil {
				t.Fatal(err)
			}
			v := New(Options{
				AccessKey: "AKIDEXAMPLE", SecretKey: exampleSecret, Service: "mediatailor",
				Now: func() time.Time { return at },
			})
			if err := v.Verify(r, []byte(x.Body)); err != nil {
				t.Error(err)
			}
			if v.Verify(r, []byte(x.Body+" ")) == nil {
				t.Error("accepted with another body")
			}
		})
	}
	if len(requests) < 5 {
		t.Errorf("only %d requests", len(requests))
	}
}
