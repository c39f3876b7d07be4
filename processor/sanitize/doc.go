// Package sanitize finds credentials, payment data and personal identifiers in
// free text, and replaces each by its type in square brackets.
//
// A Redactor is the set of types that are wanted; a Scanner works for one
// goroutine and reuses its memory. A text passes one table-driven scan for
// triggers; plain text has none and is returned as it is. Around a trigger the
// text is normalised, with a map back to the original bytes, and the trigger's
// detectors are asked. Overlapping findings are settled by class, then length.
//
// What it cannot find is said in docs/sanitizer.md: names of persons, facts
// told in words, images.
package sanitize
