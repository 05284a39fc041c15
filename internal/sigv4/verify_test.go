package sigv4

import (
	"bufio"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stitcher/test/corpus"
)

// The examples of the AWS documentation and of the aws-sig-v4-test-suite have
// this key, this service and this moment.
const (
	exampleAccess  = "AKIDEXAMPLE"
	exampleSecret  = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	exampleService = "service"
	exampleDate    = "20150830T123600Z"
)

func example(change ...func(*Options)) *Verifier {
	o := Options{AccessKey: exampleAccess, SecretKey: exampleSecret, Service: exampleService, Now: func() time.Time {
		return time.Date(2015, 8, 30, 12, 40, 0, 0, time.UTC)
	}}
	for _, c := range change {
		c(&o)
	}
	return New(o)
}

func request(t testing.TB, method, target, body string, headers ...string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://example.amazonaws.com/", strings.NewReader(body))
	path, query, _ := strings.Cut(target, "?")
	u, err := url.ParseRequestURI(path)
	if err != nil {
		t.Fatal(err)
	}
	u.RawQuery = query
	r.URL = u
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func authorize(signedHeaders, signature string) string {
	return "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=" + signedHeaders + ", Signature=" + signature
}

// TestVectors are from the aws-sig-v4-test-suite.
func TestVectors(t *testing.T) {
	for _, c := range []struct {
		name, method, target, body, signed, signature string
		headers                                       []string
	}{
		{"get-vanilla", "GET", "/", "", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31", nil},
		{"post-vanilla", "POST", "/", "", "host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b", nil},
		{"get-vanilla-query-order-key-case", "GET", "/?Param2=value2&Param1=value1", "", "host;x-amz-date",
			"b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500", nil},
		{"get-slashes", "GET", "//example//", "", "host;x-amz-date", "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84", nil},
		{"get-space", "GET", "/example%20space/", "", "host;x-amz-date", "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741", nil},
		{"get-header-value-trim", "GET", "/", "", "host;my-header1;my-header2;x-amz-date",
			"acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736", []string{"My-Header1", " value1", "My-Header2", ` "a   b   c"`}},
		{"post-x-www-form-urlencoded", "POST", "/", "Param1=value1", "content-type;host;x-amz-date",
			"ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a", []string{"Content-Type", "application/x-www-form-urlencoded"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request(t, c.method, c.target, c.body, append(c.headers, "X-Amz-Date", exampleDate,
				"Authorization", authorize(c.signed, c.signature))...)
			if c.name == "get-space" {
				// The suite escapes this path once, as only S3 does; what
				// every other service signs is tested with the wire log.
				r.URL = &url.URL{Path: r.URL.Path, RawPath: "/example space/"}
			}
			if err := example().Verify(r, []byte(c.body)); err != nil {
				t.Error(err)
			}
		})
	}
}

// sign makes the signature that a client would.
func sign(r *http.Request, headers []string, hash string) {
	a := authorization{date: "20150830", region: "us-east-1", service: exampleService}
	canonical, err := canonicalRequest(r, headers, hash)
	if err != nil {
		panic(err)
	}
	at, err := time.Parse(timeFormat, exampleDate)
	if err != nil {
		panic(err)
	}
	r.Header.Set("Authorization", authorize(strings.Join(headers, ";"), signature(exampleSecret, a, at, canonical)))
}

func TestRefused(t *testing.T) {
	good := func() *http.Request {
		r := request(t, "PUT", "/x?b=1&a=2", "body", "X-Amz-Date", exampleDate)
		sign(r, []string{"host", "x-amz-date"}, "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5")
		return r
	}
	if err := example().Verify(good(), []byte("body")); err != nil {
		t.Fatal(err)
	}
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	replace := func(old, with string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, with, 1))
		}
	}
	for _, c := range []struct {
		name, code string
		change     func(*http.Request)
	}{
		{"no signature", "MissingAuthenticationTokenException", func(r *http.Request) { r.Header.Del("Authorization") }},
		{"other scheme", "IncompleteSignature", set("Authorization", "Basic eDp5")},
		{"scheme alone", "IncompleteSignature", set("Authorization", algorithm)},
		{"no signed headers", "IncompleteSignature", replace("SignedHeaders=", "Headers=")},
		{"short scope", "IncompleteSignature", replace("/aws4_request", "")},
		{"unknown key", "UnrecognizedClientException", replace("AKIDEXAMPLE", "AKIDOTHER")},
		{"other service", "InvalidSignatureException", replace("/service/", "/s3/")},
		{"host not signed", "InvalidSignatureException", replace("host;", "")},
		{"date not signed", "InvalidSignatureException", replace(";x-amz-date", "")},
		{"date of another day", "InvalidSignatureException", replace("/20150830/", "/20150831/")},
		{"header not sent", "InvalidSignatureException", replace("x-amz-date", "x-amz-date;x-none")},
		{"too many headers", "IncompleteSignature", replace("host;", "host;"+strings.Repeat("x;", maxSignedHeaders))},
		{"date is none", "IncompleteSignature", set("X-Amz-Date", "yesterday")},
		{"other region", "InvalidSignatureException", replace("us-east-1", "us-east-2")},
		{"other signature", "InvalidSignatureException", replace("Signature=", "Signature=0")},
		{"other method", "InvalidSignatureException", func(r *http.Request) { r.Method = "DELETE" }},
		{"other path", "InvalidSignatureException", func(r *http.Request) { r.URL.Path = "/y" }},
		{"other query", "InvalidSignatureException", func(r *http.Request) { r.URL.RawQuery = "a=2&b=2" }},
		{"other host", "InvalidSignatureException", func(r *http.Request) { r.Host = "evil.example" }},
		{"other hash", "InvalidSignatureException", set(contentHash, strings.Repeat("0", 64))},
		{"a body that is not signed", "InvalidSignatureException", set(contentHash, unsignedPayload)},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := good()
			c.change(r)
			checkCode(t, example().Verify(r, []byte("body")), c.code)
		})
	}
	checkCode(t, example().Verify(good(), []byte("other")), "InvalidSignatureException")
	checkCode(t, example(func(o *Options) { o.SecretKey = "other" }).Verify(good(), []byte("body")), "InvalidSignatureException")
}

func checkCode(t *testing.T, err error, code string) {
	t.Helper()
	refused, ok := errors.AsType[*Error](err)
	if !ok || refused.Code != code {
		t.Errorf("err = %v, want %s", err, code)
	} else if strings.Contains(refused.Error(), exampleSecret) {
		t.Errorf("the secret is told: %v", err)
	}
}

// TestEquivalents are requests that are signed alike, however they come.
func TestEquivalents(t *testing.T) {
	hash := "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5"
	signed := request(t, "GET", "/a%2Fb/c?tagKeys=b&tagKeys=a&x=%C3%BC%20", "body", "X-Amz-Date", exampleDate)
	sign(signed, []string{"host", "x-amz-date"}, hash)
	for name, target := range map[string]string{
		"query in another order":    "/a%2Fb/c?x=%C3%BC%20&tagKeys=a&tagKeys=b",
		"lower-case escapes":        "/a%2Fb/c?tagKeys=b&tagKeys=a&x=%c3%bc%20",
		"redundant path elements":   "/x/../a%2Fb/.//c?tagKeys=b&tagKeys=a&x=%C3%BC%20",
		"empty parameters between":  "/a%2Fb/c?&tagKeys=b&&tagKeys=a&x=%C3%BC%20",
		"escapes of what needs not": "/a%2Fb/c?%74agKeys=b&tagKeys=a&x=%C3%BC%20",
	} {
		r := request(t, "GET", target, "body", "X-Amz-Date", exampleDate, "Authorization", signed.Header.Get("Authorization"))
		if err := example().Verify(r, []byte("body")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A slash in a label is not a slash of the path.
	r := request(t, "GET", "/a/b/c?tagKeys=b&tagKeys=a&x=%C3%BC%20", "body", "X-Amz-Date", exampleDate, "Authorization", signed.Header.Get("Authorization"))
	checkCode(t, example().Verify(r, []byte("body")), "InvalidSignatureException")
}

func TestPayloadHash(t *testing.T) {
	headers := []string{"content-length", "host", "x-amz-content-sha256", "x-amz-date"}
	for hash, ok := range map[string]bool{
		"230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5": true,
		unsignedPayload:                      false,
		"STREAMING-AWS4-HMAC-SHA256-PAYLOAD": false,
	} {
		r := request(t, "PUT", "/", "body", "X-Amz-Date", exampleDate, contentHash, hash)
		sign(r, headers, hash)
		if err := example().Verify(r, []byte("body")); (err == nil) != ok {
			t.Errorf("%s: %v", hash, err)
		}
	}
}

// TestWindow: fifteen minutes each way. SDKs correct their clock on
// InvalidSignatureException.
func TestWindow(t *testing.T) {
	signedAt := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	for late, want := range map[time.Duration]string{
		0: "", 15 * time.Minute: "", -15 * time.Minute: "",
		15*time.Minute + time.Second: "Signature expired", -15*time.Minute - time.Second: "Signature not yet current",
	} {
		r := request(t, "GET", "/", "", "X-Amz-Date", exampleDate)
		sign(r, []string{"host", "x-amz-date"}, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
		err := example(func(o *Options) { o.Now = func() time.Time { return signedAt.Add(late) } }).Verify(r, nil)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s late: %v, want %q", late, err, want)
		}
	}
	// A Date header does where there is no X-Amz-Date.
	r := request(t, "GET", "/", "", "Date", signedAt.Format(http.TimeFormat))
	sign(r, []string{"date", "host"}, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
	if err := example().Verify(r, nil); err != nil {
		t.Error(err)
	}
}

// TestWire verifies what the AWS CLI and the JavaScript SDK signed, labels with
// slashes and ARNs among them.
func TestWire(t *testing.T) {
	logs, err := filepath.Glob(filepath.Join(corpus.Dir(t, "aws"), "wire", "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	verified := 0
	for _, log := range logs {
		f, err := os.Open(log)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var sent struct {
				Method, URL, Body string
				Headers           map[string]string
			}
			if err := json.Unmarshal(lines.Bytes(), &sent); err != nil {
				t.Fatal(err)
			}
			r := request(t, sent.Method, sent.URL, sent.Body)
			for name, value := range sent.Headers {
				r.Header.Set(name, value)
			}
			r.Host = sent.Headers["host"]
			if strings.Contains(r.Header.Get("Authorization"), "amz-sdk-invocation-id") {
				continue // the log has left that header out
			}
			at, err := time.Parse(timeFormat, sent.Headers["x-amz-date"])
			if err != nil {
				t.Fatal(err)
			}
			v := New(Options{AccessKey: exampleAccess, SecretKey: "secret", Service: "mediatailor", Now: func() time.Time { return at }})
			if err := v.Verify(r, []byte(sent.Body)); err != nil {
				t.Errorf("%s: %s %s: %v", filepath.Base(log), sent.Method, sent.URL, err)
			}
			verified++
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	if verified < 20 {
		t.Errorf("only %d requests were verified", verified)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("GET", "/a%2Fb?x=1&y", authorize("host;x-amz-date", "00"), "body")
	f.Add("PUT", "/", "AWS4-HMAC-SHA256 Credential=/////, SignedHeaders=;;host, Signature==", "")
	f.Fuzz(func(t *testing.T, method, target, header, body string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		r := &http.Request{Method: method, URL: u, Header: http.Header{
			"Authorization": {header}, "X-Amz-Date": {exampleDate},
		}, Host: "example.amazonaws.com"}
		if err := example().Verify(r, []byte(body)); err == nil {
			t.Errorf("%q is accepted", header)
		}
	})
}
