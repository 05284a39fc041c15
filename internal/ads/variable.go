package ads

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// errHost says that a template's host depends on the request. Hosts come from
// configuration aliases only, which are replaced before: a player must not
// choose where requests go.
var errHost = errors.New("the host of the ad request URL contains a variable")

// longestVariable bounds the search for a variable's closing bracket.
const longestVariable = 256

// namespaces are what dynamic variables begin with; other text in brackets is
// none of ours and stays.
var namespaces = []string{"session.", "avail.", "scte.", "player_params.", "asset."}

// lookup gives the value of a dynamic variable; "" is unresolved.
type lookup func(name string) string

// expand replaces the dynamic variables [name] of an ad request URL. Values
// are URL-encoded. What can't be resolved becomes empty and is logged.
func (d *Decider) expand(ctx context.Context, r *Request, template string) (string, error) {
	host := authority(template)
	if replace(host, func(string) string { return "" }) != host {
		return "", errHost
	}
	v := &variables{request: r, random: d.random()}
	var missing []string
	expanded := replace(template, func(name string) string {
		value := v.value(name)
		if value == "" {
			missing = append(missing, name)
		}
		return strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
	})
	if len(missing) > 0 {
		d.log.DebugContext(ctx, "variables of the ad request are empty", "session", r.Session.ID,
			"avail", r.Avail.String(), "variables", missing)
	}
	u, err := url.Parse(expanded)
	if err != nil {
		return "", fmt.Errorf("expand ad request URL: %s", withoutURL(err))
	}
	if u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", errors.New("expand ad request URL: not an absolute http URL")
	}
	return expanded, nil
}

// replace puts values in the place of all variables of a template.
func replace(template string, value lookup) string {
	var out strings.Builder
	for {
		from := strings.IndexByte(template, '[')
		if from < 0 {
			break
		}
		out.WriteString(template[:from])
		template = template[from:]
		to := strings.IndexByte(template[:min(len(template), longestVariable)], ']')
		if to > 0 && isVariable(template[1:to]) {
			out.WriteString(value(template[1:to]))
			template = template[to+1:]
			continue
		}
		out.WriteByte('[')
		template = template[1:]
	}
	out.WriteString(template)
	return out.String()
}

// isVariable tells whether a name is in one of the namespaces.
func isVariable(name string) bool {
	for _, n := range namespaces {
		if strings.HasPrefix(name, n) {
			return true
		}
	}
	return false
}

// authority is what stands between "://" and the path.
func authority(rawURL string) string {
	_, after, _ := strings.Cut(rawURL, "://")
	if end := strings.IndexAny(after, "/?#"); end >= 0 {
		return after[:end]
	}
	return after
}
