package attack

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// door is a way by which somebody who is not trusted has the program ask a URL.
type door struct {
	name string
	// open has it ask all the URLs.
	open func(t *testing.T, w *world, p *program, name string, urls []string)
}

// doors are all of them. name is unique to each call.
var doors = []door{
	{"origin", func(t *testing.T, w *world, p *program, name string, urls []string) {
		for i, url := range urls {
			if one := fmt.Sprint(name, i); p.configure(t, one, map[string]any{"VideoContentSourceUrl": url, "AdDecisionServerUrl": w.base + "/ads/none"}) {
				p.play(t, one, "index.m3u8")
			}
		}
	}},
	{"variant", func(t *testing.T, w *world, p *program, name string, urls []string) {
		w.put(name+"/index.m3u8", multivariant(urls...))
		p.configure(t, name, w.members(name, ""))
		base := "http://" + p.viewer + "/v1/master/0/" + name + "/"
		for line := range strings.Lines(do(t, http.MethodGet, base+"index.m3u8", "").body) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				do(t, http.MethodGet, resolve(t, base+"index.m3u8", line), "")
			}
		}
	}},
	{"segment", func(t *testing.T, w *world, p *program, name string, urls []string) {
		for i, url := range urls {
			one := fmt.Sprint(name, i)
			w.put(one+"/index.m3u8", multivariant("v.m3u8"))
			w.put(one+"/v.m3u8", strings.NewReplacer("content0.ts", url, "content1.ts", url, "content2.ts", url, "content3.ts", url, "content4.ts", url, "content5.ts", url).Replace(w.vod()))
			p.configure(t, one, w.members(one, "none"))
			p.play(t, one, "index.m3u8")
		}
	}},
	{"map", func(t *testing.T, w *world, p *program, name string, urls []string) {
		for i, url := range urls {
			one := fmt.Sprint(name, i)
			w.put(one+"/index.m3u8", multivariant("v.m3u8"))
			w.put(one+"/v.m3u8", strings.Replace(strings.ReplaceAll(w.vod(), ".ts", ".m4s"), "#EXTINF", "#EXT-X-MAP:URI=\""+url+"\"\n#EXTINF", 1))
			p.configure(t, one, w.members(one, "none"))
			p.play(t, one, "index.m3u8")
		}
	}},
	{"ad server", func(t *testing.T, w *world, p *program, name string, urls []string) {
		for i, url := range urls {
			one := fmt.Sprint(name, i)
			members := w.members("", "")
			members["AdDecisionServerUrl"] = url
			if p.configure(t, one, members) {
				p.play(t, one, "index.m3u8")
			}
		}
	}},
	{"wrapper", answered(func(_ *world, urls []string) string {
		var all []string
		for i, url := range urls {
			all = append(all, fmt.Sprintf("<Ad id=\"w%d\"><Wrapper><AdSystem>x</AdSystem><Impression>http://127.0.0.1:1/</Impression><VASTAdTagURI><![CDATA[%s]]></VASTAdTagURI></Wrapper></Ad>", i, url))
		}
		return vast(all...)
	})},
	{"VMAP", answered(func(_ *world, urls []string) string {
		var b strings.Builder
		b.WriteString(`<vmap:VMAP xmlns:vmap="http://www.iab.net/videosuite/vmap" version="1.0">`)
		for i, url := range urls {
			fmt.Fprintf(&b, `<vmap:AdBreak timeOffset="00:00:0%d" breakType="linear" breakId="b%d"><vmap:AdSource id="s"><vmap:AdTagURI templateType="vast3"><![CDATA[%s]]></vmap:AdTagURI></vmap:AdSource></vmap:AdBreak>`, i%4, i, url)
		}
		b.WriteString(`</vmap:VMAP>`)
		return b.String()
	})},
	{"media file", answered(func(_ *world, urls []string) string {
		var all []string
		for i, url := range urls {
			all = append(all, inline(fmt.Sprint("m", i), "video/mp4", url, "http://127.0.0.1:1/"))
		}
		return vast(all...)
	})},
	{"error beacon", answered(func(_ *world, urls []string) string {
		var b strings.Builder
		for _, url := range urls {
			fmt.Fprintf(&b, "<Error><![CDATA[%s]]></Error>", url)
		}
		return vast(b.String())
	})},
	{"impression", func(t *testing.T, w *world, p *program, name string, urls []string) {
		w.answer(name, vast(inline("prepared", "video/mp4", w.base+"/creative.mp4", urls...)))
		p.configure(t, name, w.members("", name))
		var url, text string
		eventually(t, "the creative is prepared", func() bool {
			url, text = p.play(t, name, "index.m3u8")
			return strings.Contains(text, "/segment/")
		})
		for line := range strings.Lines(text) {
			if strings.Contains(line, "/segment/") {
				do(t, http.MethodGet, resolve(t, url, strings.TrimSpace(line)), "")
			}
		}
	}},
	{"slate", configured(func(members map[string]any, url string) { members["SlateAdUrl"] = url })},
	{"bumper", configured(func(members map[string]any, url string) {
		members["Bumper"] = map[string]any{"StartUrl": url, "EndUrl": url}
	})},
	{"streaming creative", func(t *testing.T, w *world, p *program, name string, urls []string) {
		var all []string
		for i, url := range urls {
			file := fmt.Sprintf("%s/creative%d.m3u8", name, i)
			w.put(file, multivariant(url))
			all = append(all, inline(fmt.Sprint("s", i), "application/x-mpegURL", url, "http://127.0.0.1:1/"), inline(fmt.Sprint("t", i), "application/x-mpegURL", w.base+"/"+file, "http://127.0.0.1:1/"))
		}
		w.answer(name, vast(all...))
		members := w.members("", name)
		members["AdConditioningConfiguration"] = map[string]any{"StreamingMediaFileConditioning": "NONE"}
		p.configure(t, name, members)
		p.play(t, name, "index.m3u8")
	}},
}

// answered is a door in the ad server's answer.
func answered(document func(w *world, urls []string) string) func(*testing.T, *world, *program, string, []string) {
	return func(t *testing.T, w *world, p *program, name string, urls []string) {
		w.answer(name, document(w, urls))
		p.configure(t, name, w.members("", name))
		p.play(t, name, "index.m3u8")
	}
}

// configured is a door in the configuration, for clips that are prepared when a
// session starts.
func configured(set func(members map[string]any, url string)) func(*testing.T, *world, *program, string, []string) {
	return func(t *testing.T, w *world, p *program, name string, urls []string) {
		for i, url := range urls {
			one := fmt.Sprint(name, i)
			members := w.members("", "none")
			set(members, url)
			if p.configure(t, one, members) {
				p.play(t, one, "index.m3u8")
			}
		}
	}
}

// members are those of a configuration whose content lies below a path of the
// origin and whose ad server answers as name.
func (w *world) members(below, name string) map[string]any {
	return map[string]any{"VideoContentSourceUrl": strings.TrimSuffix(w.base+"/"+below, "/"), "AdDecisionServerUrl": w.base + "/ads/" + name}
}

// put is what the origin answers at a path.
func (w *world) put(path, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.content["/"+path] = text
}

// answer is what the ad server answers.
func (w *world) answer(name, document string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ads[name] = document
}

// TestForbiddenAddresses: no door leads to an address that is neither public nor
// allowed, written in whatever way, directly or by a redirect.
func TestForbiddenAddresses(t *testing.T) {
	for _, d := range doors {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p := serve(t)
			name := strings.ReplaceAll(d.name, " ", "-")
			direct := w.forms()
			var redirected []string
			for _, url := range direct {
				redirected = append(redirected, w.to(url))
			}
			// The door is open: what may be reached is.
			for kind, url := range map[string]string{"direct": w.allowed() + "a", "redirect": w.to(w.allowed() + "b")} {
				before := w.touched.Load()
				d.open(t, w, p, name+"-control-"+kind, []string{url})
				eventually(t, "the control ("+kind+") touches the canary", func() bool { return w.touched.Load() > before })
			}
			p.idle(t)
			before := w.touched.Load()
			d.open(t, w, p, name+"-direct", direct)
			d.open(t, w, p, name+"-redirect", redirected)
			p.idle(t)
			// What is asked behind the answers, in turn, is asked when this is.
			fence := newCanary(t)
			d.open(t, w, p, name+"-fence", []string{fence.allowed()})
			eventually(t, "what was asked last is asked", func() bool { return fence.touched.Load() > 0 })
			if n := w.touched.Load() - before; n > 0 {
				t.Errorf("the canary was touched %d times", n)
			}
		})
	}
}

// idle waits until no creative is being prepared and no beacon waits.
func (p *program) idle(t *testing.T) {
	t.Helper()
	eventually(t, "nothing is prepared any more", func() bool { return p.metric(t, "stitcher_transcode_jobs") == 0 })
}
