package vast

import (
	"html"
	"strings"
)

const (
	// signalingType is the type of the Extension whose text manifests tell (MediaTailor's
	// custom_vast_data).
	signalingType = "creative_signaling"
	// maxSignaling bounds it: it stands in each manifest that shows the ad.
	maxSignaling = 1 << 10
)

// Signaling is the text of the ad's Extension of type creative_signaling; "" without one,
// and where it is too long.
func (a *Ad) Signaling() string {
	for _, x := range a.Details().Extensions {
		if !strings.EqualFold(x.Type, signalingType) {
			continue
		}
		text := strings.TrimSpace(x.Content)
		if inner, ok := strings.CutPrefix(text, "<![CDATA["); ok {
			text = strings.TrimSpace(strings.TrimSuffix(inner, "]]>"))
		} else {
			text = html.UnescapeString(text)
		}
		if len(text) <= maxSignaling {
			return text
		}
	}
	return ""
}
