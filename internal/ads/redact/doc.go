// Package redact takes out of texts and decisions what must not be kept or shown of a
// viewer: consent strings, credentials, ids of persons and devices, parts of addresses.
//
// To add a name whose values are not kept, add it to secrets in redact.go.
package redact
