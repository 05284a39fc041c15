package demo

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"stitcher/internal/demo/atomicfile"
)

// What the journal keeps is bounded: all who reach the demo can write to it.
const (
	maxEntries = 2000
	maxValue   = 512
	maxValues  = 32
	// rewriteAfter is how many lines the file may have.
	rewriteAfter = 4 * maxEntries
)

// Kinds of entry.
const (
	kindAds    = "ads"
	kindBeacon = "beacon"
)

// entry is a request that the ad server received.
type entry struct {
	// Number counts from 1, over restarts too.
	Number int64     `json:"number"`
	Time   time.Time `json:"time"`
	Kind   string    `json:"kind"`
	Method string    `json:"method"`
	// Query has the first value of each parameter.
	Query map[string]string `json:"query,omitempty"`
	// Headers are those of kept that the request had.
	Headers map[string]string `json:"headers,omitempty"`
	// Ads are what was answered to a request for ads.
	Ads []string `json:"ads,omitempty"`
}

// kept are the headers by which an ad server knows the viewer.
var kept = [...]string{"User-Agent", "X-Forwarded-For", "X-Device-Ip", "X-Device-User-Agent"}

// journal is what the ad server has received, the newest maxEntries of it. It
// is kept in a file as well: after a restart the log page must still tell
// whether a beacon was lost.
type journal struct {
	now func() time.Time

	mu      sync.Mutex
	file    *os.File
	lines   int
	path    string
	entries []entry
	last    int64
}

func openJournal(path string, now func() time.Time) (*journal, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	j := &journal{now: now, path: path}
	if err := j.load(); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if err := j.rewrite(); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	return j, nil
}

// load reads the file. A last line that a kill cut short is dropped.
func (j *journal) load() error {
	file, err := os.Open(j.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewReader(file)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var e entry
		if json.Unmarshal(line, &e) == nil {
			j.keep(e)
		}
	}
}

// rewrite writes the file anew, with what is kept.
func (j *journal) rewrite() error {
	var data []byte
	for i := range j.entries {
		line, err := json.Marshal(&j.entries[i])
		if err != nil {
			return err
		}
		data = append(append(data, line...), '\n')
	}
	if err := atomicfile.Replace(j.path, data); err != nil {
		return err
	}
	file, err := os.OpenFile(j.path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if j.file != nil {
		j.file.Close()
	}
	j.file, j.lines = file, len(j.entries)
	return nil
}

// add records a request; answered, where set, names the ads for its number.
func (j *journal) add(kind string, r *http.Request, answered func(number int64) []string) error {
	e := entry{Time: j.now(), Kind: kind, Method: r.Method,
		Query: first(r.URL.Query()), Headers: make(map[string]string)}
	for _, name := range kept {
		if v := r.Header.Get(name); v != "" {
			e.Headers[name] = clip(v)
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	e.Number = j.last + 1
	if answered != nil {
		e.Ads = answered(e.Number)
	}
	line, err := json.Marshal(&e)
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	j.keep(e)
	if j.lines >= rewriteAfter {
		return j.rewrite()
	}
	j.lines++
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// keep appends an entry and lets the oldest go.
func (j *journal) keep(e entry) {
	j.last = max(j.last, e.Number)
	j.entries = append(j.entries, e)
	if n := len(j.entries); n > maxEntries {
		j.entries = append(j.entries[:0:0], j.entries[n-maxEntries:]...)
	}
}

// since are the entries with a number above n, oldest first.
func (j *journal) since(n int64) []entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	list := []entry{}
	for i := range j.entries {
		if j.entries[i].Number > n {
			list = append(list, j.entries[i])
		}
	}
	return list
}

func (j *journal) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.file.Close()
}

func first(q url.Values) map[string]string {
	m := make(map[string]string)
	for k, v := range q {
		if len(m) == maxValues {
			break
		}
		m[clip(k)] = clip(v[0])
	}
	return m
}

func clip(s string) string {
	if len(s) > maxValue {
		return s[:maxValue]
	}
	return s
}
