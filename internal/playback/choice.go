package playback

import "maps"

// PlayerParams begins the names of variables whose values the player gives.
const PlayerParams = "player_params."

// Choices are the parameters that choose among aliases: the player's parameters, and the
// ads parameters for names that those do not have (the user guide: "playerParams is
// supported as an alternative to ads and adsParams").
func Choices(ads, player map[string]string) map[string]string {
	switch {
	case len(ads) == 0:
		return player
	case len(player) == 0:
		return ads
	}
	all := maps.Clone(ads)
	maps.Copy(all, player)
	return all
}

// Choices are the session's parameters that choose among aliases.
func (s *Session) Choices() map[string]string { return Choices(s.AdsParams, s.PlayerParams) }
