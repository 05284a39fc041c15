package preflight

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"stitcher/internal/egress"
	"stitcher/internal/playback/config"
)

// Fetcher sends requests by the rules of the service; egress.Client is one.
type Fetcher interface {
	Do(ctx context.Context, r egress.Request) (*egress.Response, error)
}

// maxBody bounds what is read of an answer.
const maxBody = 4 << 20

// Hosts are the probes of the servers that configurations name: the origins, the ad
// servers, slates and bumpers. An ad server is asked for its root, because a request for
// ads would count in its reports. Each URL is tried once; the first configuration that
// names it is shown.
func Hosts(f Fetcher, list []*config.Configuration) []Probe {
	var probes []Probe
	seen := map[string]bool{}
	add := func(what, name, address string, try func(context.Context) (string, error)) {
		if key := what + " " + address; address != "" && !seen[key] {
			seen[key] = true
			probes = append(probes, Probe{Name: what + " of " + name, Try: try})
		}
	}
	for _, c := range list {
		add("origin", c.Name, c.VideoContentSourceURL, func(ctx context.Context) (string, error) { return reach(ctx, f, c.VideoContentSourceURL) })
		add("ad server", c.Name, root(c.AdDecisionServerURL), func(ctx context.Context) (string, error) { return reach(ctx, f, root(c.AdDecisionServerURL)) })
		add("ad server", c.Name+"'s pre-roll", root(c.LivePreRoll.AdDecisionServerURL), func(ctx context.Context) (string, error) {
			return reach(ctx, f, root(c.LivePreRoll.AdDecisionServerURL))
		})
		add("slate", c.Name, c.SlateAdURL, func(ctx context.Context) (string, error) { return media(ctx, f, c.SlateAdURL) })
		add("start bumper", c.Name, c.Bumper.StartURL, func(ctx context.Context) (string, error) { return media(ctx, f, c.Bumper.StartURL) })
		add("end bumper", c.Name, c.Bumper.EndURL, func(ctx context.Context) (string, error) { return media(ctx, f, c.Bumper.EndURL) })
	}
	return probes
}

// root is the URL of a server alone. A URL whose host depends on the player's parameters
// is left as it is.
func root(address string) string {
	scheme, rest, found := strings.Cut(address, "://")
	if !found {
		return address
	}
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, "?")
	return scheme + "://" + host + "/"
}

// reach asks a server. Any status below 500 shows that it is there: the URL of a source is
// the beginning of other URLs and may be none itself.
func reach(ctx context.Context, f Fetcher, address string) (string, error) {
	if strings.ContainsAny(address, "[]") && hasVariable(address) {
		return "not tried, because its address depends on the player's parameters", nil
	}
	resp, err := f.Do(ctx, egress.Request{URL: address, MaxBytes: maxBody})
	if err != nil {
		return "", fmt.Errorf("%s: %w", host(address), err)
	}
	if resp.Status >= http.StatusInternalServerError {
		return "", fmt.Errorf("%s answers %d", host(address), resp.Status)
	}
	return fmt.Sprintf("%s answers %d", host(address), resp.Status), nil
}

// media asks for the beginning of a file that must be there.
func media(ctx context.Context, f Fetcher, address string) (string, error) {
	resp, err := f.Do(ctx, egress.Request{Method: http.MethodHead, URL: address, MaxBytes: maxBody})
	if err != nil {
		return "", fmt.Errorf("%s: %w", host(address), err)
	}
	if resp.Status >= http.StatusBadRequest && resp.Status != http.StatusMethodNotAllowed && resp.Status != http.StatusNotImplemented {
		return "", fmt.Errorf("%s answers %d", host(address), resp.Status)
	}
	return fmt.Sprintf("%s answers %d", host(address), resp.Status), nil
}

// hasVariable is whether a URL has a variable such as [player_params.cdn] in its host. The
// brackets of an IPv6 address are no variable.
func hasVariable(address string) bool {
	u, err := url.Parse(root(address))
	return err != nil || strings.Contains(u.Host, "[") && !strings.Contains(u.Hostname(), ":")
}

// host is what a line shows of a URL, whose path and query may have secrets.
func host(address string) string { return strings.TrimSuffix(root(address), "/") }
