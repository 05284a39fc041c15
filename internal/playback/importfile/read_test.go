package importfile

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRead reads one configuration in each form that AWS tools write, and wants the same
// requests from all.
func TestRead(t *testing.T) {
	for file, place := range map[string]string{"get.json": "", "list.json": "Items[0]", "template.json": "Resources.Channel"} {
		t.Run(file, func(t *testing.T) {
			items, err := Read(read(t, file))
			if err != nil {
				t.Fatal(err)
			}
			if len(items) == 0 || items[0].Place != place || items[0].Name != "channel-1" {
				t.Fatalf("items %+v", items)
			}
			checkJSON(t, items[0].Put, `{
				"Name": "channel-1", "AdDecisionServerUrl": "https://ads.example.com/vast?sid=[session.id]",
				"VideoContentSourceUrl": "https://origin.example.com/live", "PersonalizationThresholdSeconds": 2,
				"ManifestProcessingRules": {"AdMarkerPassthrough": {"Enabled": true}}, "tags": {"team": "sports"}}`)
			checkJSON(t, items[0].Logs, `{"PlaybackConfigurationName": "channel-1", "PercentEnabled": 10}`)
		})
	}
}

// checkJSON compares values; members that the API shows and does not take are ignored.
func checkJSON(t *testing.T, got []byte, want string) {
	t.Helper()
	var a, b map[string]any
	if err := json.Unmarshal(got, &a); err != nil {
		t.Fatalf("%s: %v", got, err)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{"PlaybackConfigurationArn", "PlaybackEndpointPrefix", "SessionInitializationEndpointPrefix", "HlsConfiguration", "DashConfiguration", "CdnConfiguration", "EnabledLoggingStrategies"} {
		delete(a, shown)
	}
	x, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	if string(x) != string(y) {
		t.Errorf("got  %s\nwant %s", x, y)
	}
}

// TestRefused names what is wrong and where.
func TestRefused(t *testing.T) {
	const valid = `"VideoContentSourceUrl":"https://o.example/","AdDecisionServerUrl":"https://a.example/"`
	for _, c := range []struct{ name, file, want string }{
		{"no JSON", "Resources:\n", "the file is not JSON"},
		{"nothing", `{"Items":[]}`, "no playback configuration"},
		{"another template", `{"Resources":{"B":{"Type":"AWS::S3::Bucket"}}}`, "no playback configuration"},
		{"null", `null`, "no playback configuration"},
		{"a number in a list", `[1]`, "[0]: must be an object"},
		{"what is invalid is named with its place", `{"Items":[{"Name":"a",` + valid + `},{"Name":"b","VideoContentSourceUrl":"ftp://x"}]}`, "Items[1]: "},
		{"two of one name", `[{"Name":"a",` + valid + `},{"Name":"a",` + valid + `}]`, `[1]: the name "a" is that of [0] too`},
		{"a reference", `{"Resources":{"C":{"Type":"AWS::MediaTailor::PlaybackConfiguration","Properties":{"Name":"a","CdnConfiguration":{"AdSegmentUrlPrefix":{"Fn::Sub":"https://${Cdn}"}}}}}}`,
			"Resources.C: CdnConfiguration.AdSegmentUrlPrefix: CloudFormation resolves Fn::Sub"},
		{"no properties", `{"Resources":{"C":{"Type":"AWS::MediaTailor::PlaybackConfiguration"}}}`, "Resources.C: the resource has no Properties"},
		{"tags without value", `{"Resources":{"C":{"Type":"AWS::MediaTailor::PlaybackConfiguration","Properties":{"Name":"a",` + valid + `,"Tags":[{"Key":"x"}]}}}}`, "Tags[0]: must have Key and Value"},
		{"bad logs", `{"Name":"a",` + valid + `,"LogConfiguration":{"PercentEnabled":101}}`, "LogConfiguration: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read([]byte(c.file))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	if _, err := Read([]byte(`{}`)); !errors.Is(err, ErrNone) {
		t.Errorf("an empty object: %v", err)
	}
}

// FuzzRead reads any file without a panic, and gives no item without a name.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"get.json", "list.json", "template.json"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		items, err := Read(file)
		for _, item := range items {
			if item.Name == "" {
				t.Errorf("an item without a name, error %v", err)
			}
		}
	})
}
