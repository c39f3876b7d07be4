// Package schema holds Sluice's own Avro schemas (sluice.v1), and writes and
// reads records of them.
//
// The schemas are the .avsc files beside this one; tests hold the hand-written
// encoders and decoders to them. Encoders append to the caller's buffer.
// Decoders are strict and bounded: they read bytes that may be anything.
//
// SettingsChanged is written by others, with schemas of their own making:
// CompileSettings resolves a writer's schema by Avro's rules, once, and the
// SettingsReader then reads that writer's bytes.
package schema
