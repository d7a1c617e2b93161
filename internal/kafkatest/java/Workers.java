import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Workers that are threads of this JVM: they end cleanly or by their own fault. */
final class Workers {
    private final String servers;
    private final AtomicInteger last = new AtomicInteger();
    private final Map<Integer, Worker> workers = new ConcurrentHashMap<>();

    Workers(String servers) {
        this.servers = servers;
    }

    int start(Worker.Config config) throws Exception {
        Worker worker = Worker.of(servers, config);
        int number = last.incrementAndGet();
        workers.put(number, worker);
        worker.start();
        return number;
    }

    /** Returns when the worker has closed its consumer. */
    boolean end(int number) throws Exception {
        Worker worker = workers.remove(number);
        if (worker != null) {
            worker.end();
            worker.join(60_000);
        }
        return worker == null || !worker.isAlive();
    }
}
