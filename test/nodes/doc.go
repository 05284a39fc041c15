// Package nodes tests several processes of stitcher over one Redis: viewers whose
// requests go to any of them, while processes are killed and Redis is restarted and
// stopped.
package nodes
