import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Kafka producers of every codec, with small and large batches, idempotent or not. */
final class Producers {
    private static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");

    private final String servers;
    private final Random random;
    private final Map<String, Sender> open = new HashMap<>();

    Producers(String servers, Random random) {
        this.servers = servers;
        this.random = random;
    }

    /** A producer without transactions, of random kind. */
    Sender any() {
        String codec = codec();
        boolean small = random.nextBoolean();
        boolean idempotent = random.nextBoolean();
        return open.computeIfAbsent(codec + small + idempotent, key -> {
            Properties p = settings(codec, small ? 600 : 1_000_000);
            p.put("enable.idempotence", idempotent);
            return new Sender(p);
        });
    }

    /** One batch a flush, up to 900 kB. */
    Sender large(String codec) {
        return open.computeIfAbsent("large " + codec, key -> new Sender(settings(codec, 900_000)));
    }

    Sender transactional(String id) {
        String codec = codec();
        int batch = random.nextBoolean() ? 400 : 100_000;
        return open.computeIfAbsent("transactional " + id, key -> {
            Properties p = settings(codec, batch);
            p.put("transactional.id", id);
            p.put("transaction.timeout.ms", "900000"); // one is left open: it must outlive the test
            return new Sender(p);
        });
    }

    private String codec() {
        return CODECS.get(random.nextInt(CODECS.size()));
    }

    private Properties settings(String codec, int batchSize) {
        Properties p = new Properties();
        p.put("bootstrap.servers", servers);
        p.put("compression.type", codec);
        p.put("batch.size", batchSize);
        p.put("linger.ms", 1000);
        p.put("buffer.memory", 16_000_000);
        p.put("max.in.flight.requests.per.connection", 1); // order is kept without idempotence, too
        return p;
    }

    /** A producer whose failures are not lost: flush and end throw the first one. */
    static final class Sender {
        private final KafkaProducer<byte[], byte[]> producer;
        private final AtomicReference<Exception> failure = new AtomicReference<>();
        private final boolean transactional;
        private boolean within;

        Sender(Properties p) {
            producer = new KafkaProducer<>(p, new ByteArraySerializer(), new ByteArraySerializer());
            transactional = p.containsKey("transactional.id");
            if (transactional) {
                producer.initTransactions();
            }
        }

        /** Opens a transaction if this producer has them and none is open. */
        void begin() {
            if (transactional && !within) {
                producer.beginTransaction();
                within = true;
            }
        }

        void end(boolean commit) {
            if (!within) {
                return;
            }
            within = false;
            if (commit) {
                producer.commitTransaction();
            } else {
                producer.abortTransaction();
            }
        }

        void send(ProducerRecord<byte[], byte[]> record) {
            producer.send(record, (sent, e) -> failure.compareAndSet(null, e));
        }

        void flush() {
            producer.flush();
            if (failure.get() != null) {
                throw new IllegalStateException("sending records", failure.get());
            }
        }
    }
}
