package dev.codedelivery.connect.it;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Compares the sink's throughput with that of a plain client that sends the same documents to the
 * same server, and measures how quickly it catches up after an outage. Started by {@code
 * bench/sink/run.sh}.
 */
final class SinkBenchmark {
  private static final int BATCH = 2_000;
  private static final int IN_FLIGHT = 3;
  private static final int PARTITIONS = 4;

  private final KafkaServer kafka = new KafkaServer();
  // With the JVM options of the demo's image (cluster/connect).
  private final Worker connect =
      new Worker(
          kafka, "-XX:TieredStopAtLevel=1", "-XX:NewRatio=1", "-XX:SurvivorRatio=3", "-Xmx112m");
  private final SearchNode server = new SearchNode("elasticsearch");
  // All on the current day.
  private final long now = System.currentTimeMillis() / 86_400_000 * 86_400_000;
  private double batch;

  private SinkBenchmark() throws IOException, InterruptedException {}

  /** Arguments: documents, rounds, seconds of outage (0: none). */
  public static void main(String[] arguments) throws Exception {
    int documents = Integer.parseInt(arguments[0]);
    int rounds = Integer.parseInt(arguments[1]);
    int outage = Integer.parseInt(arguments[2]);
    SinkBenchmark benchmark = new SinkBenchmark();
    benchmark.throughput(documents, rounds);
    if (outage > 0) {
      benchmark.outage(outage);
    }
    System.exit(0);
  }

  private void throughput(int documents, int rounds) throws Exception {
    kafka.create("positions", PARTITIONS, Map.of());
    for (int i = 0; i < documents; i++) {
      kafka.send("positions", i % PARTITIONS, "d" + i % 100, position(i));
    }
    kafka.flush();
    List<byte[]> bodies = bodies(documents, BATCH);
    plain("warm", bodies, "/_bulk?filter_path=errors");
    sink("warm-sink", documents);
    List<Double> alone = new ArrayList<>();
    List<Double> sink = new ArrayList<>();
    double connectSeconds = 0;
    double kafkaSeconds = 0;
    double[] serverSeconds = new double[2];
    for (int round = 0; round < rounds; round++) {
      double before = server.cpuSeconds();
      alone.add(documents / plain("plain-" + round, bodies, "/_bulk?filter_path=errors"));
      double between = server.cpuSeconds();
      double connectBefore = connect.cpuSeconds();
      double kafkaBefore = kafka.cpuSeconds();
      sink.add(documents / sink("sink-" + round, documents));
      connectSeconds += connect.cpuSeconds() - connectBefore;
      kafkaSeconds += kafka.cpuSeconds() - kafkaBefore;
      serverSeconds[0] += between - before;
      serverSeconds[1] += server.cpuSeconds() - between;
    }
    int singles = documents / 20;
    double single = singles / plain("single", bodies(singles, 1), "/_bulk?filter_path=errors");
    double ratio = median(sink) / median(alone);
    print(
        "_bulk alone, %d documents, %d at a time, %d requests in flight: %.0f documents/s (median"
            + " of %s)",
        documents, BATCH, IN_FLIGHT, median(alone), whole(alone));
    print(
        "the sink from a full topic of %d partitions:                      %.0f documents/s (median"
            + " of %s)",
        PARTITIONS, median(sink), whole(sink));
    print(
        "  = %.0f %% of _bulk alone (target: at least 80 %%) %s",
        100 * ratio, ratio >= 0.8 ? "met" : "MISSED");
    print(
        "one document per request, %d in flight: %.0f documents/s; the sink is %.1f times as fast"
            + " (target: several times)",
        IN_FLIGHT, single, median(sink) / single);
    double each = 1e6 / documents / rounds;
    print(
        "CPU time per document: Elasticsearch %.0f µs alone, %.0f µs with the sink; Connect"
            + " %.0f µs, Kafka %.0f µs",
        serverSeconds[0] * each,
        serverSeconds[1] * each,
        connectSeconds * each,
        kafkaSeconds * each);
    print("the sink's requests held %.0f documents on average", batch);
    print(
        "Connect holds %d MiB, Elasticsearch %d MiB",
        connect.residentMebibytes(), server.residentMebibytes());
  }

  /**
   * Sends 1,000 positions per second while the server is killed and stays down for {@code seconds}.
   */
  private void outage(int seconds) throws Exception {
    kafka.create("live", PARTITIONS, Map.of());
    AtomicLong sent = new AtomicLong();
    AtomicBoolean over = new AtomicBoolean();
    Thread vehicles =
        new Thread(
            () -> {
              long began = System.nanoTime();
              while (!over.get()) {
                long due = (System.nanoTime() - began) / 1_000_000;
                while (sent.get() < due) {
                  int i = (int) sent.getAndIncrement();
                  kafka.send("live", i % PARTITIONS, "d" + i % 500, position(i));
                }
                pause(5);
              }
            });
    begin("live");
    vehicles.start();
    Await.until("Positions are indexed", () -> server.count("live") > 1_000);
    server.kill();
    pause(seconds * 1_000L);
    server.begin();
    long back = System.nanoTime();
    Await.until(
        () -> "The sink has not caught up", 300, () -> server.count("live") >= sent.get() - 1_000);
    double caughtUp = (System.nanoTime() - back) / 1e9;
    over.set(true);
    vehicles.join();
    kafka.flush();
    Await.until(
        () -> "Lost: " + (sent.get() - server.count("live")),
        60,
        () -> server.count("live") == sent.get());
    print(
        "after %d s without the server at 1,000 positions/s, the sink caught up %.1f s after its"
            + " return (target: 60 s) %s; %d positions, none lost or duplicated",
        seconds, caughtUp, caughtUp <= 60 ? "met" : "MISSED", sent.get());
  }

  /** The time in seconds that the sink takes, without the connector's start-up. */
  private double sink(String index, int documents) throws Exception {
    begin(index);
    Await.until("The sink has started writing", () -> indexed(index) > 0);
    long first = indexed(index);
    long began = System.nanoTime();
    for (long done = first; done < documents; done = indexed(index)) {
      // Poll rarely, because each poll costs the server time, and more often near the end.
      double perMillisecond = (done - first + 1) / ((System.nanoTime() - began) / 1e6);
      pause(Math.max(20, Math.min(250, (long) ((documents - done) / perMillisecond / 2))));
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    batch = documents / ((Long) connect.metric(index, "Requests")).doubleValue();
    connect.delete(index);
    server.delete("/" + index + "-*");
    return seconds * documents / (documents - first);
  }

  private void begin(String index) {
    // The options of the chart's connector for positions.
    Map<String, String> options =
        new HashMap<>(
            Map.of(
                "topics",
                index.equals("live") ? "live" : "positions",
                "connection.url",
                server.url,
                "index",
                index,
                "index.mapping",
                "positions",
                "index.time.field",
                "at",
                "delay.field",
                "delayMilliseconds",
                "document.id.fields",
                "deliveryId,seq"));
    options.put("repeat.field", "repeated");
    options.put("batch.size", Integer.toString(BATCH));
    options.put("max.in.flight.requests", Integer.toString(IN_FLIGHT));
    options.put("consumer.override.auto.offset.reset", "earliest");
    options.put("consumer.override.max.poll.records", Integer.toString(BATCH));
    options.put("consumer.override.fetch.max.bytes", "1048576");
    options.put("value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter");
    Http.Reply reply = connect.configure(index, options);
    if (reply.status() >= 300) {
      throw new AssertionError(reply.toString());
    }
  }

  private long indexed(String index) {
    return server
        .get("/" + index + "/_stats/indexing")
        .body()
        .at("/_all/primaries/indexing/index_total")
        .asLong();
  }

  /** The time in seconds that a plain client takes to send these bodies. */
  private double plain(String index, List<byte[]> bodies, String path) throws Exception {
    server.put(
        "/" + index, "{\"settings\":{\"number_of_replicas\":0},\"mappings\":" + MAPPING + "}");
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    ConcurrentLinkedQueue<byte[]> queue = new ConcurrentLinkedQueue<>(bodies);
    List<Thread> threads = new ArrayList<>();
    long began = System.nanoTime();
    for (int i = 0; i < IN_FLIGHT; i++) {
      Thread thread =
          new Thread(() -> drain(client, queue, URI.create(server.url + "/" + index + path)));
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    if (!queue.isEmpty()) {
      throw new AssertionError("the plain client failed");
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    server.delete("/" + index);
    return seconds;
  }

  private static void drain(HttpClient client, ConcurrentLinkedQueue<byte[]> queue, URI uri) {
    try {
      for (byte[] body = queue.poll(); body != null; body = queue.poll()) {
        HttpRequest request =
            HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/x-ndjson")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (!response.body().equals("{\"errors\":false}")) {
          throw new AssertionError(response.body());
        }
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The request bodies, with the same ids and documents that the sink sends. */
  private List<byte[]> bodies(int documents, int batch) throws IOException {
    List<byte[]> bodies = new ArrayList<>();
    for (int from = 0; from < documents; from += batch) {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      for (int i = from; i < Math.min(documents, from + batch); i++) {
        String line =
            "{\"index\":{\"_id\":\"d"
                + i % 100
                + ":"
                + i
                + "\"}}\n"
                + position(i, ",\"delayMilliseconds\":" + i % 100)
                + "\n";
        body.write(line.getBytes(StandardCharsets.UTF_8));
      }
      bodies.add(body.toByteArray());
    }
    return bodies;
  }

  private String position(int i) {
    return position(i, "");
  }

  private String position(int i, String more) {
    return "{\"routeId\":\""
        + i % 3
        + "\",\"clientId\":\"\",\"position\":["
        + (-47.9 - i % 1000 / 10_000.0)
        + ","
        + (-15.8 - i % 777 / 10_000.0)
        + "],\"finished\":false,\"deliveryId\":\"d"
        + i % 100
        + "\",\"seq\":"
        + i
        + ",\"at\":"
        + (now + i)
        + ",\"speed\":8.53,\"heading\":143.2,\"progress\":0.5"
        + more
        + "}";
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private static List<Long> whole(List<Double> values) {
    return values.stream().map(Math::round).toList();
  }

  private static void pause(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void print(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  private static final String MAPPING = mapping();

  private static String mapping() {
    try (var file = SinkBenchmark.class.getResourceAsStream("/mappings/positions.json")) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
