package sigv4

import "fmt"

// Error is why a request is refused, in the words of AWS; all are answered with
// 403 (reference §1.3).
type Error struct {
	// Code is the x-amzn-ErrorType, such as "InvalidSignatureException".
	Code string
	// Message tells the client. It holds nothing of the secret key.
	Message string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

func incomplete(format string, args ...any) *Error {
	return &Error{"IncompleteSignature", fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) *Error {
	return &Error{"InvalidSignatureException", fmt.Sprintf(format, args...)}
}
