import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * An application that consumes: poll, then one record after the other. Each record
 * that it is given to process is one line of its log, written before the work on it
 * begins, so that a killed worker leaves the truth behind. A thread of the oracle,
 * or a process of its own, which can be killed.
 */
class Worker extends Thread implements ConsumerRebalanceListener {
    /** The Go side, worker.go, says what each of them means. */
    static final class Config {
        public String log;
        public String group;
        public String clientId;
        public List<String> topics;
        public String isolation;
        public String reset;
        public Map<String, String> properties = Map.of();
        public int delayMicros;
        public int commitEveryMs;
        public boolean commitEachPoll;
        public boolean commitOnRevoke;
        public String poison;
        public int slowAt;
        public int slowMs;
        public String copyTo;
        public String transactionalId;
        public int abortEvery;
    }

    final Config config;
    final KafkaConsumer<byte[], byte[]> consumer;
    private final OutputStream log;
    private final Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();
    private volatile boolean stopping;
    private long lastCommit = System.nanoTime();
    private int processed;

    Worker(String servers, Config config) throws IOException {
        this.config = config;
        log = new FileOutputStream(config.log, true);
        Properties p = new Properties();
        p.put("bootstrap.servers", servers);
        p.put("group.id", config.group);
        p.put("client.id", config.clientId);
        p.put("isolation.level", config.isolation);
        p.put("auto.offset.reset", config.reset);
        p.put("enable.auto.commit", "false");
        p.put("fetch.max.wait.ms", "50");
        p.putAll(config.properties);
        consumer = new KafkaConsumer<>(p, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        setDaemon(true);
    }

    static Worker of(String servers, Config config) throws IOException {
        return config.copyTo == null ? new Worker(servers, config) : new Copier(servers, config);
    }

    /** Servers and configuration are the arguments; the end of stdin asks for a clean end. */
    public static void main(String[] args) throws Exception {
        Worker worker = of(args[0], new ObjectMapper().readValue(args[1], Config.class));
        worker.start();
        Thread end = new Thread(() -> {
            try {
                new BufferedReader(new InputStreamReader(System.in)).lines().forEach(line -> {});
            } finally {
                worker.end();
            }
        });
        end.setDaemon(true);
        end.start();
        worker.join();
        Runtime.getRuntime().halt(0);
    }

    void end() {
        stopping = true;
        consumer.wakeup();
    }

    @Override
    public void run() {
        try (consumer) {
            consumer.subscribe(config.topics, this);
            while (!stopping) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(100));
                batch(records);
            }
        } catch (WakeupException endingNow) {
            // end() asked for it
        } catch (Exception e) {
            note("error", e.toString());
        }
        note("ended", String.valueOf(stopping));
    }

    void batch(ConsumerRecords<byte[], byte[]> records) throws Exception {
        for (ConsumerRecord<byte[], byte[]> record : records) {
            process(record);
            done.put(new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
            if (config.commitEveryMs > 0 && System.nanoTime() - lastCommit >= config.commitEveryMs * 1_000_000L) {
                commit();
            }
        }
        if (config.commitEachPoll) {
            commit();
        }
    }

    void process(ConsumerRecord<byte[], byte[]> record) throws Exception {
        String key = record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
        note("record", record.topic(), record.partition(), record.offset(), key, record.timestamp());
        if (key.equals(config.poison)) {
            throw new IllegalArgumentException("cannot process " + key);
        }
        processed++;
        if (processed == config.slowAt) {
            note("slow", config.slowMs);
            Thread.sleep(config.slowMs);
        }
        if (config.delayMicros > 0) {
            Thread.sleep(config.delayMicros / 1000, config.delayMicros % 1000 * 1000);
        }
    }

    /** As many applications do: a commit that is refused is noted, and life goes on. */
    private void commit() {
        lastCommit = System.nanoTime();
        if (done.isEmpty()) {
            return;
        }
        try {
            consumer.commitSync(done);
        } catch (CommitFailedException | RebalanceInProgressException e) {
            note("refused", e.getClass().getSimpleName());
        } catch (WakeupException e) {
            consumer.commitSync(done); // a wakeup ends one call only
        }
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        note("assigned", names(partitions));
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        if (config.commitOnRevoke) {
            commit();
        }
        done.keySet().removeAll(partitions);
        note("revoked", names(partitions));
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        done.keySet().removeAll(partitions);
        note("lost", names(partitions));
    }

    private static String names(Collection<TopicPartition> partitions) {
        return partitions.stream().map(TopicPartition::toString).sorted().collect(Collectors.joining(","));
    }

    /** One line, in one write: what, wall clock in ms, client ID, then the rest. */
    final void note(Object what, Object... rest) {
        StringBuilder line = new StringBuilder().append(what).append('\t')
                .append(System.currentTimeMillis()).append('\t').append(config.clientId);
        for (Object field : rest) {
            line.append('\t').append(String.valueOf(field).replaceAll("[\t\n\r]", " "));
        }
        try {
            log.write(line.append('\n').toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
