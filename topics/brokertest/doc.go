// Package brokertest gives tests something to talk to: a broker and a schema
// registry in the process, or real ones beside it.
//
// Fake starts kfake and srfake, in milliseconds. Real starts an Apache Kafka in
// KRaft mode and an Apicurio registry from the jars that Maven Central has,
// which are fetched once and kept in the user's cache directory. Where Java or
// Maven is missing Real skips the test by name, unless SLUICE_REQUIRE_BROKER is
// set: CI sets it, and fails where such a test was skipped.
package brokertest
