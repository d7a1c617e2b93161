import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Kafka's own clients behind a line protocol: one JSON request a line on stdin,
 * one JSON answer a line on stdout, in any order, matched by "id". Requests run
 * at the same time. The end of stdin ends the process.
 */
public final class Oracle {
    interface Command {
        Object run(JsonNode args) throws Exception;
    }

    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private final Map<String, Command> commands;
    private final PrintStream out;

    private Oracle(String servers, PrintStream out) {
        this.out = out;
        Readers readers = new Readers(servers);
        Groups groups = new Groups(servers);
        Members members = new Members(servers);
        Workers workers = new Workers(servers);
        World world = new World(servers);
        Tool tool = new Tool(servers);
        commands = Map.ofEntries(
                Map.entry("read", args -> readers.read(JSON.treeToValue(args, Readers.Request.class))),
                Map.entry("list-offsets", args -> groups.listOffsets(JSON.treeToValue(args, Groups.Lookup.class))),
                Map.entry("commit", args -> groups.commit(JSON.treeToValue(args, Groups.Commit.class))),
                Map.entry("committed", args -> groups.committed(args.get("group").asText())),
                Map.entry("describe", args -> groups.describe(args.get("group").asText())),
                Map.entry("join", args -> members.join(JSON.treeToValue(args, Members.Request.class))),
                Map.entry("member", args -> members.report(args.get("member").asInt())),
                Map.entry("leave", args -> members.leave(args.get("member").asInt())),
                Map.entry("work", args -> workers.start(JSON.treeToValue(args, Worker.Config.class))),
                Map.entry("work-end", args -> workers.end(args.get("worker").asInt())),
                Map.entry("consumer-groups", args -> tool.run(List.of(JSON.treeToValue(args.get("args"), String[].class)))),
                Map.entry("world", args -> world.build(args.get("seed").asLong())),
                Map.entry("append", args -> world.append(args.get("topic").asText())));
    }

    public static void main(String[] args) throws Exception {
        PrintStream answers = System.out;
        System.setOut(System.err); // loggers write to stdout, which belongs to the protocol
        Oracle oracle = new Oracle(args[0], answers);
        ExecutorService workers = Executors.newCachedThreadPool();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            JsonNode request = JSON.readTree(line);
            workers.submit(() -> oracle.answer(request));
        }
        Runtime.getRuntime().halt(0); // an open transaction or member must not hold the process
    }

    private void answer(JsonNode request) {
        ObjectNode answer = JSON.createObjectNode();
        answer.set("id", request.get("id"));
        try {
            Command command = commands.get(request.get("do").asText());
            answer.set("answer", JSON.valueToTree(command.run(request.get("args"))));
        } catch (Throwable e) {
            e.printStackTrace();
            answer.put("error", String.valueOf(e));
        }
        synchronized (out) {
            out.println(answer);
            out.flush();
        }
    }
}
