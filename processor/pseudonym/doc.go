// Package pseudonym replaces ids by pseudonyms that only the holder of a
// purpose's key can compute.
//
// A pseudonym is the first 16 bytes of
//
//	HMAC-SHA-256(key, domain || input)
//
// written as 32 lower-case hexadecimal digits. The key belongs to one purpose,
// so pseudonyms of two purposes cannot be joined. The domain is one byte that
// keeps the four uses apart:
//
//	0x01  subject: the member's epoch for the purpose as four bytes, big-endian, then the member id
//	0x02  member:  a member's id where a record mentions it
//	0x03  content: a content's id
//	0x04  event:   an event's id
//
// The domain and the epoch have fixed lengths, so no two inputs collide.
//
// Keys are kept in a file of mode 0600, as a list of epochs for each purpose. A
// new epoch is added by rotation and used from the next start; older epochs are
// kept for as long as tombstones have to find what was published under them.
package pseudonym
