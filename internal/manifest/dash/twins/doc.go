// Package twins makes the text of the Period of an ad: each of its AdaptationSets is the
// twin of one of the content, and each Representation that of one of the content's, so that
// players go from the one to the other (T2, T4, T5).
package twins
