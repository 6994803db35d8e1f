package dev.codedelivery.connect;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * What a document says besides its record's value, where that is wanted: how late Kafka got the
 * record, and whether it came before. Used by the task's thread alone.
 */
final class Additions {
  /** Repeats follow soon, when two processes do one's work or one goes on where another ended. */
  private static final int NEWEST = 10_000;

  private final byte[] delay;
  private final byte[] repeated;

  private record Place(int partition, long offset) {}

  /** The ids of the newest documents, each with its record's place. */
  private final Map<String, Place> newest =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Place> eldest) {
          return size() > NEWEST;
        }
      };

  Additions(SinkConfig config) {
    delay = field(config.delayField, "");
    repeated = field(config.repeatField, "true");
  }

  /** A field as it stands in JSON after another; null where it is not wanted. */
  private static byte[] field(String name, String value) {
    if (name.isEmpty()) {
      return null;
    }
    String quoted = new String(JsonStringEncoder.getInstance().quoteAsString(name));
    return (",\"" + quoted + "\":" + value).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * The document with what is added to it; none of these fields must be in it yet.
   *
   * @param time what index.time.field says; null without that
   */
  byte[] to(byte[] document, String id, SinkRecord record, Long time) {
    boolean late = delay != null && time != null && record.timestamp() != null;
    boolean again = repeated != null && cameBefore(id, record);
    if (!late && !again) {
      return document;
    }
    ByteArrayOutputStream added = new ByteArrayOutputStream(64);
    if (late) {
      added.writeBytes(delay);
      added.writeBytes(
          Long.toString(record.timestamp() - time).getBytes(StandardCharsets.US_ASCII));
    }
    if (again) {
      added.writeBytes(repeated);
    }
    added.write('}');
    int end = lastToken(document, document.length);
    int comma = document[lastToken(document, end)] == '{' ? 1 : 0; // none in an empty object
    byte[] fields = added.toByteArray();
    return ByteBuffer.allocate(end + fields.length - comma)
        .put(document, 0, end)
        .put(fields, comma, fields.length - comma)
        .array();
  }

  /** Where the last byte stands before {@code end} that is no blank. */
  private static int lastToken(byte[] document, int end) {
    int last = end - 1;
    while (document[last] <= ' ' && document[last] >= 0) {
      last--;
    }
    return last;
  }

  /** Whether this id came before, and not with this very record, which Connect may bring back. */
  private boolean cameBefore(String id, SinkRecord record) {
    Place place = new Place(record.originalKafkaPartition(), record.originalKafkaOffset());
    Place before = newest.put(id, place);
    return before != null && !before.equals(place);
  }
}
