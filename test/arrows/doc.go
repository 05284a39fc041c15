// Package arrows holds the house to its plan: who may import whom.
package arrows
