import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Live members of groups: they poll, are given partitions, and count what happens to them. */
final class Members {
    static final class Request {
        public String group;
        public List<String> topics;
        public String protocol;
        public String clientId;
    }

    /** How it is with a member now. */
    static final class Report {
        public int member;
        public String memberId;
        public int generation;
        public int assignedCalls;
        public int revokedCalls;
        public int polls;
        public List<String> assignment;
    }

    private final String servers;
    private final AtomicInteger last = new AtomicInteger();
    private final Map<Integer, Member> members = new ConcurrentHashMap<>();

    Members(String servers) {
        this.servers = servers;
    }

    /** Returns once the member has been given partitions. */
    Report join(Request request) throws Exception {
        Properties p = new Properties();
        p.put("bootstrap.servers", servers);
        p.put("group.id", request.group);
        p.put("group.protocol", request.protocol);
        p.put("client.id", request.clientId);
        p.put("auto.offset.reset", "earliest");
        p.put("enable.auto.commit", "false");
        if (request.protocol.equals("classic")) {
            p.put("heartbeat.interval.ms", "200"); // it hears of a rebalance at the next heartbeat
        }
        Member member = new Member(last.incrementAndGet(), p, request.topics);
        members.put(member.report.member, member);
        member.start();
        if (!member.given.await(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException("no assignment in group " + request.group);
        }
        return member.report();
    }

    Report report(int member) throws Exception {
        return members.get(member).report();
    }

    Report leave(int member) throws Exception {
        return members.remove(member).leave();
    }

    private static final class Member extends Thread implements ConsumerRebalanceListener {
        final Report report = new Report();
        final CountDownLatch given = new CountDownLatch(1);
        private final KafkaConsumer<byte[], byte[]> consumer;
        private final List<String> topics;
        private volatile boolean leaving;

        Member(int number, Properties p, List<String> topics) {
            report.member = number;
            this.topics = topics;
            this.consumer = new KafkaConsumer<>(p, new ByteArrayDeserializer(), new ByteArrayDeserializer());
            setDaemon(true);
        }

        @Override
        public void run() {
            try (consumer) {
                consumer.subscribe(topics, this);
                while (!leaving) {
                    consumer.poll(Duration.ofMillis(50));
                    note();
                }
            } catch (WakeupException leavingNow) {
                // leave() asked for it
            }
        }

        private synchronized void note() {
            ConsumerGroupMetadata meta = consumer.groupMetadata();
            report.polls++;
            report.memberId = meta.memberId();
            report.generation = meta.generationId();
            report.assignment = names(consumer.assignment());
            if (!report.assignment.isEmpty()) {
                given.countDown();
            }
            notifyAll();
        }

        /** Waits for two more polls first, so that a rebalance under way has been noticed. */
        synchronized Report report() throws InterruptedException {
            int after = report.polls + 2;
            while (report.polls < after && isAlive()) {
                wait(1000);
            }
            return report;
        }

        Report leave() throws InterruptedException {
            leaving = true;
            consumer.wakeup();
            join();
            return report;
        }

        @Override
        public synchronized void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            report.assignedCalls++;
        }

        @Override
        public synchronized void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            report.revokedCalls++;
        }

        private static List<String> names(Collection<TopicPartition> partitions) {
            return new ArrayList<>(partitions.stream()
                    .map(TopicPartition::toString).sorted().collect(Collectors.toList()));
        }
    }
}
