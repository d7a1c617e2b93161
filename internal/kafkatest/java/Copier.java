import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Reads, processes and writes in transactions, the offsets with them. Some of the
 * transactions are aborted at their very end and their records processed anew.
 */
final class Copier extends Worker {
    private final KafkaProducer<byte[], byte[]> producer;
    private int transactions;

    Copier(String servers, Config config) throws IOException {
        super(servers, config);
        Properties p = new Properties();
        p.put("bootstrap.servers", servers);
        p.put("transactional.id", config.transactionalId);
        producer = new KafkaProducer<>(p, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public void run() {
        try (producer) {
            producer.initTransactions();
            super.run();
        }
    }

    @Override
    void batch(ConsumerRecords<byte[], byte[]> records) throws Exception {
        if (records.isEmpty()) {
            return;
        }
        producer.beginTransaction();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            process(record);
            producer.send(new ProducerRecord<>(config.copyTo, record.partition(), record.key(), record.value()));
        }
        producer.sendOffsetsToTransaction(next(records), consumer.groupMetadata());
        if (config.abortEvery > 0 && ++transactions % config.abortEvery == 0) {
            producer.flush(); // what is aborted before it was sent is nowhere in the log
            producer.abortTransaction();
            note("aborted", records.count());
            rewind(records);
            return;
        }
        producer.commitTransaction();
    }

    private static Map<TopicPartition, OffsetAndMetadata> next(ConsumerRecords<byte[], byte[]> records) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        records.forEach(r -> offsets.put(new TopicPartition(r.topic(), r.partition()), new OffsetAndMetadata(r.offset() + 1)));
        return offsets;
    }

    private void rewind(ConsumerRecords<byte[], byte[]> records) {
        for (TopicPartition partition : records.partitions()) {
            consumer.seek(partition, records.records(partition).get(0).offset());
        }
    }
}
