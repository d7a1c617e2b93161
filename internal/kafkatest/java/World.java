import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;

/**
 * A random world: topics in which offsets and records differ in every way that
 * Kafka knows. The same seed sends the same records; which batches they end up in
 * is up to the producer.
 */
final class World {
    /** One topic as it was made. */
    static final class Topic {
        public final String name;
        public final int partitions;
        public final boolean compacted;

        Topic(String name, int partitions, boolean compacted) {
            this.name = name;
            this.partitions = partitions;
            this.compacted = compacted;
        }
    }

    private static final Map<String, String> FOREVER = Map.of("retention.ms", "-1");
    private static final Map<String, String> APPEND_TIME =
            Map.of("retention.ms", "-1", "message.timestamp.type", "LogAppendTime");
    /** Segments roll by the records' timestamps, so compacting needs no waiting for the clock. */
    private static final Map<String, String> COMPACT = Map.of(
            "cleanup.policy", "compact", "segment.ms", "20000",
            "min.cleanable.dirty.ratio", "0.01", "delete.retention.ms", "100");

    private final String servers;
    private final Admin admin;
    private Random random;
    private Records records;
    private Producers producers;

    World(String servers) {
        this.servers = servers;
        Properties p = new Properties();
        p.put("bootstrap.servers", servers);
        admin = Admin.create(p);
    }

    /** Creates and fills all topics; the compacted ones are then the cleaner's. */
    List<Topic> build(long seed) throws Exception {
        random = new Random(seed);
        records = new Records(random);
        producers = new Producers(servers, random);
        List<Topic> topics = new ArrayList<>();
        topics.add(create("plain", 4, FOREVER));
        topics.add(create("append-time", 2, APPEND_TIME));
        topics.add(create("deleted", 3, FOREVER));
        topics.add(create("tiny", 2, FOREVER));
        topics.add(create("transactions", 3, FOREVER));
        topics.add(create("compacted", 2, COMPACT));
        topics.add(create("compacted-transactions", 2, COMPACT));
        fillPlain("plain", 4, 60);
        fillPlain("append-time", 2, 40);
        fillPlain("deleted", 3, 30);
        fillTiny("tiny", 2, 3);
        fillTransactions("transactions", 3, 250, false);
        leaveOneOpen("transactions");
        append("compacted");
        append("compacted-transactions");
        deleteRecords("deleted", 3);
        return topics;
    }

    /**
     * Writes some hundred records to a compacted topic, rolls its segment so that
     * they may be cleaned, and writes some more behind them, which may not.
     */
    boolean append(String topic) throws Exception {
        fillCompacted(topic, 150);
        Producers.Sender sender = producers.any();
        for (int partition = 0; partition < 2; partition++) {
            sender.send(records.rolling(topic, partition));
        }
        sender.flush();
        fillCompacted(topic, 25);
        return true;
    }

    private void fillCompacted(String topic, int steps) {
        if (topic.equals("compacted-transactions")) {
            fillTransactions(topic, 2, steps, true);
            return;
        }
        for (int i = 0; i < steps; i++) {
            Producers.Sender sender = producers.any();
            int partition = random.nextInt(2);
            for (int n = 1 + random.nextInt(15); n > 0; n--) {
                sender.send(records.keyed(topic, partition));
            }
            sender.flush();
        }
    }

    private Topic create(String name, int partitions, Map<String, String> configs) throws Exception {
        NewTopic topic = new NewTopic(name, partitions, (short) -1).configs(configs);
        admin.createTopics(List.of(topic)).all().get();
        return new Topic(name, partitions, configs == COMPACT);
    }

    /** Every codec and many batch sizes, null keys and values, headers. */
    private void fillPlain(String topic, int partitions, int flushes) {
        for (int partition = 0; partition < partitions; partition++) {
            for (int i = 0; i < flushes; i++) {
                Producers.Sender sender = producers.any();
                for (int n = 1 + random.nextInt(50); n > 0; n--) {
                    sender.send(records.any(topic, partition));
                }
                sender.flush();
            }
        }
    }

    /** More records in a batch than it has bytes. */
    private void fillTiny(String topic, int partitions, int batches) {
        Producers.Sender sender = producers.large("zstd");
        for (int i = 0; i < batches * partitions; i++) {
            for (int n = 0; n < 20_000; n++) {
                sender.send(records.tiny(topic, i % partitions));
            }
            sender.flush();
        }
    }

    /** Transactions of several producers at once, committed and aborted, among records without one. */
    private void fillTransactions(String topic, int partitions, int steps, boolean keyed) {
        List<Producers.Sender> writers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            writers.add(producers.transactional(topic + "-" + i));
        }
        for (int i = 0; i < steps; i++) {
            Producers.Sender writer = random.nextInt(6) == 0 ? producers.any() : pick(writers);
            writer.begin();
            int partition = random.nextInt(partitions);
            for (int n = 1 + random.nextInt(12); n > 0; n--) {
                writer.send(keyed ? records.keyed(topic, partition) : records.any(topic, partition));
            }
            writer.flush();
            if (random.nextInt(4) == 0) {
                writer.end(random.nextInt(5) < 3);
            }
        }
        writers.forEach(w -> w.end(random.nextBoolean()));
    }

    /** Leaves a transaction open in partitions 0 and 1 and goes on behind it. */
    private void leaveOneOpen(String topic) {
        Producers.Sender open = producers.transactional("open");
        open.begin();
        for (int i = 0; i < 40; i++) {
            open.send(records.any(topic, i % 2));
        }
        open.flush();
        fillTransactions(topic, 3, 60, false);
    }

    /** Moves each log start offset into the log's middle, most likely into a batch. */
    private void deleteRecords(String topic, int partitions) throws Exception {
        Map<TopicPartition, RecordsToDelete> before = new HashMap<>();
        for (int partition = 0; partition < partitions; partition++) {
            before.put(new TopicPartition(topic, partition), RecordsToDelete.beforeOffset(101 + random.nextInt(200)));
        }
        admin.deleteRecords(before).all().get();
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
