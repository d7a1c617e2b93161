package cluster

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"hash"
)

// sealedKey is EncryptedPrivateKeyInfo (RFC 5208): a PKCS#8 key under a password.
type sealedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

var errSealed = errors.New("the private key cannot be decrypted: ssl.key.password is wrong, or the cipher is one that kofs does not know")

// maxKeyIterations bounds the work that a key file can ask for.
const maxKeyIterations = 10_000_000

// openKey decrypts a PKCS#8 key under PBES2 (AES or triple DES, what openssl
// writes) or under pbeWithSHA1And3-KeyTripleDES-CBC (openssl pkcs8 -v1
// PBE-SHA1-3DES): Kafka's clients on Java 17 can read only the latter
// (JDK-8231581), so that is what their users have.
func openKey(der []byte, password string) ([]byte, error) {
	var sealed sealedKey
	if _, err := asn1.Unmarshal(der, &sealed); err != nil {
		return nil, errSealed
	}
	open := openPBES2
	if sealed.Algorithm.Algorithm.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 1, 3}) {
		open = openTripleDES
	} else if !sealed.Algorithm.Algorithm.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}) {
		return nil, errSealed
	}
	block, iv, err := open(sealed.Algorithm.Parameters.FullBytes, password)
	if err != nil {
		return nil, errSealed
	}
	return decryptCBC(block, iv, sealed.Data)
}

func decryptCBC(block cipher.Block, iv, data []byte) ([]byte, error) {
	size := block.BlockSize()
	if len(iv) != size || len(data) == 0 || len(data)%size != 0 {
		return nil, errSealed
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, data)
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > size {
		return nil, errSealed
	}
	return plain[:len(plain)-padding], nil
}

// pbes2 are the parameters of PBES2 (RFC 8018, A.4).
type pbes2 struct {
	Derivation pkix.AlgorithmIdentifier
	Cipher     pkix.AlgorithmIdentifier
}

type pbkdf2Parameters struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	Function   pkix.AlgorithmIdentifier `asn1:"optional"`
}

func openPBES2(parameters []byte, password string) (block cipher.Block, iv []byte, err error) {
	var scheme pbes2
	var params pbkdf2Parameters
	if _, err := asn1.Unmarshal(parameters, &scheme); err != nil {
		return nil, nil, err
	}
	if _, err := asn1.Unmarshal(scheme.Derivation.Parameters.FullBytes, &params); err != nil {
		return nil, nil, err
	}
	if _, err := asn1.Unmarshal(scheme.Cipher.Parameters.FullBytes, &iv); err != nil {
		return nil, nil, err
	}
	size, newBlock := cipherOf(scheme.Cipher.Algorithm)
	function := hashOf(params.Function.Algorithm)
	if !scheme.Derivation.Algorithm.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}) ||
		newBlock == nil || function == nil || params.Iterations < 1 || params.Iterations > maxKeyIterations {
		return nil, nil, errSealed
	}
	key, err := pbkdf2.Key(function, password, params.Salt, params.Iterations, size)
	if err != nil {
		return nil, nil, err
	}
	block, err = newBlock(key)
	return block, iv, err
}

// cipherOf is the cipher in CBC mode and the size of its key.
func cipherOf(oid asn1.ObjectIdentifier) (size int, newBlock func([]byte) (cipher.Block, error)) {
	switch oid.String() {
	case "2.16.840.1.101.3.4.1.2":
		return 16, aes.NewCipher
	case "2.16.840.1.101.3.4.1.22":
		return 24, aes.NewCipher
	case "2.16.840.1.101.3.4.1.42":
		return 32, aes.NewCipher
	case "1.2.840.113549.3.7":
		return 24, des.NewTripleDESCipher
	}
	return 0, nil
}

// hashOf is the hash of the pseudorandom function; HMAC with SHA-1 by default.
func hashOf(oid asn1.ObjectIdentifier) func() hash.Hash {
	switch oid.String() {
	case "", "1.2.840.113549.2.7":
		return sha1.New
	case "1.2.840.113549.2.9":
		return sha256.New
	case "1.2.840.113549.2.11":
		return sha512.New
	}
	return nil
}
