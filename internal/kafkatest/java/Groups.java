import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/** What Kafka's admin client says of groups and logs. */
final class Groups {
    /** One offset of one partition. */
    static final class At {
        public String topic;
        public int partition;
        public long offset;

        At() {}

        At(TopicPartition p, long offset) {
            this.topic = p.topic();
            this.partition = p.partition();
            this.offset = offset;
        }
    }

    static final class Commit {
        public String group;
        public List<At> offsets;
    }

    /** of is earliest, latest, or a timestamp in milliseconds. */
    static final class Lookup {
        public String of;
        public String isolation;
        public List<At> partitions;
    }

    static final class Description {
        public String type;
        public String state;
        public Integer groupEpoch;
        public List<Member> members = new ArrayList<>();
    }

    static final class Member {
        public String id;
        public String clientId;
        public String host;
        public Integer epoch;
        public List<String> assignment;
    }

    private final Admin admin;

    Groups(String servers) {
        Properties p = new Properties();
        p.put("bootstrap.servers", servers);
        admin = Admin.create(p);
    }

    List<At> listOffsets(Lookup lookup) throws Exception {
        OffsetSpec spec = switch (lookup.of) {
            case "earliest" -> OffsetSpec.earliest();
            case "latest" -> OffsetSpec.latest();
            default -> OffsetSpec.forTimestamp(Long.parseLong(lookup.of));
        };
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        lookup.partitions.forEach(p -> asked.put(new TopicPartition(p.topic, p.partition), spec));
        ListOffsetsOptions options =
                new ListOffsetsOptions(IsolationLevel.valueOf(lookup.isolation.toUpperCase()));
        List<At> found = new ArrayList<>();
        admin.listOffsets(asked, options).all().get().forEach((p, at) -> found.add(new At(p, at.offset())));
        return found;
    }

    boolean commit(Commit commit) throws Exception {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        commit.offsets.forEach(at ->
                offsets.put(new TopicPartition(at.topic, at.partition), new OffsetAndMetadata(at.offset)));
        admin.alterConsumerGroupOffsets(commit.group, offsets).all().get();
        return true;
    }

    List<At> committed(String group) throws Exception {
        List<At> offsets = new ArrayList<>();
        admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get()
                .forEach((p, at) -> offsets.add(new At(p, at.offset())));
        return offsets;
    }

    Description describe(String group) throws Exception {
        ConsumerGroupDescription d =
                admin.describeConsumerGroups(List.of(group)).all().get().get(group);
        Description said = new Description();
        said.type = d.type().toString();
        said.state = d.groupState().toString();
        said.groupEpoch = d.groupEpoch().orElse(null);
        d.members().stream()
                .sorted(Comparator.comparing(MemberDescription::consumerId))
                .forEach(m -> said.members.add(member(m)));
        return said;
    }

    private static Member member(MemberDescription m) {
        Member said = new Member();
        said.id = m.consumerId();
        said.clientId = m.clientId();
        said.host = m.host();
        said.epoch = m.memberEpoch().orElse(null);
        said.assignment = m.assignment().topicPartitions().stream()
                .map(TopicPartition::toString).sorted().collect(Collectors.toList());
        return said;
    }
}
