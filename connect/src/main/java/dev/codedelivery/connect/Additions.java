package dev.codedelivery.connect;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * What a document says besides its record's value, where that is wanted: how late Kafka got the
 * record, and whether it came before. Used by the task's thread alone.
 */
final class Additions {
  private static final String COMMA = ",";

  private final byte[] delay;
  private final byte[] repeated;

  private final Recent recent = new Recent();

  Additions(SinkConfig config) {
    delay = field(config.delayField, "");
    repeated = field(config.repeatField, "true");
  }

  /** A field as it stands in JSON; null where it is not wanted. */
  private static byte[] field(String name, String value) {
    if (name.isEmpty()) {
      return null;
    }
    String quoted = new String(JsonStringEncoder.getInstance().quoteAsString(name));
    return ("\"" + quoted + "\":" + value).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Writes the document with what is added to it; none of these fields must be in it yet.
   *
   * @param time what index.time.field says; null without that
   */
  void write(byte[] document, String id, SinkRecord record, Long time, Lines lines) {
    boolean late = delay != null && time != null && record.timestamp() != null;
    boolean again = repeated != null && recent.cameBefore(id, record);
    if (!late && !again) {
      lines.putJson(document, document.length);
      return;
    }
    int end = lastToken(document, document.length);
    lines.putJson(document, end);
    if (document[lastToken(document, end)] != '{') {
      lines.put(COMMA);
    }
    if (late) {
      lines.put(delay).put(Long.toString(record.timestamp() - time));
    }
    if (again) {
      lines.put(late ? COMMA : "").put(repeated);
    }
    lines.put("}");
  }

  /** Where the last byte stands before {@code end} that is no blank. */
  private static int lastToken(byte[] document, int end) {
    int last = end - 1;
    while (document[last] <= ' ' && document[last] >= 0) {
      last--;
    }
    return last;
  }
}
