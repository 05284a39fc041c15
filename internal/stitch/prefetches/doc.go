// Package prefetches retrieves ads before the avails that they are for, as prefetch schedules
// say (MediaTailor reference §1.5), and gives what was retrieved to the avails that match.
package prefetches
