package sigv4

import (
	"slices"
	"strings"
)

// maxSignedHeaders bounds the headers of a signature; SDKs sign about ten.
const maxSignedHeaders = 64

// authorization is a parsed Authorization header.
type authorization struct {
	access, date, region, service string
	// headers are the signed headers, in lower case and in order.
	headers   []string
	signature string
}

// parseAuthorization reads
//
//	AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request,
//	SignedHeaders=host;x-amz-date, Signature=HEX
func parseAuthorization(header string) (authorization, error) {
	var a authorization
	if header == "" {
		return a, &Error{"MissingAuthenticationTokenException", "Missing Authentication Token"}
	}
	scheme, rest, _ := strings.Cut(header, " ")
	if scheme != algorithm {
		return a, incomplete("The Authorization header must begin with %s.", algorithm)
	}
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		fields[name] = value
	}
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if fields[name] == "" {
			return a, incomplete("Authorization header requires '%s' parameter.", name)
		}
	}
	// An access key may hold slashes, the rest of the scope not.
	scope := strings.Split(fields["Credential"], "/")
	n := len(scope)
	if n < 5 || scope[n-1] != terminator {
		return a, incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.")
	}
	a.access = strings.Join(scope[:n-4], "/")
	a.date, a.region, a.service = scope[n-4], scope[n-3], scope[n-2]
	a.signature = fields["Signature"]
	a.headers = strings.Split(strings.ToLower(fields["SignedHeaders"]), ";")
	if len(a.headers) > maxSignedHeaders {
		return a, incomplete("There are more than %d signed headers.", maxSignedHeaders)
	}
	if !slices.Contains(a.headers, "host") {
		return a, invalid("'Host' must be a 'SignedHeader' in the AWS Authorization.")
	}
	return a, nil
}
