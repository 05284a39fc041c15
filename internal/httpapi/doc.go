// Package httpapi holds what the viewer plane and the admin plane share: the
// metrics of requests and the settings of the HTTP server. The planes
// themselves are its sub-packages; they parse, call, and render.
package httpapi
