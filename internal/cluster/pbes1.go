package cluster

import (
	"crypto/cipher"
	"crypto/des" //nolint:staticcheck // what Kafka's clients on Java 17 can read, see below
	"crypto/sha1"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"slices"
	"unicode/utf16"
)

// sealedKey is EncryptedPrivateKeyInfo (RFC 5208).
type sealedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

type pbeParameters struct {
	Salt       []byte
	Iterations int
}

// maxPBEIterations bounds the work that a key file can ask for.
const maxPBEIterations = 10_000_000

// openTripleDES decrypts a PKCS#8 key under pbeWithSHA1And3-KeyTripleDES-CBC, as
// openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES makes it. Kafka's clients on Java 17
// can read no better cipher (JDK-8231581), so that is what their users have. ok
// is false for a key under any other.
func openTripleDES(der []byte, password string) (plain []byte, ok bool, err error) {
	var sealed sealedKey
	var params pbeParameters
	if _, err := asn1.Unmarshal(der, &sealed); err != nil {
		return nil, false, err
	}
	if !sealed.Algorithm.Algorithm.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 1, 3}) {
		return nil, false, nil
	}
	if _, err := asn1.Unmarshal(sealed.Algorithm.Parameters.FullBytes, &params); err != nil {
		return nil, true, err
	}
	if params.Iterations < 1 || params.Iterations > maxPBEIterations || len(params.Salt) == 0 ||
		len(sealed.Data) == 0 || len(sealed.Data)%des.BlockSize != 0 {
		return nil, true, errors.New("malformed")
	}
	block, err := des.NewTripleDESCipher(pkcs12Key(password, params, 1, 24))
	if err != nil {
		return nil, true, err
	}
	plain = make([]byte, len(sealed.Data))
	cipher.NewCBCDecrypter(block, pkcs12Key(password, params, 2, des.BlockSize)).CryptBlocks(plain, sealed.Data)
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > des.BlockSize {
		return nil, true, errors.New("wrong password")
	}
	return plain[:len(plain)-padding], true, nil
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
		addend := fillBlocks(sum[:], block)[:block]
		for part := range slices.Chunk(input, block) {
			addOne(part, addend)
		}
	}
}

// fillBlocks repeats b until whole blocks are full.
func fillBlocks(b []byte, block int) []byte {
	size := (len(b) + block - 1) / block * block
	return slices.Repeat(b, size/max(1, len(b))+1)[:size]
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
