// Package rule names the rules of MPDs, says where each is written, and what breaks one.
package rule
