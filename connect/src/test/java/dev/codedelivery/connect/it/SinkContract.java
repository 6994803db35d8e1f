package dev.codedelivery.connect.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The tests that every kind of server must pass. Each has its own topics, connectors and indices.
 */
abstract class SinkContract {
  private static final Map<String, String> COMPACT = Map.of("cleanup.policy", "compact");
  private static KafkaServer kafka;
  private static Worker connect;
  private static int tests;

  private final String name = "t" + ++tests;
  private final List<String> connectors = new java.util.ArrayList<>();

  abstract SearchNode server();

  /** Starts Kafka and Connect once, for all kinds of server. */
  static synchronized void startKafka() throws IOException, InterruptedException {
    if (kafka == null) {
      kafka = new KafkaServer();
      connect = new Worker(kafka, "-XX:TieredStopAtLevel=1", "-Xmx192m");
    }
  }

  @AfterEach
  void removeConnectors() {
    connectors.forEach(connect::delete);
  }

  @Test
  void theVeryFirstDocumentHasTheRightMappingIdAndDay() {
    kafka.create(name, 1, Map.of());
    begin(name, positions(Map.of()));
    send(position("d1", 0, Instant.now()));
    awaitCount(name, 1);
    String index = name + "-" + day(LocalDate.now(ZoneOffset.UTC)) + "-1";
    JsonNode mapping = server().get("/" + index + "/_mapping").body().path(index).path("mappings");
    assertEquals("geo_point", mapping.at("/properties/position/type").asText());
    assertEquals("date", mapping.at("/properties/at/type").asText());
    assertEquals("keyword", mapping.at("/properties/deliveryId/type").asText());
    assertEquals("false", mapping.path("dynamic").asText());
    assertEquals(index, server().document(name, "d1:0").path("_index").asText());
    String near =
        "{\"query\":{\"geo_distance\":{\"distance\":\"10m\",\"position\":[-47.93,-15.83]}}}";
    assertEquals(
        1, server().post("/" + name + "/_search", near).body().at("/hits/total/value").asInt());
  }

  @Test
  void badRecordsGoToTheDeadLetterTopicWithTheServersReasonAndTheirNeighboursAreIndexed() {
    kafka.create(name, 1, Map.of());
    kafka.create(name + "-dead", 1, Map.of());
    begin(name, positions(Map.of("batch.size", "100", "bulk.size.bytes", "100000")));
    Instant now = Instant.now();
    send(position("good", 0, now));
    send(position("far", 0, now).replace("[-47.93,-15.83]", "[999,999]"));
    send("this is no JSON");
    send(position("wrong", 0, now).replace("\"speed\":8.5", "\"speed\":\"fast\""));
    send(
        position("long", 0, now)
            .replace("\"routeId\":\"1\"", "\"routeId\":\"" + "x".repeat(40_000) + "\""));
    send(
        position("huge", 0, now)
            .replace("\"routeId\":\"1\"", "\"routeId\":\"" + "x".repeat(200_000) + "\""));
    send(position("timeless", 0, now).replace("\"at\"", "\"when\""));
    send("{\"seq\":1,\"at\":" + now.toEpochMilli() + "}");
    send("[1,2]");
    send(position("ahead", 0, now.plus(9, ChronoUnit.DAYS)));
    send(position("good", 1, now));
    awaitCount(name, 2);
    Await.until(
        "Nine records are in the dead-letter topic", () -> kafka.read(name + "-dead").size() == 9);
    List<String> reasons = kafka.read(name + "-dead").stream().map(SinkContract::reason).toList();
    for (String expected :
        List.of(
            "illegal latitude value [999.0]",
            "Converting byte[] to Kafka Connect data failed",
            "failed to parse field [speed] of type [float]",
            "immense term",
            "DocumentTooLarge: The document has 200",
            "InvalidTime: The field at, which determines the day, is missing.",
            "InvalidId: The field deliveryId",
            "MalformedRecord: The record's value is not a JSON object but a list.",
            "more than a day ahead")) {
      assertEquals(
          1,
          reasons.stream().filter(r -> r.contains(expected)).count(),
          expected + " in " + reasons);
    }
    assertEquals("RUNNING", connect.task(name).path("state").asText());
    Await.until(
        "All offsets are committed, including those of bad records",
        () -> kafka.committed("connect-" + name) == 11);
  }

  @Test
  void aFloodOfBadRecordsDoesNotHoldUpGoodOnes() {
    kafka.create(name, 1, Map.of());
    begin(name, positions(Map.of()));
    for (int i = 0; i < 3_000; i++) {
      send(
          i % 3 == 0
              ? position("good", i, Instant.now())
              : position("bad", i, Instant.now()).replace("-47.93", i % 3 == 1 ? "-947" : "oh"));
    }
    awaitCount(name, 1_000);
    Await.until(
        "All bad ones are in the dead-letter topic",
        () -> kafka.read(name + "-dead").size() == 2_000);
    Await.until("All offsets are committed", () -> kafka.committed("connect-" + name) == 3_000);
  }

  @Test
  void oddAndLargeBadRecordsAreDeadLettersToo() {
    kafka.create(name, 1, Map.of());
    begin(
        name,
        positions(
            Map.of(
                "dead.letter.max.bytes",
                "2000000", // more than the producer takes: Connect refuses, and says it has sent it
                "value.converter",
                "org.apache.kafka.connect.converters.ByteArrayConverter")));
    send(position("\\ud83d", 0, Instant.now()));
    String large = "{\"note\":\"" + "x".repeat(1_047_900) + "\"}";
    send(large);
    send(
        position("good", 0, Instant.now()).replace("\"routeId\":\"1\"", "\"routeId\":\"\\ud83d\""));
    awaitCount(name, 1);
    Await.until("Both are dead letters", () -> kafka.read(name + "-dead").size() == 2);
    List<ConsumerRecord<String, byte[]>> letters = kafka.read(name + "-dead");
    assertTrue(reason(letters.get(0)).startsWith("InvalidId"), reason(letters.get(0)));
    assertTrue(reason(letters.get(1)).contains("InvalidId"), reason(letters.get(1)));
    assertEquals(16 * 1024, letters.get(1).value().length);
    assertEquals(
        Integer.toString(large.length()),
        new String(
            letters.get(1).headers().lastHeader("dead-letter.value.bytes").value(),
            StandardCharsets.UTF_8));
    Await.until("All offsets are committed", () -> kafka.committed("connect-" + name) == 3);
    assertEquals("RUNNING", connect.task(name).path("state").asText());
  }

  @Test
  void theServerTakesTheDeletionOfADocumentThatDoesNotExist() {
    kafka.create(name, 1, Map.of());
    begin(name, positions(Map.of()));
    send(position("d1", 0, Instant.now()));
    awaitCount(name, 1);
    String path =
        "/" + name + "-" + day(LocalDate.now(ZoneOffset.UTC)) + "/_bulk?require_alias=true";
    // As BulkClient sends it, to find out whether a document or the server is at fault.
    JsonNode taken =
        server().post(path, "{\"delete\":{\"_id\":\"probe-1\",\"routing\":\"d1:0\"}}\n").body();
    assertFalse(taken.path("errors").asBoolean(true), taken.toString());
    assertEquals(1, server().count(name));
  }

  @Test
  void withoutADeadLetterTopicABadRecordFailsTheTaskWithAMessage() {
    kafka.create(name, 1, Map.of());
    Map<String, String> options = positions(Map.of());
    options.keySet().removeIf(option -> option.startsWith("errors."));
    begin(name, options);
    send(position("far", 0, Instant.now()).replace("[-47.93,-15.83]", "[999,999]"));
    awaitFailure(name, "no dead-letter topic is configured");
  }

  @Test
  void killingTheServerMidwayLosesAndDuplicatesNothing() throws IOException, InterruptedException {
    kafka.create(name, 4, Map.of());
    begin(name, positions(Map.of("batch.size", "200", "max.buffered.records", "1000")));
    int each = 5_000;
    Instant start = Instant.now().minus(1, ChronoUnit.HOURS);
    for (int seq = 0; seq < each; seq++) {
      for (int delivery = 0; delivery < 4; delivery++) {
        kafka.send(
            name, delivery, "d" + delivery, position("d" + delivery, seq, start.plusMillis(seq)));
      }
    }
    kafka.flush();
    Await.until("Some are indexed", () -> server().count(name) > 500);
    server().kill();
    try {
      Await.until(
          "The task reports that it is waiting",
          () -> connect.metric(name, "WaitingFor").toString().contains("does not respond"));
    } finally {
      server().begin();
    }
    awaitCount(name, 4 * each);
    String bySeq =
        "{\"size\":0,\"aggs\":{\"d\":{\"terms\":{\"field\":\"deliveryId\"},\"aggs\":{\"s\":{\"stats\":{\"field\":\"seq\"}}}}}}";
    JsonNode deliveries =
        server().post("/" + name + "/_search", bySeq).body().at("/aggregations/d/buckets");
    assertEquals(4, deliveries.size());
    for (JsonNode delivery : deliveries) {
      assertEquals(each, delivery.path("doc_count").asInt());
      assertEquals(each - 1, delivery.at("/s/max").asInt());
      assertEquals((each - 1) * (double) each / 2, delivery.at("/s/sum").asDouble());
    }
    Await.until("All offsets are committed", () -> kafka.committed("connect-" + name) == 4 * each);
  }

  @Test
  void killingTheWorkerMidwayLosesAndDuplicatesNothing() throws IOException, InterruptedException {
    kafka.create(name, 2, Map.of());
    begin(
        name,
        positions(
            Map.of(
                "batch.size",
                "100",
                "tasks.max",
                "2",
                "value.converter",
                "org.apache.kafka.connect.converters.ByteArrayConverter")));
    Instant start = Instant.now().minus(1, ChronoUnit.HOURS);
    for (int i = 0; i < 10_000; i++) {
      kafka.send(name, i % 2, null, position("d" + i % 2, i, start.plusMillis(i)));
    }
    kafka.flush();
    Await.until("Some are indexed", () -> server().count(name) > 500);
    connect.kill();
    connect.begin();
    awaitCount(name, 10_000);
    Await.until("All offsets are committed", () -> kafka.committed("connect-" + name) == 10_000);
  }

  @Test
  void aReplayFromTheBeginningChangesNothingAcrossDays() {
    kafka.create(name, 2, Map.of());
    begin(name, positions(Map.of()));
    Instant now = Instant.now();
    for (int i = 0; i < 300; i++) {
      send(position("d" + i % 3, i, now.minus(i % 3, ChronoUnit.DAYS)));
    }
    kafka.flush();
    awaitCount(name, 300);
    String sums =
        "{\"size\":0,\"aggs\":{\"i\":{\"terms\":{\"field\":\"_index\"}},\"s\":{\"sum\":{\"field\":\"seq\"}}}}";
    JsonNode before = server().post("/" + name + "/_search", sums).body().path("aggregations");
    assertEquals(3, before.at("/i/buckets").size());
    connect.delete(name);
    String again = name + "-again";
    begin(again, positions(Map.of()));
    Await.until("The replay is done", () -> kafka.committed("connect-" + again) == 300);
    awaitCount(name, 300);
    assertEquals(before, server().post("/" + name + "/_search", sums).body().path("aggregations"));
  }

  @Test
  void theFirstRecordOfAnIdStaysWhateverIsWrittenLater() {
    kafka.create(name, 1, Map.of());
    begin(name, positions(Map.of("repeat.field", "repeated", "document.key.field", "deliveryId")));
    Instant now = Instant.now();
    String moved = position("d", 1, now).replace("-47.93", "-47.94");
    for (String value :
        List.of(position("d", 1, now), moved, position("d", 1, now), position("d", 2, now))) {
      kafka.send(name, 0, "d", value);
    }
    kafka.send(name, 0, "other", moved.replace("\"seq\":1,", "\"seq\":3,"));
    awaitCount(name, 2);
    Await.until("All offsets are committed", () -> kafka.committed("connect-" + name) == 5);
    JsonNode first = server().document(name, "d:1").path("_source");
    assertEquals(-47.93, first.at("/position/0").asDouble());
    assertTrue(first.path("repeated").asBoolean(), "by the equal one: " + first);
    assertFalse(server().document(name, "d:2").path("_source").has("repeated"));
    assertEquals(1, kafka.read(name + "-dead").size());
    assertTrue(reason(kafka.read(name + "-dead").get(0)).startsWith("ForeignKey"));

    // Whatever is written first after the index is gone: the log decides.
    connect.delete(name);
    server().delete("/" + name + "-" + day(LocalDate.now(ZoneOffset.UTC)) + "-1");
    begin(name + "-again", positions(Map.of("topics", name, "index", name)));
    awaitCount(name, 3); // it takes any key
    assertEquals(
        -47.93, server().document(name, "d:1").path("_source").at("/position/0").asDouble());
  }

  @Test
  void theTaskWaitsForAnIndexThatIsReadOnlyBecauseTheDiskIsFull() {
    kafka.create(name, 1, Map.of());
    begin(name, positions(Map.of()));
    send(position("d1", 0, Instant.now()));
    awaitCount(name, 1);
    block(true);
    send(position("d1", 1, Instant.now()));
    Await.until(
        "The task reports what it is waiting for",
        () ->
            connect
                .metric(name, "WaitingFor")
                .toString()
                .contains("is not accepting documents (cluster_block_exception"));
    assertEquals("RUNNING", connect.task(name).path("state").asText());
    block(false);
    awaitCount(name, 2);
    Await.until(
        "It is no longer waiting", () -> connect.metric(name, "WaitingFor").toString().isEmpty());
    assertEquals(0L, number(name, "RecordsRejected"));
  }

  @Test
  void aRemovedOrChangedTemplateIsRestored() {
    kafka.create(name, 1, Map.of());
    begin(name, positions(Map.of()));
    String path = "/_index_template/" + name;
    Await.until(
        "The template is there before any record", () -> server().get(path).status() == 200);
    JsonNode right = server().get(path).body();
    assertEquals(200, server().delete(path).status());
    Await.until("The template is back", () -> right.equals(server().get(path).body()));
    assertEquals(
        200,
        server().put(path, "{\"index_patterns\":[\"" + name + "-*\"],\"priority\":900}").status());
    Await.until("The template is as it was", () -> right.equals(server().get(path).body()));
    assertEquals(2L, number(name, "TemplatesRepaired"));
  }

  @Test
  void anIndexDeletedTogetherWithItsTemplateIsRecreatedWithTheRightMapping() {
    kafka.create(name, 1, Map.of());
    begin(name, positions(Map.of()));
    send(position("d1", 0, Instant.now()));
    awaitCount(name, 1);
    String index = name + "-" + day(LocalDate.now(ZoneOffset.UTC)) + "-1";
    server().delete("/_index_template/" + name);
    server().delete("/" + index);
    send(position("d1", 1, Instant.now()));
    awaitCount(name, 1);
    assertEquals(
        "geo_point",
        server()
            .get("/" + index + "/_mapping")
            .body()
            .path(index)
            .at("/mappings/properties/position/type")
            .asText());
  }

  @Test
  void aChangedMappingIsAppliedToLiveIndices() {
    kafka.create(name, 1, Map.of());
    begin(
        name, positions(Map.of("index.mapping", "{\"properties\":{\"seq\":{\"type\":\"long\"}}}")));
    send(position("d1", 0, Instant.now()));
    awaitCount(name, 1);
    begin(name, positions(Map.of()));
    String index = name + "-" + day(LocalDate.now(ZoneOffset.UTC)) + "-1";
    Await.until(
        "The live index has the new fields",
        () ->
            server()
                .get("/" + index + "/_mapping")
                .body()
                .path(index)
                .at("/mappings/properties/position/type")
                .asText()
                .equals("geo_point"));
  }

  @Test
  void anIndexWithAConflictingMappingFailsTheTaskWithAMessage() {
    kafka.create(name, 1, Map.of());
    String index = name + "-" + day(LocalDate.now(ZoneOffset.UTC)) + "-1";
    server()
        .put("/" + index, "{\"mappings\":{\"properties\":{\"position\":{\"type\":\"float\"}}}}");
    begin(name, positions(Map.of()));
    send(position("d1", 0, Instant.now()));
    awaitFailure(name, "The index " + index + " has a mapping that conflicts with the connector's");
  }

  @Test
  void theNewestVersionOfADocumentStaysAndATombstoneDeletesIt() {
    kafka.create(name, 1, COMPACT);
    Map<String, String> options =
        common(
            Map.of(
                "index",
                name,
                "index.period",
                "none",
                "index.mapping",
                "states",
                "key.ignore",
                "false",
                "external.version.field",
                "version",
                "behavior.on.null.values",
                "delete"));
    begin(name, options);
    kafka.send(name, "d1", "{\"deliveryId\":\"d1\",\"version\":5,\"seq\":2}");
    kafka.send(name, "d1", "{\"deliveryId\":\"d1\",\"version\":3,\"seq\":1}");
    kafka.send(name, "d2", "{\"deliveryId\":\"d2\",\"version\":1,\"seq\":0}");
    Await.until("The older record was skipped", () -> number(name, "RecordsOlder") == 1);
    awaitCount(name, 2);
    assertEquals(2, server().document(name, "d1").at("/_source/seq").asInt());
    kafka.send(name, "d1", null);
    awaitCount(name, 1);
    kafka.send(name, "d3", "{\"deliveryId\":\"d3\",\"version\":-1}");
    Await.until(
        "A record without a proper version is a dead letter",
        () -> kafka.read(name + "-dead").size() == 1);
  }

  @Test
  void aTombstoneIsIgnoredByDefaultAndADeadLetterIfConfigured() {
    kafka.create(name, 1, Map.of());
    begin(name, positions(Map.of()));
    kafka.send(name, "d1", null);
    Await.until("It is ignored", () -> number(name, "TombstonesIgnored") == 1);
    begin(name + "-fail", positions(Map.of("behavior.on.null.values", "fail")));
    Await.until("It is a dead letter", () -> kafka.read(name + "-dead").size() == 1);
    assertTrue(reason(kafka.read(name + "-dead").get(0)).contains("EmptyRecord"));
  }

  @Test
  void erasedIdsDoNotComeBackWithAReplay() {
    kafka.create(name, 1, Map.of());
    kafka.create(name + "-erased", 1, COMPACT);
    kafka.send(name + "-erased", "d1", "{}");
    kafka.send(name + "-erased", "d3", "{}");
    kafka.send(name + "-erased", "d3", null);
    kafka.flush();
    for (String delivery : List.of("d1", "d2", "d3")) {
      send(position(delivery, 0, Instant.now()));
    }
    begin(name, erasing(Map.of()));
    awaitCount(name, 2);
    assertTrue(server().document(name, "d1:0").isMissingNode());
    assertEquals(1L, number(name, "RecordsErased"));
    kafka.send(name + "-erased", "d2", "{}");
    Await.until("An id listed later is known as well", () -> number(name, "ErasedIds") == 2);
    awaitCount(name, 1);
    send(position("d2", 1, Instant.now()));
    Await.until("And its records are skipped", () -> number(name, "RecordsErased") == 2);
    assertEquals("RUNNING", connect.task(name).path("state").asText());
    assertTrue(server().document(name, "d2:1").isMissingNode());
  }

  @Test
  void anErasedIdIsDeletedFromAllDaysAtOnceAndNoOtherIs() {
    kafka.create(name, 2, Map.of());
    kafka.create(name + "-erased", 1, COMPACT);
    begin(name, erasing(Map.of("batch.size", "50", "linger.ms", "200")));
    Instant now = Instant.now();
    for (int i = 0; i < 900; i++) {
      send(position("d" + i % 3, i, now.minus(i % 4, ChronoUnit.DAYS)));
      if (i == 500) {
        kafka.send(name + "-erased", "d1", "{}");
      }
    }
    kafka.flush();
    awaitCount(name, 600);
    String left = "{\"size\":0,\"aggs\":{\"d\":{\"terms\":{\"field\":\"deliveryId\"}}}}";
    JsonNode deliveries =
        server().post("/" + name + "/_search", left).body().at("/aggregations/d/buckets");
    assertEquals(
        List.of("d0", "d2"), deliveries.findValuesAsText("key").stream().sorted().toList());
    Await.until(
        "Each of its records was skipped or deleted",
        () -> number(name, "RecordsErased") + number(name, "DocumentsErased") == 300);
    assertEquals(0L, number(name, "ErasuresWaiting"));
  }

  @Test
  void idsErasedWhileTheConnectorOrTheServerIsDownAreDeletedLater() throws Exception {
    kafka.create(name, 1, Map.of());
    kafka.create(name + "-erased", 1, COMPACT);
    begin(name, erasing(Map.of()));
    for (String delivery : List.of("d1", "d2", "d3")) {
      send(position(delivery, 0, Instant.now()));
    }
    awaitCount(name, 3);
    connect.delete(name);
    kafka.send(name + "-erased", "d1", "{}");
    kafka.flush();
    begin(name, erasing(Map.of()));
    awaitCount(name, 2);
    assertTrue(server().document(name, "d1:0").isMissingNode());
    server().kill();
    try {
      kafka.send(name + "-erased", "d2", "{}");
      kafka.flush();
      Await.until("It waits", () -> number(name, "ErasuresWaiting") == 1);
      assertEquals("RUNNING", connect.task(name).path("state").asText());
    } finally {
      server().begin();
    }
    awaitCount(name, 1);
    assertFalse(server().document(name, "d3:0").isMissingNode());
  }

  @Test
  void aFirstVersionIsDeletedByItsDocumentIdAndARequestByItsRecordsPosition() {
    kafka.create(name, 1, COMPACT);
    kafka.create(name + "-erased", 1, COMPACT);
    Map<String, String> states = erasing(Map.of("index.mapping", "states", "index.period", "none"));
    states.remove("document.id.fields");
    states.remove("index.time.field");
    states.putAll(Map.of("key.ignore", "false", "external.version.field", "version"));
    states.put("index", name + "-states");
    begin(name, states);
    Map<String, String> requests = erasing(Map.of("index.mapping", "requests"));
    requests.remove("document.id.fields");
    requests.remove("index.time.field");
    requests.put("erased.fields", "requestId");
    begin(name + "-requests", requests);
    kafka.send(name, "d1", "{\"deliveryId\":\"d1\",\"version\":0,\"seq\":-1}");
    kafka.send(name, "d2", "{\"deliveryId\":\"d2\",\"version\":0,\"requestId\":\"r2\"}");
    kafka.send(name, "d3", "{\"deliveryId\":\"d3\",\"version\":0}");
    awaitCount(name + "-states", 3);
    awaitCount(name, 3);
    for (String id : List.of("d1", name + "+0+0", "r2")) {
      kafka.send(name + "-erased", id, "{}");
    }
    awaitCount(name + "-states", 2);
    awaitCount(name, 1);
    assertTrue(server().document(name + "-states", "d1").isMissingNode());
    assertFalse(server().document(name, name + "+0+2").isMissingNode());
  }

  @Test
  void theTaskWaitsForATopicOfErasedIdsThatIsCreatedLater() {
    kafka.create(name, 1, Map.of());
    send(position("d1", 0, Instant.now()));
    send(position("d2", 0, Instant.now()));
    begin(name, erasing(Map.of()));
    Await.until(
        "The task reports that it is waiting",
        () -> connect.metric(name, "WaitingFor").toString().contains("the topic does not exist"));
    kafka.create(name + "-erased", 1, COMPACT);
    kafka.send(name + "-erased", "d1", "{}");
    awaitCount(name, 1);
    assertTrue(server().document(name, "d1:0").isMissingNode());
    assertEquals("RUNNING", connect.task(name).path("state").asText());
  }

  @Test
  void expiredDaysAreDeletedAndTheirRecordsSkipped() {
    kafka.create(name, 1, Map.of());
    LocalDate today = LocalDate.now(ZoneOffset.UTC);
    String old = name + "-" + day(today.minusDays(8)) + "-1";
    String young = name + "-" + day(today.minusDays(7)) + "-1";
    String now = name + "-" + day(today);
    for (String index : List.of(old, young, now + "-1")) {
      server().put("/" + index, "{\"aliases\":{\"" + name + "\":{}}}");
    }
    String alias = "{\"add\":{\"index\":\"" + now + "-1\",\"alias\":\"" + now + "\"}}";
    server().post("/_aliases", "{\"actions\":[" + alias + "]}");
    begin(name, positions(Map.of("retention.days", "7")));
    Await.until("The old day is deleted", () -> server().get("/" + old).status() == 404);
    assertEquals(200, server().get("/" + young).status());
    send(position("d1", 0, Instant.now().minus(8, ChronoUnit.DAYS)));
    send(position("d1", 1, Instant.now()));
    awaitCount(name, 1);
    assertEquals(1L, number(name, "RecordsExpired"));
    assertEquals(404, server().get("/" + old).status());
  }

  @Test
  void recordsWithASchemaAndTransformsAreIndexed() {
    kafka.create(name, 1, Map.of());
    Map<String, String> options =
        common(
            Map.of(
                "index",
                name,
                "index.mapping",
                "{\"properties\":{\"at\":{\"type\":\"date\"},\"text\":{\"type\":\"keyword\"},\"source\":{\"type\":\"keyword\"}}}",
                "value.converter",
                "org.apache.kafka.connect.json.JsonConverter",
                "value.converter.schemas.enable",
                "true"));
    options.put("transforms", "source");
    options.put("transforms.source.type", "org.apache.kafka.connect.transforms.InsertField$Value");
    options.put("transforms.source.topic.field", "source");
    options.put("connection.compression", "true");
    begin(name, options);
    send(
        "{\"schema\":{\"type\":\"struct\",\"fields\":[{\"field\":\"at\",\"type\":\"int64\",\"name\":\"org.apache.kafka.connect.data.Timestamp\",\"version\":1},{\"field\":\"text\",\"type\":\"string\",\"optional\":true}]},\"payload\":{\"at\":1795340100000,\"text\":\"olá\"}}");
    awaitCount(name, 1);
    JsonNode document = server().document(name, name + "+0+0").path("_source");
    assertEquals(
        "{\"at\":1795340100000,\"text\":\"olá\",\"source\":\"" + name + "\"}", document.toString());
  }

  @Test
  void invalidOptionsAreRejectedWithAMessageEach() {
    kafka.create(name, 1, Map.of());
    refused(
        Map.of("connection.url", "http://no-such-host.invalid:9200"),
        "The host no-such-host.invalid does not resolve.");
    refused(Map.of("bach.size", "10"), "There is no option bach.size. Did you mean batch.size?");
    refused(Map.of("key.ignore", "false"), "The id is either the record's key or made of fields.");
    refused(Map.of("connection.username", "writer"), "A username needs a password");
    refused(Map.of("index.mapping", "places"), "There is no mapping \"places\".");
    refused(Map.of("retention.days", "-1"), "retention.days");
  }

  private void refused(Map<String, String> options, String sentence) {
    Http.Reply reply = connect.configure(name, positions(options));
    assertEquals(400, reply.status());
    assertTrue(reply.body().path("message").asText().contains(sentence), reply.body().toString());
  }

  private void begin(String connector, Map<String, String> options) {
    if (!connectors.contains(connector)) {
      connectors.add(connector);
    }
    if (options.containsKey("errors.tolerance")) {
      try {
        kafka.create(name + "-dead", 1, Map.of());
      } catch (AssertionError e) {
        assertTrue(e.toString().contains("TopicExistsException"), e.toString());
      }
    }
    Http.Reply reply = connect.configure(connector, options);
    assertTrue(reply.status() == 200 || reply.status() == 201, reply.toString());
  }

  private void send(String value) {
    kafka.send(name, null, value);
  }

  private void block(boolean blocked) {
    String json = "{\"index.blocks.read_only_allow_delete\":" + (blocked ? "true" : "null") + "}";
    assertEquals(200, server().put("/" + name + "/_settings", json).status());
  }

  private void awaitCount(String alias, long count) {
    Await.until(
        () ->
            alias
                + " has "
                + server().count(alias)
                + " documents instead of "
                + count
                + "; the task: "
                + connect.task(name),
        120,
        () -> server().count(alias) == count);
  }

  private void awaitFailure(String connector, String sentence) {
    Await.until(
        "The task fails", () -> connect.task(connector).path("state").asText().equals("FAILED"));
    String trace = connect.task(connector).path("trace").asText();
    assertTrue(trace.contains(sentence), trace);
    assertFalse(trace.contains("NullPointerException"), trace);
  }

  private long number(String connector, String attribute) {
    try {
      return (Long) connect.metric(connector, attribute);
    } catch (IOException | javax.management.JMException e) {
      return -1; // not registered yet
    }
  }

  /** The options for positions, with a list of erased ids. */
  private Map<String, String> erasing(Map<String, String> more) {
    Map<String, String> options =
        positions(
            Map.of(
                "erased.topic",
                name + "-erased",
                "erased.fields",
                "deliveryId",
                "erased.consumer.bootstrap.servers",
                kafka.address));
    options.putAll(more);
    return options;
  }

  private Map<String, String> positions(Map<String, String> more) {
    Map<String, String> options =
        common(
            Map.of(
                "index",
                name,
                "index.mapping",
                "positions",
                "index.time.field",
                "at",
                "document.id.fields",
                "deliveryId,seq"));
    options.putAll(more);
    return options;
  }

  private Map<String, String> common(Map<String, String> more) {
    Map<String, String> options = new HashMap<>();
    options.put("topics", name);
    options.put("connection.url", server().url);
    options.put("errors.tolerance", "all");
    options.put("errors.deadletterqueue.topic.name", name + "-dead");
    options.put("errors.deadletterqueue.topic.replication.factor", "1");
    options.put("errors.deadletterqueue.context.headers.enable", "true");
    options.put("consumer.override.auto.offset.reset", "earliest");
    options.putAll(more);
    return options;
  }

  private static String position(String delivery, int seq, Instant at) {
    return "{\"routeId\":\"1\",\"clientId\":\"\",\"position\":[-47.93,-15.83],\"finished\":false,\"deliveryId\":\""
        + delivery
        + "\",\"seq\":"
        + seq
        + ",\"at\":"
        + at.toEpochMilli()
        + ",\"speed\":8.5,\"heading\":143.2,\"progress\":0.5}";
  }

  private static String day(LocalDate day) {
    return DateTimeFormatter.ofPattern("uuuu.MM.dd").format(day);
  }

  private static String reason(ConsumerRecord<String, byte[]> letter) {
    return new String(
        letter.headers().lastHeader("__connect.errors.exception.message").value(),
        StandardCharsets.UTF_8);
  }
}
