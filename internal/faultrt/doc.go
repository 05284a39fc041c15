// Package faultrt injects faults where they happen in the field: at the
// http.RoundTripper. Rules decide for each request what becomes of it.
//
//	rt := faultrt.New(next, faultrt.OnHost("ads.example", faultrt.FirstN(2, faultrt.Fail)))
package faultrt
