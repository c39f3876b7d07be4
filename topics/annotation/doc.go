// Package annotation reads what upstream teams say of their schemas in the
// `sluice` property, and reads records by it.
//
// A schema is annotated if its record has a category, the roles member_id,
// event_id and event_time each occur once at the top level, and no annotation
// is malformed or unfit for its type. Parse reports every fault with the path
// of the field it belongs to. Of records of a schema that is not annotated
// nothing may be published.
//
// Read walks a value once, over its whole length: what it accepts ends exactly
// where the bytes end, and everything later steps read of it is in bounds.
package annotation
