package cluster

import (
	"crypto/cipher"
	"crypto/des"
	"crypto/sha1"
	"encoding/asn1"
	"slices"
	"unicode/utf16"
)

// pbeParameters are those of the password based encryption of PKCS#12.
type pbeParameters struct {
	Salt       []byte
	Iterations int
}

// openTripleDES is pbeWithSHA1And3-KeyTripleDES-CBC (RFC 7292, appendix C).
func openTripleDES(parameters []byte, password string) (block cipher.Block, iv []byte, err error) {
	var params pbeParameters
	if _, err := asn1.Unmarshal(parameters, &params); err != nil {
		return nil, nil, err
	}
	if params.Iterations < 1 || params.Iterations > maxKeyIterations || len(params.Salt) == 0 {
		return nil, nil, errSealed
	}
	block, err = des.NewTripleDESCipher(pkcs12Key(password, params, 1, 24))
	return block, pkcs12Key(password, params, 2, des.BlockSize), err
}

// pkcs12Key derives bytes from a password (RFC 7292, appendix B.2, with SHA-1).
// The purpose is 1 for a key, 2 for an initialisation vector.
func pkcs12Key(password string, params pbeParameters, purpose byte, size int) []byte {
	const block = 64
	diversifier := slices.Repeat([]byte{purpose}, block)
	input := append(fillBlocks(params.Salt, block), fillBlocks(bmpString(password), block)...)
	var key []byte
	for {
		sum := sha1.Sum(append(slices.Clone(diversifier), input...))
		for range params.Iterations - 1 {
			sum = sha1.Sum(sum[:])
		}
		if key = append(key, sum[:]...); len(key) >= size {
			return key[:size]
		}
		addend := fillBlocks(sum[:], block)
		for part := range slices.Chunk(input, block) {
			addOne(part, addend)
		}
	}
}

// fillBlocks repeats b until whole blocks are full.
func fillBlocks(b []byte, block int) []byte {
	size := (len(b) + block - 1) / block * block
	return slices.Repeat(b, size/len(b)+1)[:size]
}

// bmpString is UTF-16 with an ending zero.
func bmpString(s string) []byte {
	var b []byte
	for _, unit := range append(utf16.Encode([]rune(s)), 0) {
		b = append(b, byte(unit>>8), byte(unit))
	}
	return b
}

// addOne is part = part + addend + 1, as big-endian numbers.
func addOne(part, addend []byte) {
	carry := 1
	for i := len(part) - 1; i >= 0; i-- {
		carry += int(part[i]) + int(addend[i])
		part[i] = byte(carry)
		carry >>= 8
	}
}
