package document

import (
	"strings"
	"testing"
)

// TestCampaign: the campaign stands in an extension, under one of the names that ad
// servers use; an inline ad's counts before that of its wrapper.
func TestCampaign(t *testing.T) {
	for _, c := range []struct{ extension, want string }{
		{`<Extension type="x"><Campaign>summer</Campaign></Extension>`, "summer"},
		{`<Extension><A><CAMPAIGN_ID><![CDATA[ 7 & 8 ]]></CAMPAIGN_ID></A></Extension>`, "7 & 8"},
		{`<Extension><Info campaignId="4&amp;2" creative="9"/></Extension>`, "4&2"},
		{`<Extension><campaign id="11">late</campaign></Extension>`, "11"},
		{`<Extension><Campaign></Campaign><campaignName>b</campaignName></Extension>`, "b"},
		{`<Extension><Url>http://x/?campaignId=3</Url></Extension>`, ""},
		{`<Extension><Campaign>` + strings.Repeat("x", maxCampaign+1) + `</Campaign></Extension>`, ""},
		{`<Extension><Campaign><b/>text</Campaign></Extension>`, ""},
	} {
		if got := campaign([]byte(c.extension)); got != c.want {
			t.Errorf("campaign of %s is %q, want %q", c.extension, got, c.want)
		}
	}
}
