package config

import (
	"fmt"
	"strings"

	"stitcher/internal/playback"
)

// AliasError is a player parameter that names no alias; players are told with
// 400 (reference §4.3).
type AliasError struct {
	// Variable is the variable, such as "player_params.cdn".
	Variable string
	// Missing is whether the player did not send the parameter at all.
	Missing bool
}

func (e *AliasError) Error() string {
	if e.Missing {
		return fmt.Sprintf("the playback configuration needs the parameter %s", e.Variable)
	}
	return fmt.Sprintf("the value of the parameter %s is not an alias in the playback configuration", e.Variable)
}

// Resolve replaces the variables of a template that are configuration aliases
// by the values that the player's parameters choose. Parameters are named
// without "player_params.". Other variables stay as they are, unless they stand
// in the domain: a player chooses a host through aliases only (design §9). What
// the parameters don't choose is "", but in the domain, where it is an error (the
// user guide's "fallback behavior for missing aliases"). The error is an
// *AliasError.
func (c *Configuration) Resolve(template string, params map[string]string) (string, error) {
	domain, rest := splitDomain(template)
	for _, name := range variables(domain) {
		if !c.isAlias(name) {
			return "", &AliasError{Variable: name}
		}
	}
	domain, err := c.replace(domain, params)
	if err != nil {
		return "", err
	}
	rest, _ = c.replace(rest, params)
	return domain + rest, nil
}

// ResolveFile is Resolve for the URL of a file. All its aliases must be chosen, because a
// file name with a missing part names no file.
func (c *Configuration) ResolveFile(template string, params map[string]string) (string, error) {
	if _, err := c.replace(template, params); err != nil {
		return "", err
	}
	return c.Resolve(template, params)
}

// replace replaces the aliases in a part of a template. The error is the first
// that the parameters don't choose; it stands for "".
func (c *Configuration) replace(part string, params map[string]string) (string, error) {
	if strings.IndexByte(part, '[') < 0 {
		return part, nil
	}
	var failed error
	resolved := variable.ReplaceAllStringFunc(part, func(s string) string {
		name := s[1 : len(s)-1]
		if !c.isAlias(name) {
			return s
		}
		alias, sent := params[strings.TrimPrefix(name, playback.PlayerParams)]
		value, ok := c.Aliases[name][alias]
		switch {
		case sent && ok:
			return value
		case failed == nil:
			failed = &AliasError{Variable: name, Missing: !sent}
		}
		return ""
	})
	return resolved, failed
}

// Resolved are the members of a configuration that a session's choice of aliases
// shapes (reference §4.3).
type Resolved struct {
	// Source is the content source, AdPrefix and ContentPrefix are the CDN
	// prefixes.
	Source, AdPrefix, ContentPrefix string
	// ADS and PreRollADS are the templates of ad requests; variables that are
	// no alias are still in them.
	ADS, PreRollADS string
}

// ResolveAll resolves every member whose alias a session has to name: without
// it there is no host to ask, so the session must not start. The error is an
// *AliasError, which players are told with 400.
func (c *Configuration) ResolveAll(params map[string]string) (Resolved, error) {
	var r Resolved
	for _, m := range []struct {
		to       *string
		template string
	}{
		{&r.Source, c.VideoContentSourceURL},
		{&r.AdPrefix, c.CDN.AdSegmentURLPrefix},
		{&r.ContentPrefix, c.CDN.ContentSegmentURLPrefix},
		{&r.ADS, c.AdDecisionServerURL},
		{&r.PreRollADS, c.LivePreRoll.AdDecisionServerURL},
	} {
		var err error
		if *m.to, err = c.Resolve(m.template, params); err != nil {
			return Resolved{}, err
		}
	}
	return r, nil
}

// AliasValues are the values that the player's parameters choose, by variable
// with its "player_params."; what they do not choose is "". Headers and bodies
// of ad requests are filled with them.
func (c *Configuration) AliasValues(params map[string]string) map[string]string {
	if len(c.Aliases) == 0 {
		return nil
	}
	values := make(map[string]string, len(c.Aliases))
	for name, aliases := range c.Aliases {
		alias, sent := params[strings.TrimPrefix(name, playback.PlayerParams)]
		if values[name] = ""; sent {
			values[name] = aliases[alias]
		}
	}
	return values
}

// splitDomain cuts a template after its scheme and authority. A variable may
// stand for both, so everything before the first slash that ends a host counts.
func splitDomain(template string) (domain, rest string) {
	start := 0
	if i := strings.Index(template, "://"); i >= 0 && !strings.ContainsAny(template[:i], "/?#") {
		start = i + len("://")
	}
	if i := strings.IndexAny(template[start:], "/?#"); i >= 0 {
		return template[:start+i], template[start+i:]
	}
	return template, ""
}
