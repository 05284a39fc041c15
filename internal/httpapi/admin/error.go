package admin

import (
	"fmt"
	"net/http"

	"stitcher/internal/httpapi/adapter"
	"stitcher/internal/playback/awsapi"
	"stitcher/internal/playback/config"
	"stitcher/internal/playback/prefetch"
	"stitcher/internal/report"
	"stitcher/internal/sigv4"
	"stitcher/internal/stitch/explain"
	"stitcher/internal/stitch/recording"
	"stitcher/internal/transcodecache"
)

// errorTable is what clients are told. MediaTailor models one error for its
// control API, BadRequestException (reference §1.3); the others are common to
// AWS services.
var errorTable = adapter.Table{
	adapter.As(func(e *sigv4.Error) *adapter.Error {
		return &adapter.Error{Status: http.StatusForbidden, Type: e.Code, Public: e.Message, Err: e}
	}),
	adapter.As(func(e *awsapi.ValidationError) *adapter.Error { return refused(e) }),
	adapter.As(func(e *config.LimitError) *adapter.Error { return refused(e) }),
	adapter.As(func(e *prefetch.ExistsError) *adapter.Error { return refused(e) }),
	adapter.As(func(e *prefetch.LimitError) *adapter.Error { return refused(e) }),
	adapter.Is(refused, awsapi.ErrMalformed, awsapi.ErrToken, transcodecache.ErrPrewarm, transcodecache.ErrNotFailed),
	adapter.Is(func(err error) *adapter.Error {
		return &adapter.Error{Status: http.StatusConflict, Type: "ConflictException", Public: err.Error(), Err: err}
	}, transcodecache.ErrInUse),
	adapter.As(func(e *report.QueryError) *adapter.Error { return refused(e) }),
	adapter.Is(func(err error) *adapter.Error { return adapter.NotFound(err.Error()) },
		config.ErrNotFound, prefetch.ErrNotFound, explain.ErrNoSession, recording.ErrNotRecorded, transcodecache.ErrUnknownAsset),
}

// refused is a 400 in the error's own words.
func refused(err error) *adapter.Error { return adapter.BadRequest("%s", err.Error()) }

func forbidden(format string, args ...any) *adapter.Error {
	return &adapter.Error{Status: http.StatusForbidden, Type: "AccessDeniedException", Public: fmt.Sprintf(format, args...)}
}

func unknownOperation() *adapter.Error {
	return &adapter.Error{Status: http.StatusNotFound, Type: "UnknownOperationException", Public: "there is no operation at this path"}
}
