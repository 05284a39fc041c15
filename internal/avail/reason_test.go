package avail

import (
	"slices"
	"testing"
)

// TestErrorCodes pins the code of every reason: a server that counts errors
// by code must find what VAST 4.3 §2.3.6.3 says, and nothing else.
func TestErrorCodes(t *testing.T) {
	want := map[Reason]int{
		VASTInvalid: 101, NotLinear: 201, NotOverlay: 201, AdTooLong: 202, AdTooShort: 202, CategoryBlocked: 205,
		EarlyReturn: 206, WrapperInvalid: 300, AdsTimeout: 301, AdsError: 301,
		WrapperLimit: 302, AdsEmpty: 303, CreativeUnfetchable: 401, RenditionMissing: 403,
		ContainerMismatch: 403, SegmentTooLong: 403, TranscodeFailed: 405,
		CreativeNew: 407, CreativeTranscoding: 407,
		ImpressionInvalid: 101, FrameworkRequired: 403,
	}
	for _, r := range Reasons() {
		code, listed := want[r]
		if !listed {
			code = 900
		}
		if got := r.VAST(); got != code {
			t.Errorf("%s is %d, want %d", r, got, code)
		}
	}
	for r, n := range names {
		if !slices.Contains(Reasons(), r) || n.mediaTailor == "" {
			t.Errorf("%q is no reason, or has no name", r)
		}
	}
	for s, want := range map[Skip]string{
		{Reason: CreativeTranscoding}:                  "TRANSCODE_IN_PROGRESS",
		{Reason: CreativeTranscoding, Streaming: true}: "IMPORT_IN_PROGRESS",
		{Reason: TranscodeFailed}:                      "TRANSCODE_ERROR",
		{Reason: TranscodeFailed, Streaming: true}:     "IMPORT_ERROR",
		{Reason: CreativeUnfetchable}:                  "MEDIA_FILE_UNAVAILABLE",
		{Reason: CreativeUnfetchable, Streaming: true}: "IMPORT_ERROR",
		{Reason: CreativeNew, Streaming: true}:         "NEW_CREATIVE",
		{Reason: ContainerMismatch, Streaming: true}:   "NO_VARIANT_MATCH",
	} {
		if got := s.MediaTailor(); got != want {
			t.Errorf("%+v is %s, want %s", s, got, want)
		}
	}
	if len(names) != len(Reasons()) {
		t.Errorf("%d of %d reasons are named", len(names), len(Reasons()))
	}
}
