package dev.codedelivery.connect;

import static dev.codedelivery.connect.Fixtures.config;
import static dev.codedelivery.connect.Fixtures.position;
import static dev.codedelivery.connect.Fixtures.record;
import static dev.codedelivery.connect.Fixtures.states;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

class TranslatorTest {
  private static final Instant NOW = Instant.ofEpochMilli(Fixtures.NOON);

  private static Translation translate(SinkConfig config, SinkRecord record) {
    return new Translator(config).translate(record, NOW, Set.of("gone")::contains);
  }

  /** The target and the action. */
  private static String action(SinkConfig config, SinkRecord record) {
    return action((Operation) translate(config, record));
  }

  private static String action(Operation operation) {
    return operation.target().name() + " " + operation.text().lines().findFirst().get();
  }

  /** The action of a position at an offset. */
  private static String first(String id, long offset, Translation translation) {
    int checksum =
        new FirstRecord().checksum(document(translation).getBytes(StandardCharsets.UTF_8));
    return "positions-2026.11.22 "
        + "{\"index\":{\"_id\":\""
        + id
        + "\",\"version\":"
        + FirstRecord.version(offset, checksum)
        + ",\"version_type\":\"external_gte\"}}";
  }

  /** The document's line, or null. */
  private static String document(Translation translation) {
    return ((Operation) translation).text().lines().skip(1).findFirst().orElse(null);
  }

  private static void bad(SinkConfig config, SinkRecord record, String sentence) {
    String message =
        assertThrows(BadRecordException.class, () -> translate(config, record)).getMessage();
    assertTrue(message.contains(sentence), message);
  }

  @Test
  void theIdComesFromFieldsAndTheIndexFromTheRecordsDay() {
    Operation today = (Operation) translate(config(), record(3, null, position("d1", 7)));
    assertEquals(first("d1:7", 3, today), action(today));
    Map<String, Object> before = position("d1", 8);
    before.put("at", Fixtures.NOON - 43_200_001);
    Operation yesterday = (Operation) translate(config(), record(4, null, before));
    assertEquals("positions-2026.11.21", yesterday.target().name());
    assertEquals("d1:8", yesterday.id());
  }

  @Test
  void withoutFieldsTheIdIsTheOriginalTopicPartitionAndOffset() {
    SinkRecord record =
        record(42, null, position("d1", 7))
            .newRecord("renamed", 0, null, null, null, position("d1", 7), Fixtures.NOON);
    assertEquals(
        "positions-2026.11.22 {\"index\":{\"_id\":\"topic+3+42\"}}",
        action(config("document.id.fields", ""), record));
  }

  @Test
  void theAliasCanBeTheTopicAfterTransforms() {
    SinkRecord record =
        record(42, null, position("d1", 7))
            .newRecord("renamed", 0, null, null, null, position("d1", 7), Fixtures.NOON);
    assertEquals(
        "renamed-2026.11.22",
        ((Operation) translate(config("index", "${topic}"), record)).target().name());
  }

  @Test
  void aVersionProtectsTheDocumentOfAKey() {
    SinkConfig config = states("external.version.field", "seq");
    assertEquals(
        "states {\"index\":{\"_id\":\"k\",\"version\":7,\"version_type\":\"external_gte\"}}",
        action(config, record(0, "k", position("d1", 7))));
    bad(
        config,
        record(0, "k", Map.of("deliveryId", "d1")),
        "which holds the document's version, is missing");
    bad(config, record(0, "k", Map.of("seq", 1.5)), "It must be an integer of at least 0");
  }

  @Test
  void aTombstoneIsIgnoredDeletesOrIsBadAsConfigured() {
    assertEquals(Translation.Skip.TOMBSTONE, translate(config(), record(0, "k", null)));
    bad(config("behavior.on.null.values", "fail"), record(0, "k", null), "EmptyRecord");
    SinkConfig deleting = states("behavior.on.null.values", "delete");
    assertEquals("states {\"delete\":{\"_id\":\"k\"}}", action(deleting, record(0, "k", null)));
    assertNull(document(translate(deleting, record(0, "k", null))));
    bad(
        deleting,
        record(0, null, null),
        "The record's key, which is the document's id, is missing");
  }

  @Test
  void anErasedIdIsSkippedWhetherItIsTheDocumentsOrInAField() {
    SinkConfig config =
        config(
            "erased.topic",
            "erased",
            "erased.fields",
            "deliveryId",
            "erased.consumer.bootstrap.servers",
            "k:9092");
    assertEquals(Translation.Skip.ERASED, translate(config, record(0, null, position("gone", 1))));
    assertTrue(translate(config, record(0, null, position("here", 1))) instanceof Operation);
    assertEquals(
        Translation.Skip.ERASED, translate(states(), record(0, "gone", position("d1", 1))));
  }

  @Test
  void anExpiredDayIsSkippedAndOneFarAheadIsBad() {
    Map<String, Object> old = position("d1", 1);
    old.put("at", "2026-11-14T23:59:59Z");
    assertEquals(
        Translation.Skip.EXPIRED, translate(config("retention.days", "7"), record(0, null, old)));
    old.put("at", "2026-11-15T00:00:00Z");
    assertTrue(translate(config("retention.days", "7"), record(0, null, old)) instanceof Operation);
    old.put("at", "2026-11-24T00:00:00Z");
    bad(config(), record(0, null, old), "more than a day ahead");
    old.put("at", Fixtures.NOON / 1_000);
    bad(config(), record(0, null, old), "Check that its time is in milliseconds.");
  }

  @Test
  void theClockOfAWorkerAloneMakesNoDayExpiredOrFarAhead() {
    Translator expiring = new Translator(config("retention.days", "7"));
    SinkRecord today = record(0, null, position("d1", 7));
    Translation kept = expiring.translate(today, NOW.plus(60, ChronoUnit.DAYS), id -> false);
    assertTrue(kept instanceof Operation, "it would be missing from the index without a word");
    Translator behind = new Translator(config());
    Translation taken = behind.translate(today, NOW.minus(60, ChronoUnit.DAYS), id -> false);
    assertTrue(taken instanceof Operation);
    Map<String, Object> old = position("d1", 1);
    old.put("at", "2026-11-14T23:59:59Z");
    Translation skipped = expiring.translate(record(1, null, old), NOW, id -> false);
    assertEquals(Translation.Skip.EXPIRED, skipped);
  }

  @Test
  void aProducersTimeMakesNothingLaterAndARecordWithoutATimeSaysNothing() {
    BrokersTime time = new BrokersTime();
    time.see(timed(null, TimestampType.NO_TIMESTAMP_TYPE));
    time.see(timed(-1L, TimestampType.CREATE_TIME));
    assertEquals(Fixtures.NOON, time.earliest(NOW));
    time.see(timed(Fixtures.NOON + 9, TimestampType.CREATE_TIME));
    assertEquals(Fixtures.NOON, time.latest(NOW));
    time.see(timed(Fixtures.NOON + 7, TimestampType.LOG_APPEND_TIME));
    assertEquals(Fixtures.NOON + 7, time.latest(NOW));
    assertEquals(Fixtures.NOON + 9, time.earliest(NOW.plus(1, ChronoUnit.DAYS)));
  }

  private static SinkRecord timed(Long timestamp, TimestampType type) {
    return new SinkRecord("topic", 3, null, null, null, null, 0, timestamp, type);
  }

  @Test
  void aDocumentHasTheDelayUntilKafkaReceivedItIfConfigured() {
    SinkConfig config = config("delay.field", "delayMilliseconds");
    for (Object value :
        new Object[] {
          "{\"at\":" + (Fixtures.NOON - 48) + ",\"deliveryId\":\"d1\",\"seq\":7,\"of\":{}} \n",
          new TreeMap<>(
              Map.of("at", Fixtures.NOON - 48, "deliveryId", "d1", "of", Map.of(), "seq", 7))
        }) {
      String json = document(translate(config, record(0, null, value)));
      assertTrue(
          json.endsWith("},\"delayMilliseconds\":48}")
              || json.endsWith("7,\"delayMilliseconds\":48}"),
          json);
    }
    SinkRecord timeless =
        new SinkRecord(
            "topic",
            3,
            null,
            null,
            null,
            position("d1", 7),
            0,
            null,
            TimestampType.NO_TIMESTAMP_TYPE);
    assertFalse(document(translate(config, timeless)).contains("delay"));
  }

  @Test
  void aDocumentOfARepeatedRecordIsMarkedIfConfigured() {
    Translator translator = new Translator(config("repeat.field", "repeated"));
    assertEquals(List.of(false, false), repeated(translator, 0, "d1", "d2"));
    assertEquals(List.of(false), repeated(translator, 0, "d1"), "Connect delivered it again");
    assertEquals(List.of(true, false), repeated(translator, 7, "d1", "d3"));
    String[] many =
        IntStream.range(0, RecentIds.SIZE).mapToObj(i -> "many" + i).toArray(String[]::new);
    assertFalse(repeated(translator, 100, many).contains(true));
    assertEquals(List.of(false), repeated(translator, 20_000, "d3"), "too long ago");
    assertFalse(repeated(new Translator(config()), 0, "d1", "d1").contains(true), "not configured");

    Translator keyed = new Translator(states("repeat.field", "repeated"));
    keyed.translate(record(1, "d1", "{ }"), NOW, id -> false);
    Translation empty = keyed.translate(record(2, "d1", "{ } "), NOW, id -> false);
    assertEquals("{ \"repeated\":true}", document(empty));
  }

  @Test
  void aRepeatIsTheDocumentOfTheFirstRecordAndAContradictionIsNot() {
    Translator translator =
        new Translator(config("repeat.field", "repeated", "delay.field", "late"));
    SinkRecord original = record(5, null, position("d1", 1));
    String version = version(translator.translate(original, NOW, id -> false));
    SinkRecord later =
        new SinkRecord(
            "topic",
            3,
            null,
            null,
            null,
            position("d1", 1),
            8,
            Fixtures.NOON + 4_000,
            TimestampType.LOG_APPEND_TIME);
    Translation repeat = translator.translate(later, NOW, id -> false);
    assertEquals(version, version(repeat), "so it replaces the first, which is the same");
    assertTrue(document(repeat).endsWith(",\"late\":0,\"repeated\":true}"), document(repeat));

    Map<String, Object> moved = position("d1", 1);
    moved.put("speed", 9);
    Translation contradiction = translator.translate(record(9, null, moved), NOW, id -> false);
    assertTrue(Long.parseLong(version(contradiction)) < Long.parseLong(version));
    assertFalse(document(contradiction).contains("repeated"), document(contradiction));
  }

  private static String version(Translation translation) {
    String action = ((Operation) translation).text().lines().findFirst().get();
    return Mapping.object(action).at("/index/version").asText();
  }

  @Test
  void aRecordWithAForeignKeyIsBadIfConfigured() {
    SinkConfig config = config("document.key.field", "deliveryId");
    assertTrue(translate(config, record(0, "d1", position("d1", 1))) instanceof Operation);
    assertTrue(translate(config(), record(0, "d2", position("d1", 1))) instanceof Operation);
    bad(
        config,
        record(0, "d2", position("d1", 1)),
        "ForeignKey: The record's key is d2, and its field deliveryId is d1.");
    bad(config, record(0, null, position("d1", 1)), "ForeignKey: The record's key is missing");
    assertEquals(
        Translation.Skip.ERASED,
        new Translator(config).translate(record(0, "d2", position("d1", 1)), NOW, "d1:1"::equals));
  }

  /**
   * For records of these deliveries, from that offset on: whether each document is marked as a
   * repeat.
   */
  private static List<Boolean> repeated(Translator translator, long offset, String... deliveries) {
    return IntStream.range(0, deliveries.length)
        .mapToObj(i -> record(offset + i, null, position(deliveries[i], 1)))
        .map(record -> document(translator.translate(record, NOW, id -> false)))
        .map(json -> json.endsWith(",\"repeated\":true}"))
        .toList();
  }

  @Test
  void aDocumentAboveTheSizeLimitIsBad() {
    Map<String, Object> large = position("d1", 1);
    large.put("note", "x".repeat(2_000));
    bad(config("bulk.size.bytes", "2000"), record(0, null, large), "DocumentTooLarge");
  }

  @Test
  void aMissingOrTooLongIdIsBad() {
    bad(
        config(),
        record(0, null, Map.of("seq", 1, "at", Fixtures.NOON)),
        "The field deliveryId, which is part of the document's id, is missing");
    bad(config(), record(0, null, position("x".repeat(512), 1)), "longer than 512 bytes");
    bad(
        states(),
        record(0, Map.of("a", 1), position("d1", 1)),
        "Check the connector's key.converter");
  }

  @Test
  void rawJsonFromKafkaIsPassedOnUnchangedOnOneLine() {
    String json =
        "{\"deliveryId\":\"d1\",\n"
            + " \"other\":{\"seq\":[1]}, \"text\":\"a\\n"
            + "b\", \"seq\":7,\r\n"
            + "\"at\":"
            + Fixtures.NOON
            + "}";
    for (Object value : new Object[] {json, json.getBytes(StandardCharsets.UTF_8)}) {
      Operation operation = (Operation) translate(config(), record(0, null, value));
      assertEquals("d1:7", operation.id());
      assertEquals(json.replace('\n', ' ').replace('\r', ' '), document(operation));
    }
    String nested = "{\"a\":{\"b\":{\"c\":\"x\"}},\"at\":" + Fixtures.NOON + "}";
    assertTrue(
        action(config("document.id.fields", "a.b.c"), record(0, null, nested))
            .contains("\"_id\":\"x\""));
  }

  @Test
  void aValueThatIsNotAJsonObjectIsBadAndTheNextOneIsRead() {
    Translator translator = new Translator(config());
    SinkRecord good =
        record(1, null, "{\"deliveryId\":\"d1\",\"seq\":1,\"at\":" + Fixtures.NOON + "}\n");
    for (String value :
        List.of(
            "",
            " ",
            "no json",
            "[1]",
            "7",
            "}",
            "{",
            "{\"a\":1",
            "\uFEFF\uFEFF{\"deliveryId\":\"d\",\"seq\":1,\"at\":1795340100000}",
            "{\"deliveryId\":\"d\",\"seq\":1,\"at\":1795340100000,\"a\":{}",
            "{\"seq\":[1,{}",
            "{\"a\":{\"b\":[",
            "{\"a\":\"",
            "{\"a\":1}{}",
            "{\"a\":1} 7",
            "{\"a\":1} \"x}",
            "{\"a\":1}}",
            "{\"a\":01}",
            "{\"a\":NaN}",
            "{\"a\":\"\n\"}")) {
      for (Object form : new Object[] {value, value.getBytes(StandardCharsets.UTF_8)}) {
        String message =
            assertThrows(
                    BadRecordException.class,
                    () -> translator.translate(record(0, null, form), NOW, id -> false))
                .getMessage();
        assertTrue(
            message.contains("MalformedRecord: The record's value is not a JSON object: "),
            message);
        Operation next = (Operation) translator.translate(good, NOW, id -> false);
        assertEquals("d1:1", next.id(), value);
      }
    }
  }

  @Test
  void aNameThatIsNotUtf8IsNotTakenForOneReadBefore() {
    Translator translator = new Translator(config());
    String json = "{\"deliveryId\":\"d\",\"seq\":1,\"at\":" + Fixtures.NOON + "}";
    byte[] good = json.getBytes(StandardCharsets.ISO_8859_1);
    byte[] bad = json.replace("\"seq", "\"\u00ffseq").getBytes(StandardCharsets.ISO_8859_1);
    assertTrue(translator.translate(record(0, null, good), NOW, id -> false) instanceof Operation);
    String message =
        assertThrows(
                BadRecordException.class,
                () -> translator.translate(record(1, null, bad), NOW, id -> false))
            .getMessage();
    assertTrue(message.contains("0xff"), message);
  }

  @Test
  void manyDocumentsAreReadOneAfterTheOther() {
    Translator translator = new Translator(config());
    for (int i = 0; i < 2_500; i++) {
      String json =
          (i % 3 == 0 ? "\uFEFF" : "") // a byte order mark
              + "{\"own"
              + i
              + "\":[1,2.5,{\"seq\":0}],\"deliveryId\":\"d\",\"seq\":"
              + i
              + ",\"at\":"
              + Fixtures.NOON
              + "}";
      Operation operation =
          (Operation) translator.translate(record(i, null, json), NOW, id -> false);
      assertEquals("d:" + i, operation.id());
      assertEquals(json, document(operation));
    }
  }

  @Test
  void halfOfASurrogatePairIsBadInAnIdAndEscapedElsewhere() {
    for (String half :
        List.of("\ud83d", "\ude00", "\ude00\ud83d", "x\ud83dy", "\ud83d\ude00\ud83d")) {
      String escaped = escaped(half);
      SinkConfig numbered = config("document.id.fields", "seq");
      for (Object value :
          new Object[] {
            "{\"deliveryId\":\"" + escaped + "\",\"seq\":1,\"at\":" + Fixtures.NOON + "}",
            position(half, 1)
          }) {
        bad(config(), record(0, null, value), "InvalidId: The document's id contains half of");
        bad(config(), record(0, null, value), Text.visible(half));
        assertEquals(
            half, read(translate(numbered, record(0, null, value))).path("deliveryId").asText());
      }
      bad(states(), record(0, half, position("d", 1)), "InvalidId");
      bad(states("behavior.on.null.values", "delete"), record(0, half, null), "InvalidId");
      Map<String, Object> named = position("d", 1);
      named.put(half, List.of(half, Map.of(half, half)));
      assertEquals(
          half,
          read(translate(config(), record(0, null, named))).path(half).path(1).path(half).asText());
      Map<String, Object> timed = position("d", 1);
      timed.put("at", half);
      bad(config(), record(0, null, timed), "InvalidTime");
      bad(states("external.version.field", "at"), record(0, "k", timed), "InvalidVersion");
      assertTrue(
          translate(
                  config(
                      "erased.topic",
                      "e",
                      "erased.consumer.bootstrap.servers",
                      "k:1",
                      "erased.fields",
                      "deliveryId",
                      "document.id.fields",
                      "seq"),
                  record(0, null, position(half, 1)))
              instanceof Operation);
    }
    Translation whole = translate(config(), record(0, null, position("\ud83d\ude00", 1)));
    assertEquals("\ud83d\ude00:1", ((Operation) whole).id());
  }

  private static JsonNode read(Translation translation) {
    return Mapping.object(document(translation));
  }

  private static String escaped(String text) {
    return text.chars()
        .mapToObj(c -> c < 128 ? "" + (char) c : String.format("\\u%04x", c))
        .collect(Collectors.joining());
  }

  @Test
  void aFieldThatTheSinkAddsIsBadInARecord() {
    SinkConfig config = config("delay.field", "late", "repeat.field", "again");
    for (String field : List.of("late", "again")) {
      Map<String, Object> map = position("d", 1);
      map.put(field, null);
      Struct struct =
          new Struct(SchemaBuilder.struct().field(field, Schema.OPTIONAL_STRING_SCHEMA).build());
      String json =
          "{\"deliveryId\":\"d\",\"seq\":1,\"at\":" + Fixtures.NOON + ",\"" + field + "\":null}";
      for (Object value : new Object[] {map, struct, json, json.getBytes(StandardCharsets.UTF_8)}) {
        bad(
            config,
            record(0, null, value),
            "ReservedField: The record already has the field " + field);
      }
    }
    Map<String, Object> inner = position("d", 1);
    inner.put("inner", Map.of("late", 1));
    assertTrue(translate(config, record(0, null, inner)) instanceof Operation);
    assertTrue(
        translate(
                config(),
                record(
                    0,
                    null,
                    "{\"late\":1,\"deliveryId\":\"d\",\"seq\":1,\"at\":" + Fixtures.NOON + "}"))
            instanceof Operation);
  }

  @Test
  void aValueThatJsonCannotExpressIsBad() {
    Object deep = 1;
    for (int i = 0; i < 1_500; i++) {
      deep = List.of(deep);
    }
    Map<String, Object> value = position("d", 1);
    value.put("deep", deep);
    bad(config(), record(0, null, value), "MalformedRecord: The record's value cannot be written");
  }

  @Test
  void theReasonIsBoundedWhateverTheRecordHolds() {
    Map<String, Object> value = position("d", 1);
    value.put("at", "x".repeat(1_000_000));
    int length =
        assertThrows(BadRecordException.class, () -> translate(config(), record(0, null, value)))
            .getMessage()
            .length();
    assertTrue(length <= BadRecordException.MAX_LENGTH + 1, "" + length);
  }

  @Test
  void aTopicByPatternThatMakesNoValidIndexIsBadAndStopsNoOther() {
    Translator translator = new Translator(config("index", "${topic}"));
    for (int i = 0; i < 2; i++) {
      SinkRecord capital = ofTopic("Orders_EU");
      String message =
          assertThrows(
                  BadRecordException.class, () -> translator.translate(capital, NOW, id -> false))
              .getMessage();
      assertTrue(message.startsWith("InvalidIndex: The topic Orders_EU would"), message);
      Operation good = (Operation) translator.translate(ofTopic("orders"), NOW, id -> false);
      assertEquals("orders-2026.11.22", good.target().name());
    }
    Translation lower =
        translate(config("index", "x-${topic}", "index.lowercase", "true"), ofTopic("Orders_EU"));
    assertEquals("x-orders_eu-2026.11.22", ((Operation) lower).target().name());
  }

  private static SinkRecord ofTopic(String topic) {
    return record(0, null, position("d1", 1))
        .newRecord(topic, 0, null, null, null, position("d1", 1), Fixtures.NOON);
  }
}
