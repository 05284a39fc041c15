// Package apitest checks HTTP answers against api/openapi.yaml, for tests.
//
// Transport and Handler pass requests on and report each answer that the
// document does not describe: an unknown path, method, status or media type, a
// missing header, or a body that its schema does not allow.
package apitest
