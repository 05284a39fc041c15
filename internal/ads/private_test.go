package ads

import "stitcher/internal/playback"

const (
	tcf = "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA.YAAAAAAAAAAA"
	gpp = "DBABMA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YNN"
)

// viewer is a session whose parameters must not be kept.
func viewer() *playback.Session {
	return &playback.Session{
		ID: "6ba7b810-9dad-41d1-80b4-00c04fd430c8",
		AdsParams: map[string]string{
			"gdpr_consent": tcf, "us_privacy": "1YNN", "custom": gpp, "idfa": "EA7583CD-A667-48BC-B806-42ECB2B48606",
			"email": "jo+x@mail.example", "deviceType": "ipad", "gdpr": "1",
		},
		PlayerParams: map[string]string{"auth-token": "s3cret/token", "cdn": "pdx"},
		Viewer:       playback.Viewer{IP: "203.0.113.77", ForwardedFor: "203.0.113.77, 2001:db8:1:2::3, unknown-hop"},
	}
}
