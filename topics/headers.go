package topics

// Headers of the records of output topics; values are UTF-8. Of a tombstone rule
// and recipients are empty.
const (
	HeaderPolicy     = "sluice-policy"     // hash of the policy that was in force
	HeaderRule       = "sluice-rule"       // the rule that permitted it
	HeaderRecipients = "sluice-recipients" // who may have it, sorted, comma-separated
	HeaderKeyEpoch   = "sluice-key-epoch"  // of the pseudonyms' key, decimal
)

// Headers of the records of the rerouted topic, for Sluice alone: where a record
// was found, when it was appended there, and whether it says no more than that a
// record of the member could not be read.
const (
	HeaderSourcePartition = "sluice-source-partition"
	HeaderSourceOffset    = "sluice-source-offset"
	HeaderAppendMillis    = "sluice-append-millis"
	HeaderUnreadable      = "sluice-unreadable"
)
