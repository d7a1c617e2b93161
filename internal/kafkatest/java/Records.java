import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Random records, with timestamps that run ahead, not always in order. */
final class Records {
    private final Random random;
    private int rolls;
    private long clock = System.currentTimeMillis() - 12 * 3600_000L;

    Records(Random random) {
        this.random = random;
    }

    ProducerRecord<byte[], byte[]> any(String topic, int partition) {
        clock += random.nextInt(200);
        long timestamp = clock - random.nextInt(500);
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(topic, partition, timestamp, content(20), content(120));
        for (int n = random.nextInt(3); n > 0; n--) {
            record.headers().add("header-" + n, content(10));
        }
        return record;
    }

    /** One of 150 keys: many records are overwritten by later ones; some are tombstones. */
    ProducerRecord<byte[], byte[]> keyed(String topic, int partition) {
        clock += 50 + random.nextInt(200);
        byte[] key = ("key-" + random.nextInt(150)).getBytes(StandardCharsets.UTF_8);
        return new ProducerRecord<>(topic, partition, clock, key, content(60));
    }

    ProducerRecord<byte[], byte[]> tiny(String topic, int partition) {
        return new ProducerRecord<>(topic, partition, clock, null, new byte[random.nextInt(100) == 0 ? 1 : 0]);
    }

    /**
     * A record whose timestamp is so far ahead of all before it, transaction markers
     * included, that it rolls the segment; those after it do not.
     */
    ProducerRecord<byte[], byte[]> rolling(String topic, int partition) {
        long timestamp = System.currentTimeMillis() + ++rolls * 60_000L;
        return new ProducerRecord<>(topic, partition, timestamp, "key-0".getBytes(StandardCharsets.UTF_8), content(60));
    }

    /** Null, empty, text or bytes that are no UTF-8. */
    private byte[] content(int most) {
        switch (random.nextInt(8)) {
            case 0:
                return null;
            case 1:
                return new byte[0];
            case 2:
                byte[] raw = new byte[1 + random.nextInt(most)];
                random.nextBytes(raw);
                return raw;
            default:
                StringBuilder text = new StringBuilder();
                for (int n = random.nextInt(most / 4); n >= 0; n--) {
                    text.append("aé\"\\\t漢0".charAt(random.nextInt(7)));
                }
                return text.toString().getBytes(StandardCharsets.UTF_8);
        }
    }
}
