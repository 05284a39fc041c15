package pod

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"stitcher/internal/avail"
	"stitcher/internal/vast"
)

// record is what a decision keeps of an ad.
func (p *Pod) record(ad *vast.Ad) *avail.Ad {
	session := p.options.Session
	reporting := session.Reporting
	record := ad.Record()
	record.TransactionID, record.BreakPosition, record.BreakMaxDuration = p.from.Transaction, int(p.from.Position), p.options.Longest
	if session.Signaling != "" {
		record.Signaling = ad.Signaling()
	}
	if reporting == "client" || reporting == "hybrid" {
		if raw, err := json.Marshal(ad.Details()); err == nil {
			record.Raw = raw
		}
	}
	if reporting == "server" {
		record.Track("impression", unverified(ad))
	}
	return record
}

// unverified are the verificationNotExecuted URLs of an ad, because a server runs no
// verification code (VAST 4.3 §3.17, field failure B-62).
func unverified(ad *vast.Ad) []string {
	const event = "verificationNotExecuted"
	if !slices.ContainsFunc(ad.Raw, func(raw []byte) bool { return bytes.Contains(raw, []byte(event)) }) {
		return nil
	}
	var list []string
	for _, v := range ad.Details().Verifications {
		for _, t := range v.Trackers {
			if t.Event == event {
				// 2: the player supports no verification.
				list = append(list, strings.NewReplacer("[REASON]", "2", "%5BREASON%5D", "2", "%5breason%5d", "2").Replace(t.URL))
			}
		}
	}
	return list
}
