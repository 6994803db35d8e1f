package dev.codedelivery.connect;

import static dev.codedelivery.connect.Fixtures.PARTITION;
import static dev.codedelivery.connect.Fixtures.position;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Headers;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The spans of a task, as a collector receives them. */
@Timeout(120)
class TracesTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String OTHER = "0af7651916cd43dd8448eb211c80319c";
  private static final String SPAN = "00f067aa0ba902b7";

  private final ElasticsearchSinkTask task = new ElasticsearchSinkTask();
  private StubServer server;

  /** The server is Elasticsearch and the collector in one. */
  private void start(Function<StubServer.Request, StubServer.Reply> answer, String... options)
      throws IOException {
    server = new StubServer(answer);
    Map<String, String> all = Fixtures.options();
    all.put("name", "positions");
    all.put("connection.url", server.url);
    all.put("tracing.endpoint", server.url + "/");
    all.put("linger.ms", "0");
    all.put("retry.backoff.ms", "1");
    all.put("errors.deadletterqueue.topic.name", "dead");
    for (int i = 0; i < options.length; i += 2) {
      all.put(options[i], options[i + 1]);
    }
    ErrantRecordReporter reporter = (bad, problem) -> later();
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
    if (server != null) {
      task.stop();
      server.close();
    }
  }

  /** The confirmation of a letter that was sent: it takes a moment. */
  private static Future<Void> later() {
    return CompletableFuture.runAsync(
        () -> {}, CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS));
  }

  private static SinkRecord traced(long offset, String delivery, Object header, long time) {
    Headers headers = new ConnectHeaders();
    headers.add("traceparent", header, null);
    return new SinkRecord(
        PARTITION.topic(),
        PARTITION.partition(),
        null,
        null,
        null,
        position(delivery, offset),
        offset,
        time,
        TimestampType.LOG_APPEND_TIME,
        headers);
  }

  private static SinkRecord traced(long offset, String delivery, String trace) {
    String header = "00-" + trace + "-" + SPAN + "-01";
    return traced(offset, delivery, header, System.currentTimeMillis());
  }

  private void until(BooleanSupplier so) throws InterruptedException {
    while (!so.getAsBoolean()) {
      Thread.sleep(5);
      task.put(List.of());
    }
  }

  private long committable(long delivered) {
    return task.preCommit(Map.of(PARTITION, new OffsetAndMetadata(delivered)))
        .get(PARTITION)
        .offset();
  }

  private void written(long end) throws InterruptedException {
    until(() -> committable(end) == end);
  }

  /** What the collector has received. */
  private List<JsonNode> spans() {
    List<JsonNode> spans = new ArrayList<>();
    for (StubServer.Request request : server.requests) {
      if (request.path().equals("/v1/traces")) {
        JsonNode body = Mapping.object(request.body());
        body.at("/resourceSpans/0/scopeSpans/0/spans").forEach(spans::add);
      }
    }
    return spans;
  }

  private List<JsonNode> named(String name) {
    return spans().stream().filter(span -> span.path("name").asText().equals(name)).toList();
  }

  private static String attribute(JsonNode span, String key) {
    for (JsonNode attribute : span.path("attributes")) {
      if (attribute.path("key").asText().equals(key)) {
        return attribute.at("/value/stringValue").asText();
      }
    }
    return "";
  }

  private static Instant time(JsonNode span, String field) {
    return Instant.EPOCH.plusNanos(Long.parseLong(span.path(field).asText()));
  }

  @Test
  void theFirstDocumentOfATraceIsASpanInItAndTheOthersAreNone() throws Exception {
    start(StubServer::fine);
    SinkRecord first = traced(0, "d", TRACE);
    task.put(List.of(first, traced(1, "d", TRACE)));
    written(2);
    task.put(List.of(traced(2, "d", TRACE)));
    written(3);
    task.put(List.of(traced(3, "e", OTHER))); // its span comes after those of what is before
    until(() -> named(Traces.FIRST).size() == 2);
    assertEquals(2, spans().size(), "none for the others");
    JsonNode span = named(Traces.FIRST).get(0);
    assertEquals(TRACE, span.path("traceId").asText());
    assertEquals(SPAN, span.path("parentSpanId").asText());
    assertTrue(span.path("spanId").asText().matches("[0-9a-f]{16}"));
    assertFalse(span.has("status") || span.has("links"));
    assertEquals(first.timestamp(), time(span, "startTimeUnixNano").toEpochMilli());
    assertFalse(time(span, "endTimeUnixNano").isBefore(time(span, "startTimeUnixNano")));
    assertEquals("positions", attribute(span, "connector"));
    assertEquals("topic", attribute(span, "topic"));
    assertEquals("positions-2026.11.22", attribute(span, "index"));
    assertEquals("d:0", attribute(span, "document"));
    JsonNode resource =
        server.requests.stream()
            .filter(request -> request.path().equals("/v1/traces"))
            .map(request -> Mapping.object(request.body()).at("/resourceSpans/0/resource"))
            .findFirst()
            .orElseThrow();
    assertEquals("code-delivery-sink", attribute(resource, "service.name"));
  }

  @Test
  void aRequestWithTheFirstDocumentsOfSeveralTracesIsLinkedWithEach() throws Exception {
    start(StubServer::fine, "linger.ms", "50");
    task.put(List.of(traced(0, "d", TRACE), traced(1, "e", OTHER)));
    until(() -> !named(Traces.SEVERAL).isEmpty());
    JsonNode request = named(Traces.SEVERAL).get(0);
    List<JsonNode> firsts = named(Traces.FIRST);
    assertEquals(
        List.of(TRACE, OTHER), firsts.stream().map(s -> s.path("traceId").asText()).toList());
    assertFalse(request.has("parentSpanId"));
    for (int i = 0; i < 2; i++) {
      JsonNode there = request.path("links").get(i);
      assertEquals(firsts.get(i).path("traceId"), there.path("traceId"));
      assertEquals(firsts.get(i).path("spanId"), there.path("spanId"));
      JsonNode back = firsts.get(i).path("links").get(0);
      assertEquals(request.path("traceId"), back.path("traceId"));
      assertEquals(request.path("spanId"), back.path("spanId"));
    }
  }

  @Test
  void aRefusedDocumentIsAFailedSpanWithTheKindOfErrorAndNothingOfItsContent() throws Exception {
    String refused =
        "{\"errors\":true,\"items\":[{\"index\":{\"status\":400,\"error\":{\"type\":\"document_parsing_exception\",\"reason\":\"Preview"
            + " of field's value: 'Ana'\"}}}]}";
    start(r -> r.bulk() ? new StubServer.Reply(200, refused) : StubServer.fine(r));
    task.put(List.of(traced(0, "d", TRACE)));
    until(() -> !named(Traces.FIRST).isEmpty());
    JsonNode span = named(Traces.FIRST).get(0);
    assertEquals(2, span.at("/status/code").asInt());
    assertEquals("document_parsing_exception", span.at("/status/message").asText());
    assertFalse(span.toString().contains("Ana"));
  }

  @Test
  void aDocumentThatHadToBeSentAgainSaysWhen() throws Exception {
    AtomicInteger requests = new AtomicInteger();
    start(
        request ->
            request.bulk() && requests.getAndIncrement() < Operation.MAX_RETRIES + 1
                ? new StubServer.Reply(429, "{}")
                : StubServer.fine(request));
    task.put(List.of(traced(0, "d", TRACE)));
    until(() -> !named(Traces.FIRST).isEmpty());
    JsonNode span = named(Traces.FIRST).get(0);
    assertFalse(span.has("status"), "it was written in the end");
    assertEquals(Operation.MAX_RETRIES, span.path("events").size(), "the first of them");
    Instant before = time(span, "startTimeUnixNano");
    for (JsonNode event : span.path("events")) {
      assertEquals("retry", event.path("name").asText());
      assertFalse(time(event, "timeUnixNano").isBefore(before));
      before = time(event, "timeUnixNano");
    }
  }

  @Test
  void nothingIsRecordedOfWhatAStrangerOrAnUnsampledTraceOrAReplayBrings() throws Exception {
    start(StubServer::fine);
    long now = System.currentTimeMillis();
    String good = "00-" + TRACE + "-" + SPAN + "-01";
    task.put(
        List.of(
            traced(0, "a", good + "; DROP", now),
            traced(1, "b", "x".repeat(100_000), now),
            traced(2, "c", 7, now),
            traced(3, "d", "00-" + TRACE + "-" + SPAN + "-00", now),
            traced(4, "e", good, now - 3_600_000)));
    written(5);
    task.put(List.of(traced(5, "f", OTHER)));
    until(() -> !spans().isEmpty());
    assertEquals(List.of("f:5"), spans().stream().map(s -> attribute(s, "document")).toList());
  }

  @Test
  void aPartOfTheTracesIsRecordedAndTheIdDecides() throws Exception {
    start(StubServer::fine, "tracing.sampling.ratio", "0.5");
    String low = "f".repeat(16) + "7" + "f".repeat(15);
    String high = "f".repeat(16) + "8" + "0".repeat(15);
    task.put(List.of(traced(0, "high", high)));
    written(1);
    task.put(List.of(traced(1, "low", low)));
    until(() -> !spans().isEmpty());
    assertEquals(List.of(low), spans().stream().map(s -> s.path("traceId").asText()).toList());
  }

  @Test
  void aCollectorThatIsAwayOrNeverAnswersStopsNothingAndLosesOnlySpans() throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    start(
        request -> {
          if (request.path().equals("/v1/traces")) {
            await(ended);
          }
          return StubServer.fine(request);
        });
    int traces = SpanExporter.QUEUE + 1_000; // more than one request and the queue hold
    List<SinkRecord> records = new ArrayList<>();
    for (int i = 0; i < traces; i++) {
      records.add(traced(i, "d" + i, String.format("%032x", i + 1)));
    }
    task.put(records);
    written(traces);
    long began = System.nanoTime();
    task.stop();
    assertTrue(System.nanoTime() - began < 10_000_000_000L, "the end does not wait for it");
    ended.countDown();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aFullQueueDropsSpansAndNeverWaits() {
    // Nobody listens there.
    try (SpanExporter exporter = new SpanExporter("http://127.0.0.1:1", Map.of(), "test")) {
      Instant now = Instant.now();
      Span span = new Span("x", TRACE, SPAN, "", now, now, Map.of(), List.of(), List.of(), "");
      boolean dropped = false;
      for (int i = 0; i < 10_000_000 && !dropped; i++) {
        dropped = !exporter.add(span);
      }
      assertTrue(dropped);
    }
  }

  @Test
  void onlyTheExactFormOfVersion00IsATraceContext() {
    TraceContext context = TraceContext.parse("00-" + TRACE + "-" + SPAN + "-03");
    assertEquals(new TraceContext(TRACE, SPAN, true), context);
    for (String wrong :
        List.of(
            "",
            "01-" + TRACE + "-" + SPAN + "-01",
            "00-" + TRACE.toUpperCase(java.util.Locale.ROOT) + "-" + SPAN + "-01",
            "00-" + "0".repeat(32) + "-" + SPAN + "-01",
            "00-" + TRACE + "-" + "0".repeat(16) + "-01",
            "00-" + TRACE + "-" + SPAN + "-0g",
            "00-" + TRACE + "-" + SPAN + "-01-x")) {
      assertNull(TraceContext.parse(wrong), wrong);
    }
    byte[] bytes = ("00-" + TRACE + "-" + SPAN + "-01").getBytes(StandardCharsets.US_ASCII);
    assertNotNull(TraceContext.of(traced(0, "d", bytes, 0)), "as ByteArrayConverter leaves it");
  }

  @Test
  void anEndBeforeTheBeginningCountsAsNone() {
    Instant now = Instant.parse("2026-11-22T12:00:00.000000001Z");
    Span span =
        new Span("x", TRACE, SPAN, "", now.plusSeconds(1), now, Map.of(), List.of(), List.of(), "");
    assertEquals("1795348800000000001", span.json().path("startTimeUnixNano").asText());
    assertEquals("1795348800000000001", span.json().path("endTimeUnixNano").asText());
  }

  @Test
  void withoutAnEndpointNothingIsSent() throws Exception {
    start(StubServer::fine, "tracing.endpoint", "");
    task.put(List.of(traced(0, "d", TRACE)));
    written(1);
    assertEquals(List.of(), spans());
  }
}
