package dash

// leastShared is how long a stretch of the body has to be in a viewer's MPD to be
// worth a note.
const leastShared = 1024
