package judge

import (
	"encoding/binary"

	"github.com/sluice-stream/sluice/processor/policy"
)

// A packed member has the bytes of Member that this policy's purposes need: 75 for two
// of them, where the struct takes 120. A cache keeps a million.
const (
	packedHead    = 4*8 + 2 + 1 // settings and times, country, flags
	packedPurpose = 16 + 4      // subject, home
)

// PackedBytes is how long a packed member is.
func (j *Judge) PackedBytes() int { return packedHead + packedPurpose*len(j.purposes) }

// AppendPacked appends a member in PackedBytes bytes.
func (j *Judge) AppendPacked(dst []byte, m *Member) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, uint64(m.Denied))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(m.Allowed))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(m.KnownFromMicros))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(m.SettledMicros))
	dst = append(dst, m.country[0], m.country[1], byte(m.flags))
	for i := range j.purposes {
		p := &m.purposes[i]
		dst = append(dst, p.subject[:]...)
		dst = binary.LittleEndian.AppendUint32(dst, uint32(p.home))
	}
	return dst
}

// Unpack reads what AppendPacked of a judge with the same policy has written.
func (j *Judge) Unpack(m *Member, packed []byte) {
	_ = packed[packedHead-1]
	m.Denied = policy.SettingSet(binary.LittleEndian.Uint64(packed))
	m.Allowed = policy.SettingSet(binary.LittleEndian.Uint64(packed[8:]))
	m.KnownFromMicros = int64(binary.LittleEndian.Uint64(packed[16:]))
	m.SettledMicros = int64(binary.LittleEndian.Uint64(packed[24:]))
	m.country = [2]byte(packed[32:34])
	m.flags = memberFlags(packed[34])
	packed = packed[packedHead:]
	for i := range j.purposes {
		p := &m.purposes[i]
		p.subject = [16]byte(packed[:16])
		p.home = int32(binary.LittleEndian.Uint32(packed[16:packedPurpose]))
		packed = packed[packedPurpose:]
	}
}
