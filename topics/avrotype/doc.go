// Package avrotype holds Avro schemas as trees of types, and reads values of
// them from untrusted bytes.
//
// Parse keeps what Sluice needs of a schema and no library keeps whole: every
// property of records and fields, every logical type, known or not. Types that
// are named are shared, so a recursive schema is a graph.
//
// A Reader walks a value with a bound on everything: each length, count and
// union index is checked against the bytes that are left, nesting is at most
// MaxLevels, and items of no width are not counted one by one. It never
// allocates. What it accepts is exactly what the Avro specification calls a
// value of the type.
package avrotype
