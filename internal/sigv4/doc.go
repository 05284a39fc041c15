// Package sigv4 verifies AWS Signature Version 4 of requests, as the AWS CLI and
// SDKs make it in the Authorization header (AWS General Reference, "Create a
// signed AWS API request"), and makes it.
package sigv4
