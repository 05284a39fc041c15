package markup

import "testing"

var limits = Limits{Bytes: 1 << 20, Depth: 8, Elements: 100, Attrs: 8}

// TestNode: every part of an element is where it stands in the text, whatever its
// white space and quotes, and its values are decoded.
func TestNode(t *testing.T) {
	text := "\ufeff<?xml version='1.0'?><!-- <x> -->\n<a:R xmlns:a='u' k = \"1 &lt; 2\" >\n t1 <!-- no --><![CDATA[<&>]]><b/><a:c d='&#x41;&#66;'>in</a:c > &amp; t2</a:R>\n<!-- end -->"
	doc, err := Parse([]byte(text), limits)
	if err != nil {
		t.Fatal(err)
	}
	r := doc.Root
	if r.Prefix != "a" || r.Name != "R" || r.Get("k") != "1 < 2" || r.Get("none") != "" {
		t.Errorf("%+v", r)
	}
	if got := r.Text(); got != "t1 <&> & t2" {
		t.Errorf("text %q", got)
	}
	if got := string(r.Source(r.Find("k").Whole)); got != ` k = "1 &lt; 2"` {
		t.Errorf("attribute %q", got)
	}
	if r.Child("b") != nil || r.Any("b") == nil {
		t.Error("b is of no namespace")
	}
	c := r.Child("c")
	if c.Get("d") != "AB" || string(c.Bytes()) != "<a:c d='&#x41;&#66;'>in</a:c >" || string(c.Source(c.Inner())) != "in" || string(c.Source(c.Close)) != "</a:c >" {
		t.Errorf("c is %q, in it %q", c.Bytes(), c.Source(c.Inner()))
	}
	if b := r.Any("b"); !b.Close.Empty() || b.Inner().From != b.Inner().To || string(b.Source(b.Open)) != "<b/>" {
		t.Errorf("%+v", b)
	}
	if got := string(doc.Text[:c.NameEnd()]); got[len(got)-4:] != "<a:c" {
		t.Errorf("name ends at %q", got)
	}
}

// TestEncode: what is encoded decodes to itself, and can stand in an attribute.
func TestEncode(t *testing.T) {
	for _, s := range []string{"", "plain", `a&b<c>d"e'f`, "tab\tline\nreturn\r", "é漢"} {
		if got := Decode([]byte(Encode(s))); got != s {
			t.Errorf("%q becomes %q", s, got)
		}
		doc, err := Parse([]byte(`<a b="`+Encode(s)+`"/>`), limits)
		if err != nil || doc.Root.Get("b") != s {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// FuzzParse: the parts of a tree lie within each other, in order.
func FuzzParse(f *testing.F) {
	f.Add([]byte("<a b='c'><d/>e<f>g</f></a>"))
	f.Add([]byte("<?xml?><!--c--><a:b><![CDATA[x]]>&#65;</a:b>"))
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := Parse(text, limits)
		if err != nil {
			return
		}
		var check func(n *Node, within Span)
		check = func(n *Node, within Span) {
			if n.Span.From < within.From || n.Span.To > within.To || n.Open.From != n.Span.From || n.Open.To > n.Span.To {
				t.Errorf("%s at %v of %v", n.Name, n.Span, within)
			}
			at := n.Inner().From
			n.Text()
			for _, a := range n.Attrs {
				n.Get(a.Name)
			}
			for _, c := range n.Children {
				check(c, Span{at, n.Inner().To})
				at = c.Span.To
			}
		}
		check(doc.Root, Span{0, len(text)})
	})
}
