// Package simtest runs the whole processor in a simulated world and lets the
// oracle judge what came out.
//
// One run is one seed: brokers (kfake on a virtual network), a schema registry,
// disks that can crash (Pebble's memory file system), a clock that only moves
// when everyone waits (testing/synctest), a few processes of the real processor,
// members with settings and activity at random, and a random subset of the
// faults of docs/RELIABILITY.md. After the last fault everything has to come to
// rest; then package oracle reads the topics.
//
// The seed decides all that the simulation decides. Goroutines still run in the
// order that the scheduler likes, so a seed repeats a run nearly, not exactly.
//
//	go test ./processor/simtest -run TestSeeds -seed 17          one run
//	go test ./processor/simtest -run TestSeeds -seeds 300        many
package simtest
