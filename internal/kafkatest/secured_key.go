package kafkatest

// ClientKeyPassword opens EncryptedClientKey.
const ClientKeyPassword = "open sesame"

// clientKey is the key of every client's certificate, so that there can be an
// encrypted form of it. It protects nothing.
const clientKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgeX+Z5QF9tmsjmXJs
2ML1gdhLMcKuiIjeX2f/faXZPn+hRANCAAQ2RBL7a0LleCRulec+QSG+aSU6A0PQ
apzEJ8m90OR84+/KpvR6laL950bZZEAeqdL4mOKl4Rr0B4AAsw+lnDHh
-----END PRIVATE KEY-----
`

// EncryptedClientKey is the same key, as openssl encrypts it with -v1
// PBE-SHA1-3DES: of all ciphers the one that Kafka's clients on Java 17 can read.
const EncryptedClientKey = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGxMBwGCiqGSIb3DQEMAQMwDgQIQKKVwm73GYgCAggABIGQA0ZfLfvT36nJc3kB
IlfWmN+ZilSyU/fdYDRnGrrKRf39IuxVqAZjdbMhkxVhVo3kLlylb9YG1Yfr3cVZ
rYDfMTxwYokszBYslja/4ATooWmrOSLfMp1gTONWph3hp64JBpY8qNgzayR7d6dB
JT3tk5NkeX8Cys8Leim62j4h54wphWzfYu8gkKqLr7d9GBqG
-----END ENCRYPTED PRIVATE KEY-----
`
