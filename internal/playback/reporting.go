package playback

// Who sends the beacons of a session.
const (
	ReportingServer = "server"
	// ReportingClient leaves them to the player, which has the tracking document.
	ReportingClient = "client"
	// ReportingHybrid sends beacons and gives the tracking document too:
	// "server" asked for in an explicit session (reference §2.2).
	ReportingHybrid = "hybrid"
)
