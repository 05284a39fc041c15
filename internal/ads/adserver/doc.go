// Package adserver sends requests to ad servers: the ad decision server and every server
// that a wrapper names. It bounds the requests to each host, shares the time of a manifest
// request among its avails (Budget) and records what was asked and answered (Trace).
package adserver
