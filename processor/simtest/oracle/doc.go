// Package oracle says whether what lies on the topics keeps the contract.
//
// It is a second implementation of Sluice, written from the contract's text: it
// reads Avro with another library, merges settings, asks the policy, projects
// records, hashes and pseudonymizes with code of its own, and imports nothing of
// the processor, the topics or the state. What both get wrong in the same way it
// cannot see; everything else it can.
//
// A Collector reads topics, as any consumer would, while faults happen and
// afterwards. A History is what the senders know of each record: acknowledged,
// or not. Check compares the two:
//
//   - every committed activity record has one verdict for each purpose, in order
//     and in a chain of batches that name each other by hash (E1, E2, E4);
//   - each verdict's fence lies past every settings record that was acknowledged
//     before the record was sent (C1, C3), and the verdict is the one that the
//     settings below the fence, the history and the policy give (C4, C5);
//   - each published verdict has one output with the right key, partition,
//     headers, time and content, in the member's order, and no output is without
//     one (E1, E3);
//   - each settings record has one receipt or one dead letter, and each
//     retraction is due and issued once;
//   - no marked secret is in any output, decision, dead letter or receipt (C6);
//   - the group's offsets never pass a record without a verdict (E5).
//
// Texts and truth are the senders': the oracle cannot redact, so a text's
// expected form comes with the Spec.
package oracle
