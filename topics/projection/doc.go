// Package projection turns an annotated schema and a purpose into the schema of
// what leaves, and into a program over Avro bytes that writes it.
//
// The program is a tree of instructions beside the writer's types: skip this
// value, copy that span, replace this string by a pseudonym, redact that text,
// write null in place of a value whose category the member forbids. It runs
// over the value's own bytes and appends to the caller's buffer; no value is
// ever decoded into Go, and a field without an instruction cannot be reached.
//
// Choices where the specification of the output leaves some:
//   - Type names are the purpose, a dot and the writer's full name. A record
//     type that projects differently in two places (its fields' categories come
//     from what holds it) is written under two names, the second with `_2`.
//   - A union whose record branch has nothing publishable inside writes null in
//     its place; a null branch is added in front where there is none.
//   - A field that can hold nothing but nulls has nothing to publish and is dropped.
//     A map's keys are published like its values, and are no content alone.
//   - Defaults and aliases of the writer's fields are left out, since they may
//     hold data; documentation too. Each field has the empty value of its type as
//     its default: null, 0, "", [], a symbol.
package projection
