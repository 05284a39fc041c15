// Package httpapi holds what the viewer plane and the admin plane share: the
// metrics of requests, the settings of the HTTP server, and in package adapter what
// makes HTTP of a handler. The planes themselves are sub-packages; they parse,
// call, and render.
package httpapi
