package cluster

import (
	"maps"
	"slices"
	"strings"
)

func sortedKeys(f settingsFile) []string { return slices.Sorted(maps.Keys(f)) }

// obeyedKeys are the settings that LoadConfig acts on.
const obeyedKeys = `
bootstrap.servers client.id security.protocol
ssl.truststore.type ssl.truststore.location ssl.truststore.certificates
ssl.endpoint.identification.algorithm ssl.protocol ssl.enabled.protocols
ssl.keystore.type ssl.keystore.location ssl.keystore.certificate.chain ssl.keystore.key ssl.key.password
ssl.truststore.password ssl.keystore.password
sasl.mechanism sasl.jaas.config
schema.registry.url basic.auth.credentials.source basic.auth.user.info schema.registry.basic.auth.user.info
`

// harmlessKeys are settings of the admin, consumer and producer clients of Kafka
// 4.3 (AdminClientConfig, ConsumerConfig, ProducerConfig) that make no difference
// to what kofs does: runbooks share one file between tools.
const harmlessKeys = `
acks allow.auto.create.topics auto.commit.interval.ms auto.include.jmx.reporter auto.offset.reset
batch.size bootstrap.controllers buffer.memory check.crcs client.dns.lookup client.rack
compression.gzip.level compression.lz4.level compression.type compression.zstd.level
connections.max.idle.ms default.api.timeout.ms delivery.timeout.ms enable.auto.commit
enable.idempotence enable.metrics.push exclude.internal.topics fetch.max.bytes fetch.max.wait.ms
fetch.min.bytes group.id group.instance.id group.protocol group.remote.assignor
heartbeat.interval.ms interceptor.classes internal.leave.group.on.close isolation.level
key.deserializer key.serializer linger.ms log.level max.block.ms max.in.flight.requests.per.connection
max.partition.fetch.bytes max.poll.interval.ms max.poll.records max.request.size
metadata.max.age.ms metadata.max.idle.ms metadata.recovery.rebootstrap.trigger.ms
metadata.recovery.strategy metric.reporters metrics.num.samples metrics.recording.level
metrics.sample.window.ms partition.assignment.strategy
partitioner.adaptive.partitioning.enable partitioner.availability.timeout.ms partitioner.class
partitioner.ignore.keys receive.buffer.bytes reconnect.backoff.max.ms reconnect.backoff.ms
request.timeout.ms retries retry.backoff.max.ms retry.backoff.ms send.buffer.bytes
session.timeout.ms share.acknowledgement.mode share.acquire.mode socket.connection.setup.timeout.max.ms
socket.connection.setup.timeout.ms transaction.timeout.ms transaction.two.phase.commit.enable
transactional.id value.deserializer value.serializer
`

// harmlessPrefixes begin the settings of login mechanisms that kofs does not
// have; sasl.mechanism decides whether they matter.
const harmlessPrefixes = `sasl.kerberos. sasl.oauthbearer. sasl.login.refresh. sasl.login.retry. sasl.login.connect. sasl.login.read.`

// securityKeys are the settings that change whom to trust or how to prove who
// one is, and that kofs does not support yet; see also isSecurity.
const securityKeys = `security.providers config.providers`

// secretWords mark the keys whose values are never shown.
const secretWords = `password user.info jaas.config keystore.key keystore.certificate.chain secret private`

func isObeyed(key string) bool {
	if rest, ok := strings.CutPrefix(key, registryPrefix); ok && strings.HasPrefix(rest, "ssl.") {
		key = rest
	}
	return slices.Contains(strings.Fields(obeyedKeys), key)
}

func isHarmless(key string) bool {
	return slices.Contains(strings.Fields(harmlessKeys), key) ||
		slices.ContainsFunc(strings.Fields(harmlessPrefixes), func(p string) bool { return strings.HasPrefix(key, p) })
}

func isSecurity(key string) bool {
	return strings.HasPrefix(key, "ssl.") || strings.HasPrefix(key, "sasl.") ||
		strings.HasPrefix(key, "config.providers.") ||
		strings.HasPrefix(key, registryPrefix) || strings.HasPrefix(key, "basic.auth.") || slices.Contains(strings.Fields(securityKeys), key)
}

func isSecret(key string) bool {
	return isSecurity(key) && slices.ContainsFunc(strings.Fields(secretWords), func(word string) bool {
		return strings.Contains(key, word)
	})
}

// nearestKey is the known key that a mistyped one is likely to mean, "" if none
// is near.
func nearestKey(key string) string {
	best, distance := "", 3
	for _, known := range strings.Fields(obeyedKeys + harmlessKeys + securityKeys) {
		if d := editDistance(key, known); d < distance {
			best, distance = known, d
		}
	}
	return best
}

// editDistance counts the letters to add, drop or change between two words.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
