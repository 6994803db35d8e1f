package dev.codedelivery.connect;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * The fields that the sink can add to a document: the delay with which Kafka received the record,
 * and whether the record is a repeat. Used by the task's thread only.
 */
final class ExtraFields {
  private static final String COMMA = ",";

  private final byte[] delay;
  private final byte[] repeated;

  private final RecentIds recent = new RecentIds();

  ExtraFields(SinkConfig config) {
    delay = field(config.delayField, "");
    repeated = field(config.repeatField, "true");
  }

  /** The beginning of a JSON field; null when the field is not configured. */
  private static byte[] field(String name, String value) {
    if (name.isEmpty()) {
      return null;
    }
    String quoted = new String(JsonStringEncoder.getInstance().quoteAsString(name));
    return ("\"" + quoted + "\":" + value).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Writes the document with the added fields; it does not contain them yet ({@link FieldReader}
   * rejects it otherwise).
   *
   * @param time the value of index.time.field; null without one
   */
  void write(byte[] document, String id, SinkRecord record, Long time, BulkLines lines) {
    boolean delayed = delay != null && time != null && record.timestamp() != null;
    boolean again = repeated != null && recent.isRepeat(id, record);
    if (!delayed && !again) {
      lines.putJson(document, document.length);
      return;
    }
    int end = lastToken(document, document.length);
    lines.putJson(document, end);
    if (document[lastToken(document, end)] != '{') {
      lines.put(COMMA);
    }
    if (delayed) {
      lines.put(delay).put(Long.toString(record.timestamp() - time));
    }
    if (again) {
      lines.put(delayed ? COMMA : "").put(repeated);
    }
    lines.put("}");
  }

  /** The index of the last byte before {@code end} that is not whitespace. */
  private static int lastToken(byte[] document, int end) {
    int last = end - 1;
    while (document[last] <= ' ' && document[last] >= 0) {
      last--;
    }
    return last;
  }
}
