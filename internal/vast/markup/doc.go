// Package markup reads the XML that ad servers send: tokens (Scanner), elements (Node)
// and values such as durations, numbers and links. It is more lenient than XML where ad
// servers are, and it refuses document types, so that no entity is ever defined.
//
// Names of elements, attributes and events are read in any case and under their older
// names (spelling.go). URLs are absolute from here on: Link and Resolve take a URL's text
// and the URL of its document.
package markup
