// Package pseudonym replaces ids by pseudonyms that only the holder of a
// purpose's key can compute.
//
// # Construction
//
// A pseudonym is the first 16 bytes of
//
//	HMAC-SHA-256(key, domain || input)
//
// (RFC 2104, FIPS 180-4), written as 32 lower-case hexadecimal digits. The key
// is 32 random bytes and belongs to one purpose and key epoch, so pseudonyms of
// two purposes cannot be joined. The domain is one byte that keeps the uses
// apart; the input is the id's bytes as they came:
//
//	0x01  subject: four bytes, big-endian, of the member's epoch for the purpose, then the member id
//	0x02  member:  a member's id where a record mentions it
//	0x03  content: a content's id; the Kafka key of its records
//	0x04  event:   an event's id; a record_id, and the Kafka key of records without a content
//	0xff  check:   nothing; Key.Check, 8 hexadecimal digits
//
// Domain and epoch have fixed lengths and stand before the one part whose
// length varies, so no two inputs are written alike. A member mentioned in a
// record and the same member as a subject have unrelated pseudonyms, and so have
// two epochs of one member: after everything was taken back nothing joins what
// comes later to what was published before.
//
// With 128 bits, two of 2^40 ids share a pseudonym with a chance below 2^-48.
//
// Anyone who holds a key can recompute a pseudonym; here a subject of epoch 0:
//
//	printf '\001\000\000\000\000member-1' |
//	  openssl dgst -sha256 -mac HMAC -macopt hexkey:$KEY_IN_HEX | cut -d' ' -f2 | cut -c1-32
//
// With the key 000102...1f that gives
// 95e49a7ff808fe64d475c03b64814452 (TestConstruction).
//
// # Two kinds of epoch
//
// A key's epoch rises when an operator rotates keys: records published from then
// on have other pseudonyms everywhere. A member's epoch rises when nothing of
// the member stays permitted for a purpose: only that member's subject changes.
//
// # Keys
//
// Keys are kept in a JSON file of mode 0600, as a list of epochs for each
// purpose:
//
//	{"version": 1, "purposes": {"ai_training": [{"epoch": 1, "created": "2025-10-01T00:00:00Z", "key": "BASE64"}]}}
//
// Rotation adds an epoch, which is used from the next start. Older ones stay, so
// that deletes find what was published under them, for as long as the output
// topics may hold such records.
//
// A keys file may be encrypted at rest, by a key-encryption key (KEK) that lies
// elsewhere. It then names that key and holds the same content, encrypted by
// Tink's envelope encryption (AES-256-GCM under a key of the file's own, which
// the KEK wraps):
//
//	{"version": 1, "kek": "exec:/usr/local/bin/sluice-kek", "wrapped": "BASE64"}
//
// exec: names a program that is called with `wrap` or `unwrap` and copies standard
// input to standard output through a KMS; it has to be root's or ours, and nobody
// else's to write. tink-keyset: names a file with a Tink AEAD keyset in JSON. Both
// are asked once, when keys are loaded or written. No error, and no way of printing a value of this
// package, shows a key.
package pseudonym
