import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.tools.consumer.group.ConsumerGroupCommand;

/** kafka-consumer-groups in this JVM, which saves its start; one call at a time. */
final class Tool {
    private final String servers;

    Tool(String servers) {
        this.servers = servers;
        Exit.setExitProcedure((status, message) -> {
            throw new IllegalStateException("exit " + status + ": " + message);
        });
    }

    /** What it prints to stdout. */
    synchronized String run(List<String> args) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            ConsumerGroupCommand.main(
                    Stream.concat(Stream.of("--bootstrap-server", servers), args.stream()).toArray(String[]::new));
        } finally {
            System.setOut(before);
        }
        return said.toString(StandardCharsets.UTF_8);
    }
}
