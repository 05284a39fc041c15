package service

import (
	"stitcher/internal/stitch/admission"
	"stitcher/internal/stitch/service/fault"
	"stitcher/internal/stitch/service/start"
)

// admit refuses a session that is one too many.
func (s *Service) admit(r *start.Request) error {
	cause, wait := s.arrivals.Take(r.Client, r.Configuration, s.opt.Now())
	if wait <= 0 {
		return nil
	}
	s.opt.Metrics.refused.WithLabelValues(string(cause)).Inc()
	public := "too many sessions were started of this playback configuration"
	if cause == admission.ByAddress {
		public = "too many sessions were started from this address"
	}
	return &fault.Error{Status: 429, Type: "ThrottlingException", Public: public, RetryAfter: wait}
}
