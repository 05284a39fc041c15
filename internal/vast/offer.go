package vast

import (
	"cmp"
	"slices"
)

// SequencingMode is a configuration's AdSequencingMode.
type SequencingMode string

// The modes; "" is IgnoreSequence.
const (
	IgnoreSequence     SequencingMode = "IGNORE_AD_SEQUENCE"
	FollowSequence     SequencingMode = "FOLLOW_AD_SEQUENCE"
	FollowSequenceLive SequencingMode = "FOLLOW_AD_SEQUENCE_ONLY_LIVE"
	FollowSequenceVOD  SequencingMode = "FOLLOW_AD_SEQUENCE_ONLY_VOD"
)

// Follow tells whether the mode follows sequences in live or VOD content.
func (m SequencingMode) Follow(live bool) bool {
	return m == FollowSequence || m == FollowSequenceLive && live || m == FollowSequenceVOD && !live
}

// Offer calls take with each ad of a Result in the order of play, ads with a Reason
// included, each once. take returns true if it shows the ad.
//
// If sequences are not followed, the order is that of the documents. If they are, pods are
// offered by sequence. If an ad of a pod is not shown, stand-alone ads are offered in its
// place until one is shown: first those of its own response, then the others (MediaTailor's
// ad buffet). The spare ads are the stand-alone ads that were not offered.
func Offer(ads []Ad, follow bool, take func(*Ad) bool) (spare []*Ad) {
	all := make([]*Ad, len(ads))
	for i := range ads {
		all[i] = &ads[i]
	}
	if !follow {
		slices.SortStableFunc(all, func(a, b *Ad) int { return cmp.Compare(a.Index, b.Index) })
		for _, ad := range all {
			take(ad)
		}
		return nil
	}
	alone := slices.DeleteFunc(slices.Clone(all), func(a *Ad) bool { return a.Sequence > 0 })
	for _, ad := range all {
		if ad.Sequence == 0 {
			continue
		}
		taken := take(ad) || ad.NoSubstitute
		for !taken && len(alone) > 0 {
			i := substitute(alone, ad.Group)
			taken = take(alone[i])
			alone = slices.Delete(alone, i, i+1)
		}
	}
	return alone
}

// substitute is the index of the stand-alone ad to try in the place of one of
// a group.
func substitute(alone []*Ad, group int) int {
	return max(0, slices.IndexFunc(alone, func(a *Ad) bool { return a.Group == group }))
}
