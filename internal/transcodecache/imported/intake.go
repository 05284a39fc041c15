package imported

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"stitcher/internal/avail"
	"stitcher/internal/egress"
	"stitcher/internal/transcodecache/download"
)

// Playlists fetches the playlists of streaming creatives. Other than a Fetcher
// it says where an answer came from: ad servers redirect, and what a playlist
// names is relative to its last URL (RFC 3986 §5.1.3).
type Playlists interface {
	Do(ctx context.Context, r egress.Request) (*egress.Response, error)
}

// maxPlaylist bounds a playlist of a creative: ten minutes in segments of half
// a second, each with a signed URL, are as much.
const maxPlaylist = 512 << 10

// intake fetches the parts of one streaming creative into a job's directory,
// each once, and all together no more than a creative may have.
type intake struct {
	playlists Playlists
	fetcher   download.Client
	dir       string
	left      int64 // bytes
	// files are the names of what was fetched, by URL.
	files map[string]string
}

// playlist fetches a playlist and says where it came from.
func (in *intake) playlist(ctx context.Context, address string) ([]byte, *url.URL, error) {
	if in.playlists == nil {
		return nil, nil, errors.New("no client to fetch playlists is configured")
	}
	a, err := in.playlists.Do(ctx, egress.Request{URL: address, MaxBytes: maxPlaylist})
	if err == nil && a.Status != http.StatusOK {
		err = &egress.StatusError{Status: a.Status}
	}
	if err != nil {
		return nil, nil, refuse(avail.CreativeUnfetchable, "fetch its playlist %s: %w", egress.Redact(address), err)
	}
	return a.Body, a.URL, nil
}

// file fetches a file and gives its name within dir.
func (in *intake) file(ctx context.Context, address string) (string, error) {
	if name, ok := in.files[address]; ok {
		return name, nil
	}
	name := fmt.Sprintf("file-%d", len(in.files))
	f, err := os.Create(filepath.Join(in.dir, name))
	if err != nil {
		return "", err
	}
	defer f.Close()
	capped := &download.Capped{W: f, Left: in.left}
	_, err = in.fetcher.DownloadIf(ctx, address, egress.Validators{}, in.left, capped)
	if err == nil {
		err = f.Close()
	}
	if err == nil && capped.Left == in.left {
		err = errors.New("it is empty")
	}
	if err != nil {
		return "", refuse(avail.CreativeUnfetchable, "fetch its file %s: %w", egress.Redact(address), err)
	}
	in.left, in.files[address] = capped.Left, name
	return name, nil
}

// sibling resolves a URI of a playlist. Conditioned creatives name their parts
// relatively (reference §5.4); what lies on another server is refused, so that
// a playlist can't send this one anywhere.
func sibling(base *url.URL, uri string) (string, error) {
	u, err := base.Parse(uri)
	if err != nil {
		return "", fmt.Errorf("its URI %q is not a URL", egress.Redact(uri))
	}
	if u.Scheme != base.Scheme || u.Host != base.Host {
		return "", fmt.Errorf("its URI %q leads to another server", egress.Redact(uri))
	}
	u.Fragment = ""
	return u.String(), nil
}
