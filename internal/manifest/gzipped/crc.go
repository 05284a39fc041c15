package gzipped

import "hash/crc32"

// A checksum is a polynomial over two elements, modulo the generator. That of
// A followed by B is that of A times x^(8·len(B)), plus that of B.

// crcPowers are x^(2^k) modulo the generator, in the order of bits that crc32
// has: the highest bit is x^0.
var crcPowers = powers()

func powers() (table [32]uint32) {
	table[0] = 1 << 30 // x
	for k := 1; k < len(table); k++ {
		table[k] = crcMultiply(table[k-1], table[k-1])
	}
	return table
}

// crcMultiply is a·b modulo the generator.
func crcMultiply(a, b uint32) uint32 {
	var product uint32
	for ; a != 0; a <<= 1 {
		if a&(1<<31) != 0 {
			product ^= b
		}
		carry := b & 1
		b >>= 1
		b ^= crc32.IEEE & -carry
	}
	return product
}

// crcShift is the part of the checksum of a text of n bytes more that comes from
// the text before, of which sum is the checksum.
func crcShift(sum, n uint32) uint32 {
	for k := 3; n != 0; k, n = k+1, n>>1 {
		if n&1 != 0 {
			sum = crcMultiply(crcPowers[k&31], sum)
		}
	}
	return sum
}
