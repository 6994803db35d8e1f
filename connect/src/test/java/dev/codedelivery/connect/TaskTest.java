package dev.codedelivery.connect;

import static dev.codedelivery.connect.Fixtures.PARTITION;
import static dev.codedelivery.connect.Fixtures.position;
import static dev.codedelivery.connect.Fixtures.record;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.IntStream;
import javax.management.JMException;
import javax.management.ObjectName;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A task against servers in states that are hard to provoke on a real one. */
@Timeout(120)
class TaskTest {
  private final List<String> reported = new ArrayList<>();
  private final List<SinkRecord> letters = new ArrayList<>();
  private Function<SinkRecord, Future<Void>> deadLetterTopic = bad -> later();
  private ElasticsearchSinkTask task = new ElasticsearchSinkTask();
  private StubServer server;

  private void start(Function<StubServer.Request, StubServer.Reply> answer, String... options)
      throws IOException {
    server = new StubServer(answer);
    Map<String, String> all = Fixtures.options(options);
    all.put("connection.url", server.url);
    all.put("linger.ms", "0");
    all.put("retry.backoff.ms", "1");
    if (List.of(options).indexOf("errors.deadletterqueue.topic.name") < 0) {
      all.put("errors.deadletterqueue.topic.name", "dead");
    }
    ErrantRecordReporter reporter =
        (bad, problem) -> {
          reported.add(problem.getMessage());
          letters.add(bad);
          return deadLetterTopic.apply(bad);
        };
    task.initialize(
        (SinkTaskContext)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {SinkTaskContext.class},
                (proxy, method, arguments) ->
                    method.getName().equals("errantRecordReporter") ? reporter : null));
    task.start(all);
  }

  @AfterEach
  void stop() {
    task.stop();
    server.close();
  }

  /** The confirmation of a letter that was sent: it takes a moment. */
  private static CompletableFuture<Void> later() {
    AtomicInteger asked = new AtomicInteger();
    CompletableFuture<Void> later =
        new CompletableFuture<>() {
          @Override
          public boolean isDone() {
            return asked.getAndIncrement() > 0 && super.isDone();
          }
        };
    later.complete(null);
    return later;
  }

  private static Future<Void> refusedAtOnce() {
    return CompletableFuture.completedFuture(null); // so says Connect
  }

  private static SinkRecord bad(long offset, int bytes) {
    return record(offset, "key", "x".repeat(bytes).getBytes(StandardCharsets.UTF_8));
  }

  private static String header(SinkRecord letter, String name) {
    return (String) letter.headers().lastWithName(name).value();
  }

  private static List<SinkRecord> positions(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> record(i, null, position("d", i))).toList();
  }

  private long committable(long delivered) {
    return task.preCommit(Map.of(PARTITION, new OffsetAndMetadata(delivered)))
        .get(PARTITION)
        .offset();
  }

  private void until(BooleanSupplier so) throws InterruptedException {
    while (!so.getAsBoolean()) {
      Thread.sleep(5);
      task.put(List.of());
    }
  }

  private static Function<StubServer.Request, StubServer.Reply> bulk(
      Function<StubServer.Request, StubServer.Reply> answer) {
    return request -> request.bulk() ? answer.apply(request) : StubServer.fine(request);
  }

  @Test
  void requestsToABusyServerAreRetriedUntilAllIsWritten() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    int[] statuses = {429, 503, 502, 500};
    start(
        bulk(
            r ->
                asked.get() < 4
                    ? new StubServer.Reply(statuses[asked.getAndIncrement()], "busy")
                    : r.taken()),
        "max.in.flight.requests",
        "1");
    task.put(positions(0, 10));
    until(() -> committable(10) == 10);
    assertEquals(4, asked.get());
    assertTrue(reported.isEmpty());
  }

  @Test
  void aWaitIsMeasuredFromItsBeginningUntilDocumentsAreWrittenAgain() throws Exception {
    AtomicBoolean closed = new AtomicBoolean(true);
    start(bulk(r -> closed.get() ? new StubServer.Reply(503, "closed") : r.taken()));
    assertEquals(0L, metric("WaitingSeconds"));
    task.put(positions(0, 1));
    until(() -> metric("WaitingSeconds") >= 1);
    closed.set(false);
    until(() -> metric("WaitingSeconds") == 0 && committable(1) == 1);
  }

  @Test
  void onlyOperationsThatWereNotWrittenAreSentAgain() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    String half =
        "{\"errors\":true,\"items\":[{\"index\":{\"status\":201}},{\"index\":{\"status\":429,\"error\":{\"type\":\"es_rejected_execution_exception\"}}}]}";
    start(
        bulk(
            r ->
                switch (asked.getAndIncrement()) {
                  case 0 -> new StubServer.Reply(200, "{\"errors\":true}");
                  case 1 -> new StubServer.Reply(200, half);
                  default -> r.taken();
                }),
        "max.in.flight.requests",
        "1");
    task.put(positions(0, 2));
    until(() -> committable(2) == 2);
    List<StubServer.Request> bulks =
        server.requests.stream().filter(StubServer.Request::bulk).toList();
    assertEquals(3, bulks.size());
    assertEquals(bulks.get(0).body(), bulks.get(1).body(), "sent once more, for the outcomes");
    assertTrue(bulks.get(2).body().contains("d:1") && !bulks.get(2).body().contains("d:0"));
  }

  @Test
  void theOutcomeOfEachOperationIsRequestedOnlyAfterAnError() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    start(
        bulk(
            r ->
                asked.getAndIncrement() == 1
                    ? new StubServer.Reply(200, "{\"errors\":true}")
                    : r.taken()),
        "max.in.flight.requests",
        "1");
    for (int i = 0; i < 55; i++) {
      int sent = i + 1;
      task.put(positions(i, sent));
      until(() -> committable(sent) == sent);
    }
    List<Boolean> detailed =
        server.requests.stream()
            .filter(StubServer.Request::bulk)
            .map(r -> r.path().contains("items"))
            .toList();
    // One that is fine, one with an error that is asked again, fifty that are asked at once.
    assertEquals(List.of(false, false, true), detailed.subList(0, 3));
    assertEquals(List.of(true, false), detailed.subList(52, 54));
    assertEquals(51, detailed.stream().filter(r -> r).count());
  }

  @Test
  void aRequestThatIsTooLargeIsHalvedUntilTheCulpritIsAlone() throws Exception {
    start(bulk(r -> r.body().contains("\"d:5\"") ? new StubServer.Reply(413, "") : r.taken()));
    task.put(positions(0, 10));
    until(() -> committable(10) == 10);
    assertEquals(List.of("Elasticsearch refused the document: status 413"), reported);
  }

  @Test
  void aDocumentOnWhichTheServerKeepsFailingIsADeadLetter() throws Exception {
    String failed =
        "{\"errors\":true,\"items\":[{\"index\":{\"status\":500,\"error\":{\"type\":\"null_pointer_exception\",\"reason\":\"oh\"}}}]}";
    start(bulk(r -> new StubServer.Reply(200, failed)));
    task.put(positions(0, 1));
    until(() -> committable(1) == 1);
    assertEquals(
        List.of("Elasticsearch refused the document: null_pointer_exception: oh"), reported);
  }

  @Test
  void aWrongPasswordFailsTheTaskWithAMessageEvenWithoutRecords() throws Exception {
    start(
        r ->
            new StubServer.Reply(
                401,
                "{\"error\":{\"type\":\"security_exception\",\"reason\":\"unable to authenticate"
                    + " user [u]\"}}"),
        "connection.username",
        "u",
        "connection.password",
        "p");
    ConnectException problem = assertThrows(ConnectException.class, () -> until(() -> false));
    assertTrue(
        problem.getMessage().contains("unable to authenticate user [u]")
            && problem.getMessage().contains("Check connection.username and connection.password"),
        problem.getMessage());
  }

  @Test
  void aMissingPrivilegeFailsTheTaskAndReportsNoRecord() throws Exception {
    String denied =
        "{\"errors\":true,\"items\":[{\"index\":{\"status\":403,\"error\":{\"type\":\"security_exception\",\"reason\":\"action"
            + " is unauthorized\"}}}]}";
    start(bulk(r -> new StubServer.Reply(200, denied)));
    task.put(positions(0, 1));
    ConnectException problem = assertThrows(ConnectException.class, () -> until(() -> false));
    assertTrue(problem.getMessage().contains("action is unauthorized"), problem.getMessage());
    assertTrue(reported.isEmpty());
    assertEquals(0, committable(1));
  }

  @Test
  void aResponseThatIsNotElasticsearchsCommitsNothing() throws Exception {
    start(bulk(r -> new StubServer.Reply(200, "<html>welcome</html>")));
    task.put(positions(0, 1));
    while (server.requests.stream().filter(StubServer.Request::bulk).count() < 3) {
      Thread.sleep(5);
    }
    assertEquals(0, committable(1));
  }

  @Test
  void recordsBeyondTheBufferAreLeftToConnectWhileTheServerIsUnavailable() throws Exception {
    start(
        bulk(r -> new StubServer.Reply(503, "")), "batch.size", "5", "max.buffered.records", "10");
    task.put(positions(0, 10));
    RetriableException problem =
        assertThrows(RetriableException.class, () -> task.put(positions(10, 20)));
    assertTrue(
        problem.getMessage().contains("is not accepting documents (status 503)"),
        problem.getMessage());
    assertEquals(0, committable(10));
  }

  @Test
  void aRevokedPartitionIsNoLongerWritten() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    start(
        bulk(r -> asked.incrementAndGet() < 4 ? new StubServer.Reply(503, "") : r.taken()),
        "retry.backoff.ms",
        "1",
        "max.in.flight.requests",
        "1");
    task.put(positions(0, 3));
    while (asked.get() == 0) {
      Thread.sleep(1);
    }
    task.close(List.of(PARTITION));
    int then = asked.get();
    Thread.sleep(200);
    assertTrue(
        asked.get() <= then, "no request after close: " + asked.get() + " instead of " + then);
  }

  @Test
  void requestsAreBoundedInNumberAndSize() throws Exception {
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    start(
        bulk(
            r -> {
              most.accumulateAndGet(now.incrementAndGet(), Math::max);
              try {
                Thread.sleep(20);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              now.decrementAndGet();
              return r.taken();
            }),
        "batch.size",
        "10",
        "max.in.flight.requests",
        "2");
    task.put(positions(0, 200));
    until(() -> committable(200) == 200);
    assertEquals(2, most.get());
    assertTrue(
        server.requests.stream()
            .filter(StubServer.Request::bulk)
            .allMatch(r -> r.body().lines().count() <= 20));
  }

  @Test
  void noRecordFailsTheTaskHoweverOddItIs() throws Exception {
    start(bulk(StubServer.Request::taken));
    Map<String, Object> odd =
        new java.util.AbstractMap<>() {
          @Override
          public java.util.Set<Map.Entry<String, Object>> entrySet() {
            throw new IllegalStateException("odd");
          }

          @Override
          public Object get(Object key) {
            throw new IllegalStateException("odd");
          }
        };
    task.put(
        List.of(
            record(0, null, "{\"deliveryId\":\"\\ud83d\",\"seq\":1,\"at\":" + Fixtures.NOON + "}"),
            record(1, null, odd),
            record(2, null, position("d", 2))));
    until(() -> committable(3) == 3);
    assertEquals(2, reported.size());
    assertTrue(reported.get(0).startsWith("InvalidId: "), reported.get(0));
    assertTrue(reported.get(1).startsWith("UnexpectedError: "), reported.get(1));
    assertTrue(reported.get(1).endsWith("java.lang.IllegalStateException: odd"), reported.get(1));
  }

  @Test
  void anOffsetIsCommittedOnlyWhenKafkaHasConfirmedTheDeadLetter() throws Exception {
    CompletableFuture<Void> confirmation = new CompletableFuture<>();
    deadLetterTopic = letter -> confirmation;
    start(bulk(StubServer.Request::taken));
    task.put(List.of(bad(0, 10), record(1, null, position("d", 1))));
    while (server.requests.stream().noneMatch(StubServer.Request::bulk)) {
      Thread.sleep(5);
    }
    Thread.sleep(100);
    assertEquals(0, committable(2));
    confirmation.complete(null);
    assertEquals(2, committable(2));
  }

  @Test
  void aDeadLetterThatKafkaRefusesFailsTheTaskAndCommitsNothing() throws Exception {
    CompletableFuture<Void> confirmation = new CompletableFuture<>();
    deadLetterTopic = letter -> confirmation;
    start(bulk(StubServer.Request::taken));
    task.put(List.of(bad(0, 10)));
    confirmation.completeExceptionally(
        new RecordTooLargeException("2000 is larger than the topic takes"));
    assertEquals(0, committable(1), "and the exception is not lost where Connect only logs it");
    ConnectException problem = assertThrows(ConnectException.class, () -> until(() -> false));
    assertTrue(
        problem.getMessage().contains("the dead-letter topic dead did not take it either")
            && problem.getMessage().contains("2000 is larger than the topic takes")
            && problem.getMessage().contains("dead.letter.max.bytes"),
        problem.getMessage());
  }

  @Test
  void aDeadLetterThatIsTooLargeIsShortenedWithItsLengthAndHash() throws Exception {
    start(bulk(StubServer.Request::taken), "dead.letter.max.bytes", "100000");
    task.put(List.of(bad(7, 95_000), bad(8, 80_000)));
    until(() -> committable(9) == 9);
    assertEquals(2, letters.size());
    SinkRecord letter = letters.get(0);
    assertEquals(16 * 1024, ((byte[]) letter.value()).length);
    assertEquals("95000", header(letter, "dead-letter.value.bytes"));
    assertEquals(
        "e8df312a830c61e9d076", header(letter, "dead-letter.value.sha256").substring(0, 20));
    assertEquals(
        "topic/3/7", letter.topic() + "/" + letter.kafkaPartition() + "/" + letter.kafkaOffset());
    assertEquals("key", letter.key());
    assertTrue(
        reported
                .get(0)
                .startsWith(
                    "The record is too large for the dead-letter topic: its value has 95000 bytes")
            && reported.get(0).contains("MalformedRecord"),
        reported.get(0));
    assertEquals(80_000, ((byte[]) letters.get(1).value()).length, "small enough");
  }

  @Test
  void aDeadLetterThatConnectsProducerRefusesAtOnceIsShortened() throws Exception {
    deadLetterTopic =
        letter -> ((byte[]) letter.value()).length > 20_000 ? refusedAtOnce() : later();
    start(bulk(StubServer.Request::taken));
    task.put(List.of(bad(0, 30_000)));
    until(() -> committable(1) == 1);
    assertEquals(2, letters.size());
    assertEquals("30000", header(letters.get(1), "dead-letter.value.bytes"));
  }

  @Test
  void aConverterThatDoesNotTakeTheBeginningOfAValueGetsNone() throws Exception {
    deadLetterTopic =
        letter -> {
          if (letter.value() instanceof String) {
            throw new DataException("not an object");
          }
          return letter.value() == null ? later() : refusedAtOnce();
        };
    start(bulk(StubServer.Request::taken));
    Map<String, Object> timeless = position("d", 1);
    timeless.remove("at");
    task.put(List.of(record(0, null, timeless)));
    until(() -> committable(1) == 1);
    assertEquals(null, letters.get(2).value());
    assertEquals("26", header(letters.get(2), "dead-letter.value.bytes"));
  }

  @Test
  void aDeadLetterTopicThatTakesNothingFailsTheTask() throws Exception {
    deadLetterTopic = letter -> refusedAtOnce();
    start(bulk(StubServer.Request::taken));
    ConnectException problem =
        assertThrows(ConnectException.class, () -> task.put(List.of(bad(0, 10))));
    assertTrue(
        problem
            .getMessage()
            .contains("The record topic/3/0 cannot be indexed, and the dead-letter"),
        problem.getMessage());
    assertEquals(0, committable(1));
  }

  @Test
  void aReporterWithoutATopicIsNoDeadLetterTopic() throws Exception {
    start(bulk(StubServer.Request::taken), "errors.deadletterqueue.topic.name", "");
    ConnectException problem =
        assertThrows(ConnectException.class, () -> task.put(List.of(bad(0, 10))));
    assertTrue(problem.getMessage().contains("no dead-letter topic"), problem.getMessage());
    assertEquals(0, committable(1));
  }

  @Test
  void keysAndHeadersThatAreTooLargeAreLeftOutOfAShortenedLetter() throws Exception {
    start(bulk(StubServer.Request::taken), "dead.letter.max.bytes", "50000");
    SinkRecord record =
        new SinkRecord(
            "topic",
            3,
            null,
            "k".repeat(60_000),
            null,
            "{",
            0,
            null,
            TimestampType.NO_TIMESTAMP_TYPE);
    record.headers().addString("large", "h".repeat(60_000));
    task.put(List.of(record));
    until(() -> committable(1) == 1);
    SinkRecord letter = letters.get(0);
    assertEquals(null, letter.key());
    assertEquals("60000", header(letter, "dead-letter.key.bytes"));
    assertEquals("60005", header(letter, "dead-letter.headers.bytes"));
    assertEquals(null, letter.headers().lastWithName("large"));
    assertEquals("{", letter.value());
    assertEquals(-1L, letter.timestamp(), "Connect's reporter needs one");
  }

  private static boolean isProbe(StubServer.Request request) {
    return request.body().startsWith("{\"delete\":{\"_id\":\"probe-");
  }

  @Test
  void aDocumentOnWhichWholeRequestsFailIsFoundAndADeadLetter() throws Exception {
    for (int status : new int[] {500, 502, 503, 504, 408, 200, 403, 406, 451}) {
      reported.clear();
      start(
          bulk(
              r ->
                  r.body().contains("\"d:5\"") && !isProbe(r)
                      ? new StubServer.Reply(status, "<html>no</html>")
                      : r.taken()),
          "retry.backoff.max.ms",
          "2");
      task.put(positions(0, 10));
      until(() -> committable(10) == 10);
      assertEquals(1, reported.size(), "" + status);
      assertTrue(
          reported.get(0).startsWith("Elasticsearch refused the document: "), reported.get(0));
      assertEquals(5L, letters.get(letters.size() - 1).kafkaOffset());
      task.stop();
      server.close();
      task = new ElasticsearchSinkTask();
    }
    start(bulk(StubServer.Request::taken));
  }

  @Test
  void aDocumentWhoseRequestNeverGetsAnAnswerIsFoundAndADeadLetter() throws Exception {
    start(
        bulk(
            r -> {
              if (r.body().contains("\"d:2\"") && !isProbe(r)) {
                try {
                  Thread.sleep(500);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }
              return r.taken();
            }),
        "retry.backoff.max.ms",
        "2",
        "read.timeout.ms",
        "250");
    task.put(positions(0, 4));
    until(() -> committable(4) == 4);
    assertEquals(1, reported.size());
    assertTrue(reported.get(0).contains("does not respond (timed out)"), reported.get(0));
    assertTrue(
        server.requests.stream()
            .anyMatch(r -> isProbe(r) && r.body().contains("\"routing\":\"d:2\"")),
        "the shard answers");
  }

  @Test
  void noDocumentIsBlamedWhileTheServerTakesNone() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    start(
        bulk(
            r ->
                asked.incrementAndGet() < 200
                    ? new StubServer.Reply(asked.get() % 2 == 0 ? 503 : 502, "")
                    : r.taken()),
        "retry.backoff.max.ms",
        "2",
        "max.in.flight.requests",
        "1");
    task.put(positions(0, 10));
    until(() -> committable(10) == 10);
    assertEquals(List.of(), reported);
  }

  @Test
  void aServerThatAsksForPatienceWithOneDocumentGetsIt() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    start(
        bulk(
            r ->
                r.body().contains("\"d:1\"") && asked.incrementAndGet() < 100
                    ? new StubServer.Reply(429, "")
                    : r.taken()),
        "retry.backoff.max.ms",
        "2");
    task.put(positions(0, 4));
    until(() -> committable(4) == 4);
    assertEquals(List.of(), reported);
  }

  @Test
  void aProxyThatRefusesEveryRequestFailsTheTask() throws Exception {
    start(bulk(r -> new StubServer.Reply(403, "<html>forbidden</html>")));
    task.put(positions(0, 4));
    ConnectException problem = assertThrows(ConnectException.class, () -> until(() -> false));
    assertTrue(problem.getMessage().contains("refused to write documents"), problem.getMessage());
    assertEquals(List.of(), reported);
    assertEquals(0, committable(4));
  }

  @Test
  void aRecordThatContradictsTheDocumentIsLeftOutAndCounted() throws Exception {
    start(bulk(this::inFirstVersion), "max.in.flight.requests", "1");
    Map<String, Object> moved = position("d", 7);
    moved.put("speed", 9);
    task.put(List.of(record(0, null, position("d", 7))));
    until(() -> committable(1) == 1);
    task.put(List.of(record(1, null, position("d", 7)), record(2, null, moved)));
    until(() -> committable(3) == 3);
    assertEquals(2L, metric("RecordsOlder"), "neither replaced the document");
    assertEquals(1L, metric("RecordsContradicting"), "the other one was a repeat");
    assertTrue(reported.isEmpty(), "Kafka has it already: " + reported);
    task.put(List.of(record(0, null, position("d", 7))));
    until(() -> committable(3) == 3 && metric("RecordsIndexed") == 2);
    assertEquals(2L, metric("RecordsOlder"), "a replay is no conflict");
  }

  private final Map<String, Long> versions = new ConcurrentHashMap<>();

  /** Takes versions as the server does, and reports conflicts in its words. */
  private StubServer.Reply inFirstVersion(StubServer.Request request) {
    List<String> items = new ArrayList<>();
    for (String line : request.body().lines().filter(l -> l.startsWith("{\"index\"")).toList()) {
      JsonNode action = Mapping.object(line).path("index");
      String id = action.path("_id").asText();
      long provided = action.path("version").asLong();
      long current = versions.merge(id, provided, Math::max);
      items.add(
          current == provided
              ? "{\"index\":{\"status\":200}}"
              : "{\"index\":{\"status\":409,\"error\":{\"type\":\"version_conflict_engine_exception\",\"reason\":\"["
                  + id
                  + "]: version conflict, current version ["
                  + current
                  + "] is higher than the one provided ["
                  + provided
                  + "]\"}}}");
    }
    boolean errors = items.stream().anyMatch(item -> item.contains("409"));
    return new StubServer.Reply(
        200, "{\"errors\":" + errors + ",\"items\":[" + String.join(",", items) + "]}");
  }

  private static long metric(String name) {
    try {
      ObjectName task =
          new ObjectName("dev.codedelivery.connect:type=sink-task,connector=\"sink\",task=0");
      return (Long) ManagementFactory.getPlatformMBeanServer().getAttribute(task, name);
    } catch (JMException e) {
      throw new IllegalStateException(e);
    }
  }
}
