// Package registry talks to a Confluent-compatible schema registry.
//
// What matters to a caller is why a question was not answered. Either the
// registry says no, and will say it again: ErrNotFound, ErrNotAvro, ErrRejected.
// A record then gets its verdict. Or it does not answer: any other error. It is
// away, it wants another password, something else listens at its address; all of
// that passes, and until then whoever asks has to wait, since a verdict is for
// good. In doubt an answer counts as none (answer.go).
//
// Schemas of an id never change, so what was fetched is kept; a no is not, since
// a schema may be registered a moment later. Callers that ask the same at the
// same time share one request.
package registry
