package registry

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"github.com/twmb/franz-go/pkg/sr"
)

// Errors that are final.
var (
	// ErrNotFound: the registry has no schema of that id, or lacks one that it
	// refers to.
	ErrNotFound = errors.New("no such schema")
	// ErrNotAvro: it has one of another type, or one that is larger than any
	// that is read.
	ErrNotAvro = errors.New("not an Avro schema")
	// ErrRejected: the registry refuses the schema, since it is incompatible
	// with an earlier one, invalid or too large.
	ErrRejected = errors.New("the registry rejects the schema")
)

// Results that an observer is told.
const (
	resultOK          = "ok"
	resultRefused     = "refused"
	resultUnavailable = "unavailable"
)

// Results are all that an observer can be told.
func Results() []string { return []string{resultOK, resultRefused, resultUnavailable} }

// Codes of refusals (422) that say something of the registry's state and nothing
// of the schema: it may take the same one later.
var passing = map[int]bool{
	42203: true, // compatibility level
	42204: true, // mode
	42205: true, // operation not permitted: read-only, or importing
	42206: true, // a reference exists
}

// answered sorts the outcome of a request, and tells the observer. It returns
// nil, one of the final errors, or another, which says that there was no answer.
func (c *Client) answered(operation string, err error) error {
	result, err := sortAnswer(operation, err)
	c.observe(operation, result)
	return err
}

func sortAnswer(operation string, err error) (result string, _ error) {
	if err == nil {
		return resultOK, nil
	}
	if errors.Is(err, errBodyTooLarge) {
		if operation == opSchema || operation == opReference {
			return resultRefused, fmt.Errorf("%w: its answer is over %d bytes", ErrNotAvro, maxBodyBytes)
		}
		return resultUnavailable, err
	}
	var answer *sr.ResponseError
	if !errors.As(err, &answer) {
		return resultUnavailable, err
	}
	switch status := answer.StatusCode; {
	case operation == opRegister && isRejection(status, answer.ErrorCode):
		return resultRefused, fmt.Errorf("%w (%d): %s", ErrRejected, status, message(answer))
	case operation != opRegister && status == http.StatusNotFound && answer.ErrorCode/100 == 404:
		// The registry's own code: a 404 without one comes from something else
		// at that address, such as a proxy or a wrong path, which has not said
		// that there is no such schema.
		return resultRefused, ErrNotFound
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return resultUnavailable, fmt.Errorf("the registry denies access (%d)", status)
	default:
		return resultUnavailable, fmt.Errorf("the registry answers %d: %s", status, message(answer))
	}
}

// isRejection says whether a status is about the schema's content.
func isRejection(status, code int) bool {
	switch status {
	case http.StatusConflict, http.StatusRequestEntityTooLarge:
		return true
	case http.StatusUnprocessableEntity:
		return !passing[code]
	}
	return false
}

// maxMessage bounds what is told of an answer, in characters.
const maxMessage = 256

// message is what an answer says, as one short line: it may be a page of HTML.
func message(answer *sr.ResponseError) string {
	text := strings.Join(strings.FieldsFunc(answer.Error(), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	n := 0
	for i := range text {
		if n++; n > maxMessage {
			return text[:i] + "…"
		}
	}
	return text
}
