package document

import (
	"bytes"
	"strings"

	"stitcher/internal/vast/markup"
)

// maxCampaign is how long the name of a campaign may be, in bytes.
const maxCampaign = 256

// campaign is the campaign that an <Extension> names, "" if it names none. VAST
// has no element for it, so ad servers put it into extensions: as an element
// (Campaign, CampaignId, campaign_name) or as an attribute of any element
// (campaignId="7"). The first one counts.
func campaign(extension []byte) string {
	if !bytes.Contains(extension, []byte("ampaign")) && !bytes.Contains(extension, []byte("AMPAIGN")) {
		return ""
	}
	s := &markup.Scanner{In: extension}
	inside := false
	for {
		t, err := s.Next()
		if err != nil {
			return ""
		}
		found := ""
		switch t.Kind {
		case markup.StartTag:
			inside = namesCampaign(t.Name)
			for _, a := range t.Attributes {
				if namesCampaign(a.Name) || inside && strings.EqualFold(string(a.Name), "id") {
					found = string(markup.Unescape(a.Value))
					break
				}
			}
		case markup.CharData:
			found = string(markup.Unescape(t.Text))
		case markup.CDATA:
			found = string(t.Text)
		case markup.EndTag:
			inside = false
		}
		if (t.Kind == markup.CharData || t.Kind == markup.CDATA) && !inside {
			continue
		}
		if found = strings.TrimSpace(string(markup.PrintableOnly([]byte(found)))); found != "" && len(found) <= maxCampaign {
			return found
		}
	}
}

// namesCampaign tells whether an element or attribute is the id or name of a
// campaign.
func namesCampaign(name []byte) bool {
	switch strings.ReplaceAll(strings.ToLower(string(name)), "_", "") {
	case "campaign", "campaignid", "campaignname":
		return true
	}
	return false
}
