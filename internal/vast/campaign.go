package vast

import (
	"bytes"
	"strings"
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
	s := &scanner{in: extension}
	inside := false
	for {
		t, err := s.next()
		if err != nil {
			return ""
		}
		found := ""
		switch t.kind {
		case startTag:
			inside = namesCampaign(t.name)
			for _, a := range t.attributes {
				if namesCampaign(a.name) || inside && strings.EqualFold(string(a.name), "id") {
					found = string(unescape(a.value))
					break
				}
			}
		case charData:
			found = string(unescape(t.text))
		case cdata:
			found = string(t.text)
		case endTag:
			inside = false
		}
		if (t.kind == charData || t.kind == cdata) && !inside {
			continue
		}
		if found = strings.TrimSpace(string(printableOnly([]byte(found)))); found != "" && len(found) <= maxCampaign {
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
