// Package audit derives every decision again from the input topics and compares
// it with what was published.
//
// For each partition it reads the settings, the rerouted settings and the
// activity from their beginnings, and the decision batches in order. Each batch
// says which settings it had taken into account; the audit applies exactly
// those, decides the batch's records with the policy that it names at the time
// that it names, and compares verdict, reason, rule and record id. From what was
// decided follows what must lie in the output topics, to the byte; receipts,
// retractions and dead letters follow from the settings.
//
// It shares the judge with the processor, so it finds what was lost, doubled,
// reordered, decided against settings that were there, or written by somebody
// else; a fault of the judge itself it repeats. docs/RELIABILITY.md says what
// looks for those.
//
// What lies below a log start, or was superseded under its key in a compacted
// topic, is counted as expired.
package audit
