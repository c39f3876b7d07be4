// Package chaostest runs the whole of Sluice as its users do (the binary, a few
// processes of it, three real brokers and a real registry) while processes and
// brokers are killed, stopped and restarted and what they say to each other is
// lost, delayed and repeated. What it published is then held against what the
// test itself had sent and seen acknowledged, by an oracle that shares no code
// with the processor.
//
// There is nothing in it but tests, with the build tag chaos: `make chaos`.
// docs/RELIABILITY.md has the volumes run and what they found.
package chaostest
