// Package transcodecache prepares creatives for splicing: creative × profile →
// asset. A profile says what the content's renditions are like; an asset is
// the creative encoded to equal them, cut into files that can stand in the
// content's place.
//
// The way of a creative: Lookup sees it for the first time, answers
// creative_new and queues a job (package jobs); a worker of Run fetches the file, refuses
// what is not media, measures its loudness, and has one ffmpeg process decode it
// once and write every rendition along one plan of cuts (package prepare); what ffmpeg wrote
// is checked against the plan, renamed into place as a whole and recorded in the
// index (package stock). From then on Lookup answers from memory.
//
// What is shown is keyed by the content of a file (package identity). A source, which is a
// URL as one configuration and ad server use it, leads to a content, and is
// asked at intervals whether it still does. A failure belongs to the source.
//
// A streaming creative (avail.Creative.Streaming) takes the same way, but for
// ffmpeg: it is an HLS or DASH presentation that others have conditioned, whose
// segments are listed as they are. Package imported finds a rendition of it for each
// of the content's and holds it to everything that a transcoded one has by
// construction; what doesn't fit is refused with its reason. Only its length
// and its loudness are what they are.
//
// # How to add a codec
//
// Add it to profile/codecs.go (how playlists and ffprobe name it) and to encode/encoder.go
// (how it is encoded); a row in encode_test.go shows that the result equals
// its model.
package transcodecache
