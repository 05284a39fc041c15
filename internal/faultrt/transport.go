package faultrt

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
)

// ErrInjected is the error of requests that a rule fails.
var ErrInjected = errors.New("a fault was injected")

// Fault answers a request in its own way; next is what would have answered it.
type Fault func(r *http.Request, next http.RoundTripper) (*http.Response, error)

// Rule chooses the fault of a request; nil is none.
type Rule func(r *http.Request) Fault

// Transport applies the first rule that has a fault for a request.
type Transport struct {
	next  http.RoundTripper
	rules []Rule
}

// New puts rules before next.
func New(next http.RoundTripper, rules ...Rule) *Transport {
	return &Transport{next: next, rules: rules}
}

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	for _, rule := range t.rules {
		if f := rule(r); f != nil {
			return f(r, t.next)
		}
	}
	return t.next.RoundTrip(r)
}

// Always is the rule that every request has a fault.
func Always(f Fault) Rule { return func(*http.Request) Fault { return f } }

// OnHost applies a rule to the requests to one host, without its port if host
// has none.
func OnHost(host string, rule Rule) Rule {
	return func(r *http.Request) Fault {
		if strings.EqualFold(r.URL.Host, host) || strings.EqualFold(r.URL.Hostname(), host) {
			return rule(r)
		}
		return nil
	}
}

// FirstN is the rule that the first n requests it sees have a fault.
func FirstN(n int64, f Fault) Rule {
	var seen atomic.Int64
	return func(*http.Request) Fault {
		if seen.Add(1) <= n {
			return f
		}
		return nil
	}
}

// While applies a rule as long as a switch is on.
func While(on *atomic.Bool, rule Rule) Rule {
	return func(r *http.Request) Fault {
		if on.Load() {
			return rule(r)
		}
		return nil
	}
}
