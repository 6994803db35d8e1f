package dev.codedelivery.connect;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.sink.SinkRecord;

/** Realistic options and records. */
final class Fixtures {
  static final long NOON = 1_795_348_800_000L; // 2026-11-22T12:00:00Z

  private Fixtures() {}

  /** The options for positions, with others added or, given an empty value, removed. */
  static Map<String, String> options(String... more) {
    Map<String, String> options = new HashMap<>();
    options.put("connection.url", "http://127.0.0.1:1");
    options.put("index", "positions");
    options.put("index.mapping", "positions");
    options.put("index.time.field", "at");
    options.put("document.id.fields", "deliveryId,seq");
    for (int i = 0; i < more.length; i += 2) {
      if (more[i + 1].isEmpty()) {
        options.remove(more[i]);
      } else {
        options.put(more[i], more[i + 1]);
      }
    }
    return options;
  }

  static SinkConfig config(String... more) {
    return new SinkConfig(options(more));
  }

  /** The options for states: one document per key, the newest. */
  static SinkConfig states(String... more) {
    String[] all = new String[more.length + 10];
    System.arraycopy(
        new String[] {
          "index",
          "states",
          "index.period",
          "none",
          "index.time.field",
          "",
          "document.id.fields",
          "",
          "key.ignore",
          "false"
        },
        0,
        all,
        0,
        10);
    System.arraycopy(more, 0, all, 10, more.length);
    return config(all);
  }

  static Map<String, Object> position(String delivery, long seq) {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("deliveryId", delivery);
    value.put("seq", seq);
    value.put("at", NOON);
    return value;
  }

  static SinkRecord record(long offset, Object key, Object value) {
    return new SinkRecord(
        "topic", 3, null, key, null, value, offset, NOON, TimestampType.LOG_APPEND_TIME);
  }

  /** A megabyte of text, of characters of two bytes. */
  static String megabyte() {
    return "é".repeat(1 << 19);
  }

  static Operation operation(long offset, int bytes) {
    byte[] lines =
        ("{}\n" + "x".repeat(Math.max(0, bytes - 4)) + "\n").getBytes(StandardCharsets.UTF_8);
    return new Operation(record(offset, null, null), new Target("a", "a"), lines, 0, lines.length);
  }

  static final TopicPartition PARTITION = new TopicPartition("topic", 3);
}
