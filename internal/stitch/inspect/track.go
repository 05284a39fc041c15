package inspect

import "time"

// trackKey names a media playlist of a session.
type trackKey struct {
	session   string
	rendition int
}

// track is a media playlist that is followed.
type track struct {
	ours, origin version
	// at is when the last answer was planned.
	at time.Time
	// blamed are the rules that the origin broke, and when it last did.
	blamed map[string]time.Time
}

// version is the last state of a playlist.
type version struct{ last any }

// next is what a new state breaks by itself and as an update of the last one.
func (v *version) next(m *Manifest, text []byte, ours bool) []finding {
	document, found := m.Format.read(text, m.At, ours)
	if v.last != nil {
		found = append(found, m.Format.update(v.last, document)...)
	}
	v.last = document
	return found
}

// track is what is known of a manifest's playlist; nil where the manifest is older than
// one that was inspected, or where no more playlists are followed.
func (i *Inspector) track(m *Manifest) *track {
	key := trackKey{m.Session, m.Rendition}
	t := i.tracks[key]
	if t == nil {
		if len(i.tracks) >= maxTracks {
			i.forget(m.At)
		}
		if len(i.tracks) >= maxTracks {
			return nil
		}
		t = &track{blamed: map[string]time.Time{}}
		i.tracks[key] = t
	} else if m.At.Before(t.at) {
		return nil
	}
	t.at = m.At
	return t
}

// forget gives up playlists that were not asked for.
func (i *Inspector) forget(now time.Time) {
	for key, t := range i.tracks {
		if now.Sub(t.at) > forget {
			delete(i.tracks, key)
		}
	}
}
