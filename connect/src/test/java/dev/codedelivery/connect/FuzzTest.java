package dev.codedelivery.connect;

import static dev.codedelivery.connect.Fixtures.config;
import static dev.codedelivery.connect.Fixtures.record;
import static dev.codedelivery.connect.Fixtures.states;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

/**
 * What anyone may write to a topic becomes lines of a bulk request, or a bad record; what a server
 * may answer becomes an outcome for each operation, or an {@link IOException}. Each test runs for a
 * second, or as many as {@code FUZZ_SECONDS} says; {@code FUZZ_SEED} repeats an earlier run.
 */
class FuzzTest {
  private static final Instant NOW = Instant.ofEpochMilli(Fixtures.NOON);

  private static final List<byte[]> RECORDS =
      bytes(
          "{\"routeId\":\"1\",\"clientId\":\"\",\"position\":[-47.92923,-15.82594],\"finished\":false,"
              + "\"deliveryId\":\"d1\",\"seq\":7,\"at\":1795348800000,\"speed\":8.53,\"progress\":0.5}",
          "{\"deliveryId\":\"d1\",\"version\":439,\"phase\":\"Finished\",\"start\":1795348700000,\"seq\":218,"
              + "\"at\":\"2026-11-22T12:00:00Z\",\"motion\":{\"type\":\"pointPerTick\"},\"position\":null}",
          "{\"deliveryId\":\"d\\ud83d\",\"seq\":1e3,\"at\":-1}",
          "\ufeff {\r\n"
              + " \"deliveryId\" : \"\u00e9\ud83d\ude9a\" , \"seq\" : 0, \"at\":1795348800000 }\n",
          "{\"deliveryId\":\"gone\",\"seq\":1,\"version\":1,\"at\":1795348800000}",
          "{\"deliveryId\":\"d1\",\"seq\":7,\"at\":1795348800000,\"version\":1,\"digits\":"
              + "7".repeat(1_100)
              + "}",
          "{}",
          "[]");

  private static final List<byte[]> ANSWERS =
      bytes(
          "{\"took\":3,\"errors\":false,\"items\":[{},{}]}",
          "{\"errors\":true,\"items\":[{\"index\":{\"_id\":\"d1:7\",\"status\":201}},"
              + "{\"delete\":{\"status\":404}}]}",
          "{\"errors\":true,\"items\":[{\"index\":{\"status\":409,\"error\":{\"type\":\"version_conflict_engine_exception\",\"reason\":\"[d1]:"
              + " version conflict, current version [9] is higher than the one provided"
              + " [7]\"}}},{\"index\":{\"status\":400,\"error\":{\"type\":"
              + "\"mapper_parsing_exception\",\"reason\":\"failed\",\"caused_by\":{\"reason\":\"why\"}}}}]}",
          "{\"error\":{\"type\":\"cluster_block_exception\",\"reason\":\"blocked\"},\"status\":403}",
          "<html>504</html>");

  private static final Pattern SCALAR =
      Pattern.compile("\"[^\"]*\"|-?\\d[\\d.eE+-]*|true|false|null");

  private static final List<byte[]> SPECIAL =
      bytes(
          "0",
          "-0",
          "-1",
          "1e999",
          "1.5",
          "0.1e1",
          "9223372036854775807",
          "-9223372036854775808",
          "18446744073709551616",
          "9".repeat(400),
          "null",
          "true",
          "\"\"",
          "\"\\u0000\"",
          "\"\\ud83d\"",
          "\"2026-11-22T12:00:00+18:00\"",
          "\"+999999999-12-31T23:59:59Z\"",
          "\"" + "x".repeat(3_000) + "\"",
          "[]",
          "{}",
          "[[[[[[[[0]]]]]]]]",
          "{\"a\":{\"b\":1}}",
          ",",
          ":",
          "{",
          "}",
          "\n",
          " ",
          "//",
          "\ufeff");

  /**
   * What the sink only passes on, it does not read, and so does not bound: a number of 2,000
   * digits.
   */
  private static final ObjectMapper UNBOUNDED =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder()
                      .maxNumberLength(Integer.MAX_VALUE)
                      .maxStringLength(Integer.MAX_VALUE)
                      .maxNestingDepth(Integer.MAX_VALUE)
                      .build())
              .build());

  private static List<byte[]> bytes(String... texts) {
    return Arrays.stream(texts).map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
  }

  private static <T> T choice(Random random, List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  /** One of the inputs with a few changes. */
  private static byte[] mutated(Random random, List<byte[]> pool) {
    byte[] input = choice(random, pool);
    for (int changes = random.nextInt(5); changes > 0; changes--) {
      int at = random.nextInt(input.length + 1);
      int to = Math.min(input.length, at + 1 + random.nextInt(8));
      input =
          switch (random.nextInt(7)) {
            case 0 -> splice(input, at, to, new byte[0]);
            case 1 -> splice(input, at, at, choice(random, SPECIAL));
            case 2 -> splice(input, to, to, repeated(Arrays.copyOfRange(input, at, to), random));
            case 3 -> splice(input, at, to, new byte[] {(byte) random.nextInt(256)});
            default -> replaceScalar(random, input);
          };
    }
    return input;
  }

  private static byte[] repeated(byte[] part, Random random) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int times = 1 << random.nextInt(8); times > 0; times--) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] splice(byte[] input, int from, int to, byte[] by) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(input, 0, from);
    all.writeBytes(by);
    all.write(input, to, input.length - to);
    return all.toByteArray();
  }

  /** Puts something else in place of a name, a text or a number; each byte is a character here. */
  private static byte[] replaceScalar(Random random, byte[] input) {
    String text = new String(input, StandardCharsets.ISO_8859_1);
    List<MatchResult> found = SCALAR.matcher(text).results().toList();
    if (found.isEmpty()) {
      return input;
    }
    MatchResult place = choice(random, found);
    byte[] by = choice(random, SPECIAL);
    return splice(input, place.start(), place.end(), by);
  }

  /** Calls {@code once} with many inputs; what it returns are the outcomes, which are counted. */
  private static void fuzz(
      String name, List<byte[]> pool, Set<String> expected, Function<byte[], String> once) {
    String given = System.getenv("FUZZ_SEED");
    long seed = given == null ? new Random().nextLong() : Long.parseLong(given);
    String seconds = Optional.ofNullable(System.getenv("FUZZ_SECONDS")).orElse("1");
    long end = System.nanoTime() + Long.parseLong(seconds) * 1_000_000_000;
    Random random = new Random(seed);
    Map<String, Integer> outcomes = new TreeMap<>();
    int inputs = 0;
    for (; System.nanoTime() < end || inputs < 1_000; inputs++) {
      byte[] input = inputs < pool.size() ? pool.get(inputs) : mutated(random, pool);
      try {
        outcomes.merge(once.apply(input), 1, Integer::sum);
      } catch (RuntimeException | Error e) {
        String text = new String(input, StandardCharsets.ISO_8859_1);
        throw new AssertionError(name + " failed with FUZZ_SEED=" + seed + " on " + text, e);
      }
    }
    System.out.println(name + ": " + inputs + " inputs with FUZZ_SEED=" + seed + ": " + outcomes);
    Set<String> missing = new HashSet<>(expected);
    missing.removeAll(outcomes.keySet());
    assertEquals(Set.of(), missing, "no input had these outcomes");
  }

  private static JsonNode tree(byte[] json) {
    try {
      return UNBOUNDED.readTree(json);
    } catch (IOException e) {
      throw new AssertionError("it is not JSON", e);
    }
  }

  /** The name of a bad record's problem, whose message and dead letter must be small. */
  private static String bad(SinkRecord record, BadRecordException problem) {
    assertTrue(problem.getMessage().length() <= BadRecordException.MAX_LENGTH + 1);
    for (DeadLetter.Form form : DeadLetter.shortened(record, problem, 1 << 20)) {
      long size = DeadLetter.size(form.record(), form.problem());
      assertTrue(size <= 64 * 1024, "a shortened dead letter has " + size + " bytes");
    }
    return problem.getMessage().substring(0, problem.getMessage().indexOf(':'));
  }

  /** Checks the two lines of an operation; the document has what the record has. */
  private static String written(Operation operation, JsonNode record) {
    byte[] lines = Arrays.copyOfRange(operation.lines(), operation.from(), operation.to());
    List<Integer> ends = new ArrayList<>();
    for (int i = 0; i < lines.length; i++) {
      if (lines[i] == '\n') {
        ends.add(i);
      }
    }
    assertEquals(2, ends.size(), "an action and a document, each on one line");
    assertEquals(lines.length - 1, ends.get(1));
    JsonNode action = tree(Arrays.copyOfRange(lines, 0, ends.get(0)));
    String id = action.path("index").path("_id").asText();
    assertTrue(!id.isEmpty() && id.getBytes(StandardCharsets.UTF_8).length <= 512, id);
    JsonNode document = tree(Arrays.copyOfRange(lines, ends.get(0) + 1, ends.get(1)));
    ((ObjectNode) document).remove(ADDED);
    assertEquals(record, document);
    return "written";
  }

  private static final List<String> ADDED = List.of("delayMilliseconds", "repeated");

  private static List<Translator> translators() {
    return List.of(
        new Translator(config("delay.field", ADDED.get(0), "repeat.field", ADDED.get(1))),
        new Translator(states("external.version.field", "version")),
        new Translator(
            config(
                "document.id.fields",
                "",
                "erased.topic",
                "delivery.erased",
                "erased.fields",
                "deliveryId",
                "erased.consumer.bootstrap.servers",
                "127.0.0.1:1")));
  }

  @Test
  void recordsBecomeTwoLinesOrBadRecords() {
    List<Translator> translators = translators();
    int[] offset = {0};
    fuzz(
        "records",
        RECORDS,
        Set.of(
            "written", "ERASED", "MalformedRecord", "InvalidId", "InvalidTime", "InvalidVersion"),
        input -> {
          Translator translator = translators.get(offset[0]++ % translators.size());
          String key = new String(input, 0, Math.min(input.length, 9), StandardCharsets.UTF_8);
          SinkRecord record = record(offset[0] % 100, key, input);
          try {
            Translation translation = translator.translate(record, NOW, "gone"::equals);
            return translation instanceof Operation operation
                ? written(operation, ((ObjectNode) tree(input)).without(ADDED))
                : translation.toString();
          } catch (BadRecordException e) {
            return bad(record, e);
          }
        });
  }

  @Test
  void recordsThatAConverterHasReadDoSoToo() {
    List<Translator> translators = translators();
    int[] offset = {0};
    fuzz(
        "converted records",
        RECORDS,
        Set.of("written", "MalformedRecord", "no JSON"),
        input -> {
          Object value;
          try {
            value = Mapping.JSON.readValue(input, Object.class);
          } catch (IOException e) {
            return "no JSON";
          }
          SinkRecord record = record(offset[0], value, value);
          try {
            Translator translator = translators.get(offset[0]++ % translators.size());
            Translation translation = translator.translate(record, NOW, "gone"::equals);
            return translation instanceof Operation operation
                ? written(
                    operation, ((ObjectNode) tree(DocumentWriter.write(value))).without(ADDED))
                : translation.toString();
          } catch (BadRecordException e) {
            return bad(record, e);
          }
        });
  }

  @Test
  void answersOfAServerBecomeAnOutcomeOfEachOperationOrAnError() {
    fuzz(
        "answers",
        ANSWERS,
        Set.of("WRITTEN", "STALE", "not a bulk response"),
        input -> {
          int status = 200 + (input.length % 40) * 10;
          Response response = new Response("http://es:9200", status, input);
          assertEquals(response.ok(), response.verdict() == Response.Verdict.SUCCESS);
          assertTrue(response.reason().length() <= 2_001);
          assertTrue(response.refusal("write documents").getMessage().startsWith("The server "));
          try {
            List<BulkResponse.Item> items = BulkResponse.read(input, 2);
            assertEquals(2, items.size());
            for (BulkResponse.Item item : items) {
              assertTrue(item.reason().length() <= 2_001);
              FirstRecord.contradicts(item.reason());
            }
            return items.get(0).outcome().toString();
          } catch (IOException e) {
            return "not a bulk response";
          }
        });
  }
}
