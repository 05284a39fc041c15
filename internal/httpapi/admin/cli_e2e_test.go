//go:build e2e

package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// cli is the real AWS CLI against a plane.
type cli struct {
	path, endpoint string
	env            []string
}

func newCLI(t *testing.T, change ...func(*Options)) *cli {
	t.Helper()
	// Debian's package first: make test installs it, and its version is known.
	path, err := exec.LookPath("/usr/bin/aws")
	if err != nil {
		path, err = exec.LookPath("aws")
	}
	if err != nil {
		t.Fatal("this test drives the AWS CLI, which is not installed: apt-get install awscli, or pip install awscli")
	}
	server := httptest.NewServer(newFixture(t, change...))
	t.Cleanup(server.Close)
	return (&cli{path: path, endpoint: server.URL}).as("AKIDEXAMPLE", "secret")
}

// as is the CLI with other keys. It sees nothing of the configuration of
// whoever runs the test.
func (c *cli) as(access, secret string) *cli {
	other := *c
	other.env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "AWS_") })
	other.env = append(other.env,
		"AWS_ACCESS_KEY_ID="+access, "AWS_SECRET_ACCESS_KEY="+secret,
		"AWS_DEFAULT_REGION=us-east-1", "AWS_REGION=us-east-1", "AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_MAX_ATTEMPTS=1",
		"HTTP_PROXY=", "http_proxy=", "LC_ALL=C.UTF-8",
	)
	return &other
}

// run runs a command of "aws mediatailor".
func (c *cli) run(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	all := append([]string{"mediatailor", "--endpoint-url", c.endpoint, "--output", "json"}, args...)
	cmd := exec.CommandContext(t.Context(), c.path, all...)
	var out, complaint bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = c.env, &out, &complaint
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), complaint.String(), cmd.ProcessState.ExitCode()
}

// ok is the answer of a command that must go well.
func (c *cli) ok(t *testing.T, args ...string) answer {
	t.Helper()
	out, complaint, code := c.run(t, args...)
	if code != 0 {
		t.Fatalf("aws %s: exit %d: %s", strings.Join(args, " "), code, complaint)
	}
	a := answer{text: out}
	if out != "" {
		if err := json.Unmarshal([]byte(out), &a.json); err != nil {
			t.Fatalf("aws %s: %v in %s", strings.Join(args, " "), err, out)
		}
	}
	return a
}

// refused is a command that must fail, and print each of wants.
func (c *cli) refused(t *testing.T, wants []string, args ...string) {
	t.Helper()
	out, complaint, code := c.run(t, args...)
	if code == 0 {
		t.Fatalf("aws %s went well: %s", strings.Join(args, " "), out)
	}
	for _, want := range wants {
		if !strings.Contains(complaint, want) {
			t.Errorf("aws %s: %q is not in %s", strings.Join(args, " "), want, complaint)
		}
	}
}

func put(name string) string {
	b, err := json.Marshal(map[string]any{
		"Name": name, "VideoContentSourceUrl": "http://origin.example/live", "AdDecisionServerUrl": "http://ads.example/?a=[session.id]&b=1",
		"ConfigurationAliases": map[string]any{"player_params.cdn": map[string]any{"a": "cdn-a.example"}},
	})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// TestCLI walks the life of configurations whose names need percent-encoding.
func TestCLI(t *testing.T) {
	c := newCLI(t)
	names := []string{"a/b", "münchen", "news", "second conf"}
	for _, name := range names {
		a := c.ok(t, "put-playback-configuration", "--cli-input-json", put(name), "--tags", "team=x")
		got := c.ok(t, "get-playback-configuration", "--name", name)
		if !reflect.DeepEqual(a.json, got.json) {
			t.Errorf("put shows %s, get %s", a.text, got.text)
		}
		if got.at("Name") != name || got.at("DashConfiguration.MpdLocation") != "EMT_DEFAULT" || got.at("PlaybackConfigurationArn") != account.ARN(name) {
			t.Errorf("get shows %s", got.text)
		}
		if v, _ := got.at("HlsConfiguration.ManifestEndpointPrefix").(string); !strings.HasPrefix(v, "http://127.0.0.1:8080/v1/master/"+account.Hash()+"/") {
			t.Errorf("manifest prefix %q", v)
		}
	}
	// The CLI pages by itself, with the tokens that it is given.
	page := c.ok(t, "list-playback-configurations", "--page-size", "1")
	var listed []string
	items, _ := page.at("Items").([]any)
	for _, item := range items {
		listed = append(listed, item.(map[string]any)["Name"].(string))
	}
	if !reflect.DeepEqual(listed, names) {
		t.Errorf("list shows %v", listed)
	}
	if one := c.ok(t, "list-playback-configurations", "--max-items", "1"); one.at("NextToken") == nil {
		t.Errorf("no token in %s", one.text)
	}
	for _, name := range names {
		if out := c.ok(t, "delete-playback-configuration", "--name", name); out.text != "" {
			t.Errorf("delete prints %s", out.text)
		}
		c.refused(t, []string{"(NotFoundException)", name}, "get-playback-configuration", "--name", name)
	}
}

func TestCLITagsAndLogs(t *testing.T) {
	c := newCLI(t)
	c.ok(t, "put-playback-configuration", "--cli-input-json", put("a/b ü"))
	arn := account.ARN("a/b ü")
	c.ok(t, "tag-resource", "--resource-arn", arn, "--tags", "k1=v1,k2=v2,k3=v 3")
	c.ok(t, "untag-resource", "--resource-arn", arn, "--tag-keys", "k1", "k2")
	if got := c.ok(t, "list-tags-for-resource", "--resource-arn", arn); !reflect.DeepEqual(got.at("Tags"), map[string]any{"k3": "v 3"}) && !reflect.DeepEqual(got.at("tags"), map[string]any{"k3": "v 3"}) {
		t.Errorf("tags %s", got.text)
	}
	logs := c.ok(t, "configure-logs-for-playback-configuration", "--playback-configuration-name", "a/b ü", "--percent-enabled", "20")
	if logs.at("PercentEnabled") != 20.0 {
		t.Errorf("logs %s", logs.text)
	}
	if got := c.ok(t, "get-playback-configuration", "--name", "a/b ü"); got.at("LogConfiguration.PercentEnabled") != 20.0 {
		t.Errorf("log settings of %s", got.text)
	}
	c.refused(t, []string{"(BadRequestException)", "ResourceArn"}, "list-tags-for-resource", "--resource-arn", "arn:aws:s3:::bucket")
}

// TestCLIRefused: a bad value prints the error's name and the member.
func TestCLIRefused(t *testing.T) {
	c := newCLI(t)
	c.refused(t, []string{"(BadRequestException)", "SlateAdUrl must be an http or https URL"},
		"put-playback-configuration", "--name", "x", "--slate-ad-url", "slate.mp4")
	c.refused(t, []string{"(BadRequestException)", "AvailSuppression.Value must be a time as HH:MM:SS"},
		"put-playback-configuration", "--name", "x", "--avail-suppression", "Mode=BEHIND_LIVE_EDGE,Value=5s")
	c.refused(t, []string{"(NotFoundException)", "nope"}, "delete-playback-configuration", "--name", "nope")
	c.refused(t, []string{"(UnknownOperationException)"}, "list-channels")
}

// TestCLISigned: with keys set, what is signed with them is answered, and
// nothing else.
func TestCLISigned(t *testing.T) {
	c := newCLI(t, func(o *Options) { o.AccessKey, o.SecretKey = "AKIDEXAMPLE", "right/+secret" })
	right := c.as("AKIDEXAMPLE", "right/+secret")
	right.ok(t, "put-playback-configuration", "--cli-input-json", put("a b/ü"), "--tags", "k=v")
	right.ok(t, "get-playback-configuration", "--name", "a b/ü")
	right.ok(t, "list-playback-configurations", "--page-size", "1")
	right.ok(t, "untag-resource", "--resource-arn", account.ARN("a b/ü"), "--tag-keys", "z", "a/b", "k")
	right.ok(t, "delete-playback-configuration", "--name", "a b/ü")
	c.as("AKIDEXAMPLE", "wrong").refused(t, []string{"(InvalidSignatureException)"}, "list-playback-configurations")
	c.as("AKIDOTHER", "right/+secret").refused(t, []string{"(UnrecognizedClientException)"}, "list-playback-configurations")
	right.refused(t, []string{"(MissingAuthenticationTokenException)"}, "list-playback-configurations", "--no-sign-request")
}
