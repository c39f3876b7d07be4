// Package processor runs the transaction that turns members' activity into
// what may leave.
//
// A Processor runs a few lanes. A lane is one goroutine with a transactional
// producer, a membership in the consumer group, and nothing that it shares but
// the store. While the group gives it partitions the lane holds a tenure: a
// consumer of those partitions' activity, one of their settings, and their
// positions. Partition n of every activity topic, of the settings, rerouted,
// changelog and decisions topics belongs to one tenure.
//
// A tenure runs one transaction after the other, each on one screen in
// (*tenure).transact of commit.go:
//
//  1. poll a batch of activity
//  2. fence: read settings up to the high watermark asked after the poll
//  3. apply the settings to an overlay
//  4. decide every record against overlay and policy, and produce
//  5. flush, and look at the settings once more
//  6. commit offsets with the group's generation, end the transaction, and
//     write overlay and positions to the store in one batch
//
// Whatever ends a tenure early (a rebalance, a lost answer, a fault of the
// broker) ends it in one way: its consumers are closed, its overlay dropped,
// and the next tenure begins from the checkpoint in the changelog. There is no
// second way to recover, so the one there is runs often.
//
// Why this commits each record once: a transaction's offsets are committed
// under the generation that its tenure was given, after everything it produced
// was acknowledged. The broker refuses them once the group has moved on, and
// the transaction aborts. A new owner first writes a nonce to its changelog
// partition and reads, committed, up to it: whatever a former owner could
// still commit lies before that nonce.
package processor
