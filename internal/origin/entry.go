package origin

import (
	"encoding/json"
	"strconv"

	"stitcher/internal/avail"
)

// BoundKey is the key of a boundary of an avail in the ledger.
func BoundKey(k avail.Key, sequence int64) string {
	return "bound/" + k.String() + "/" + strconv.FormatInt(sequence, 10)
}

// EndRecord is the end of an avail in the ledger.
type EndRecord struct {
	End   int64    `json:"end"`
	Cause EndCause `json:"cause"`
}

// Encode is a value as the ledger has it. It cannot fail, because entries consist of
// numbers and strings.
func Encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("ledger record: " + err.Error())
	}
	return b
}
