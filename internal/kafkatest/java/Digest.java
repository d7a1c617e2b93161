import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * FNV-1a, 64 bits, of what a consumer is given: timestamp and its type, key, value, headers.
 * The Go side computes the same, see digest.go.
 */
final class Digest {
    private long hash = 0xcbf29ce484222325L;

    static long of(ConsumerRecord<byte[], byte[]> record) {
        Digest d = new Digest();
        d.number(record.timestamp());
        d.bytes(record.timestampType().name.getBytes(StandardCharsets.UTF_8));
        d.bytes(record.key());
        d.bytes(record.value());
        for (Header header : record.headers()) {
            d.bytes(header.key().getBytes(StandardCharsets.UTF_8));
            d.bytes(header.value());
        }
        return d.hash;
    }

    private void number(long n) {
        for (byte b : ByteBuffer.allocate(8).putLong(n).array()) {
            add(b);
        }
    }

    /** Null is not empty: it has the length -1. */
    private void bytes(byte[] bytes) {
        number(bytes == null ? -1 : bytes.length);
        if (bytes != null) {
            for (byte b : bytes) {
                add(b);
            }
        }
    }

    private void add(byte b) {
        hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
}
