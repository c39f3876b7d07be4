// Package brokertest gives tests something to talk to: a broker and a schema
// registry in the process, or real ones beside it, behind one type.
//
// Fake starts kfake and srfake, in milliseconds. Real starts an Apache Kafka in
// KRaft mode, of one node or a few, and an Apicurio registry, from the jars that
// Maven Central has. Shared is one such cluster for a whole test binary, whose
// tests use topics of their own names; a binary that uses it calls Main in its
// TestMain. A test body that takes a *Cluster runs on any of them.
//
// Jars are fetched once and kept in the user's cache directory, under
// sluice-brokertest; a lock lets test binaries that run side by side share one
// download, and a rename makes it appear whole or not at all. Brokers listen on
// the loopback address only. Their processes are killed with the test, and on
// Linux by the kernel when the test binary dies, however it dies.
//
// Where Java or Maven is missing Real skips the test by name, unless
// SLUICE_REQUIRE_BROKER is set: then it fails. CI sets it.
package brokertest
