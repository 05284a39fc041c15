// Package tracking sends beacons. What was watched comes in as a trigger, which
// is durable before the viewer is answered; a sender expands it to the ad's
// tracking URLs and calls them, each until it is delivered or an hour is over.
// A URL is called at least once, whatever dies, and triggered once, however
// often a player repeats its request.
package tracking
