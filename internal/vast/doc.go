// Package vast turns what ad servers answer into ads: it follows wrapper chains, merges
// the trackers of a chain outermost first, and gives the order of play. Its sub-packages
// read the documents (VAST 1 to 4.3, DAAST and VMAP 1.0.1), choose media files and
// replace macros.
//
// A response goes through ParseResponse, then Unwrapper.Unwrap, or UnwrapBreak for each
// break of a VMAP, then Offer, which gives the ads in the order of the configuration's
// SequencingMode. A fault of one ad or break is not an error of the whole response: the
// ad carries its avail.Reason and the Error URLs of its chain, and the others go on.
package vast
