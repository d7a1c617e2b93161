import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Consumers of a group that start at its committed offsets and never commit.
 * auto.offset.reset is none: a partition without a commit, or with one outside
 * the log, is an error and not a silent jump.
 */
final class Readers {
    /** What is read: each partition up to, not including, its until offset. */
    static final class Request {
        public String group;
        public String isolation;
        /** Null: assign(). Otherwise subscribe() with this group.protocol, classic or consumer. */
        public String subscribe;
        public List<Range> ranges;
    }

    static final class Range {
        public String topic;
        public int partition;
        public long until;

        TopicPartition key() {
            return new TopicPartition(topic, partition);
        }
    }

    /** What a consumer was given of one partition, in order. */
    static final class Given {
        public final String topic;
        public final int partition;
        public final List<Long> offsets = new ArrayList<>();
        public final List<Long> digests = new ArrayList<>();

        Given(TopicPartition partition) {
            this.topic = partition.topic();
            this.partition = partition.partition();
        }

        void add(ConsumerRecord<byte[], byte[]> record) {
            offsets.add(record.offset());
            digests.add(Digest.of(record));
        }
    }

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final String servers;
    private final Map<String, Consumer<byte[], byte[]>> assigning = new ConcurrentHashMap<>();

    Readers(String servers) {
        this.servers = servers;
    }

    Collection<Given> read(Request request) {
        if (request.subscribe != null) {
            try (Consumer<byte[], byte[]> consumer = open(request, request.subscribe)) {
                consumer.subscribe(request.ranges.stream().map(r -> r.topic).collect(Collectors.toSet()));
                return drain(consumer, request);
            }
        }
        // One consumer a group and isolation level, used again: opening one costs more than a read.
        Consumer<byte[], byte[]> consumer = assigning.computeIfAbsent(
                request.group + " " + request.isolation, key -> open(request, "classic"));
        synchronized (consumer) {
            // Without the unsubscribe, the same partitions would keep their old positions.
            consumer.unsubscribe();
            consumer.assign(request.ranges.stream().map(Range::key).collect(Collectors.toList()));
            return drain(consumer, request);
        }
    }

    private Consumer<byte[], byte[]> open(Request request, String protocol) {
        Properties p = new Properties();
        p.put("bootstrap.servers", servers);
        p.put("group.id", request.group);
        p.put("group.protocol", protocol);
        p.put("isolation.level", request.isolation);
        p.put("auto.offset.reset", "none");
        p.put("enable.auto.commit", "false");
        p.put("fetch.max.wait.ms", "50");
        p.put("max.poll.records", "20000");
        return new KafkaConsumer<>(p, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Polls until the position of every partition has reached its end. */
    private Collection<Given> drain(Consumer<byte[], byte[]> consumer, Request request) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        Map<TopicPartition, Long> ends = ends(consumer, request);
        Map<TopicPartition, Given> given = new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));
        ends.keySet().forEach(p -> given.put(p, new Given(p)));
        Set<TopicPartition> open = new HashSet<>(ends.keySet());
        while (!open.isEmpty()) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(50))) {
                TopicPartition p = new TopicPartition(record.topic(), record.partition());
                if (record.offset() < ends.getOrDefault(p, -1L)) {
                    given.get(p).add(record);
                }
            }
            open.removeIf(p -> consumer.assignment().contains(p) && consumer.position(p) >= ends.get(p));
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("not at the end after " + LIMIT + ": " + open);
            }
        }
        return given.values();
    }

    /** A consumer gets no further than its end of the log: with read_committed the last stable offset. */
    private static Map<TopicPartition, Long> ends(Consumer<byte[], byte[]> consumer, Request request) {
        Map<TopicPartition, Long> logEnds =
                consumer.endOffsets(request.ranges.stream().map(Range::key).collect(Collectors.toList()));
        return request.ranges.stream().collect(Collectors.toMap(
                Range::key, r -> Math.min(r.until, logEnds.get(r.key()))));
    }
}
