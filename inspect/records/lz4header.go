package records

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// withLZ4Checksum is an LZ4 frame with the header checksum that the frame's
// specification wants. Clients that wrote record format 0 put another one there,
// and consumers do not look at it (KAFKA-3160). A copy is made only if need be.
func withLZ4Checksum(frame []byte) []byte {
	const magic, flags, contentSizeBit, dictionaryBit = 4, 4, 0x08, 0x01
	if len(frame) <= flags {
		return frame
	}
	end := magic + 2
	if frame[flags]&contentSizeBit != 0 {
		end += 8
	}
	if frame[flags]&dictionaryBit != 0 {
		end += 4
	}
	if len(frame) <= end {
		return frame
	}
	want := byte(xxh32(frame[magic:end]) >> 8)
	if frame[end] == want {
		return frame
	}
	fixed := bytes.Clone(frame)
	fixed[end] = want
	return fixed
}

// xxh32 is the hash XXH32, with seed 0, of fewer than 16 bytes. The LZ4 library
// has it, but keeps it to itself.
func xxh32(b []byte) uint32 {
	const p1, p2, p3, p4, p5 = 2654435761, 2246822519, 3266489917, 668265263, 374761393
	h := uint32(p5) + uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		h = bits.RotateLeft32(h+binary.LittleEndian.Uint32(b)*p3, 17) * p4
	}
	for _, c := range b {
		h = bits.RotateLeft32(h+uint32(c)*p5, 11) * p1
	}
	h = (h ^ h>>15) * p2
	h = (h ^ h>>13) * p3
	return h ^ h>>16
}
