//go:build !unix

package sizing

import "time"

func cpu() time.Duration { return 0 }
