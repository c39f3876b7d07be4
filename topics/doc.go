// Package topics knows the topics that Sluice reads and writes: which there
// are, how each has to be configured, and where a key lies in them.
//
// Its sub-packages know what is in the records: avrotype reads Avro, annotation
// and projection the activity of upstream teams, schema Sluice's own records,
// registry the schemas' registry.
package topics
