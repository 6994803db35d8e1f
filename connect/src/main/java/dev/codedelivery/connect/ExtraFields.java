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

  private final boolean firstRecordWins;
  private final RecentIds recent = new RecentIds();

  ExtraFields(SinkConfig config) {
    firstRecordWins = config.firstRecordWins();
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
   * The slot of the record that this one repeats, valid until the next call; {@link RecentIds#NONE}
   * when it repeats none, or repeats are not marked.
   */
  int earlier(String id, SinkRecord record, int checksum) {
    return repeated == null ? RecentIds.NONE : recent.earlier(id, record, checksum);
  }

  /** The offset of the record whose document is written: the first of those that are the same. */
  long offset(int earlier, SinkRecord record) {
    return earlier == RecentIds.NONE ? record.originalKafkaOffset() : recent.firstOffset(earlier);
  }

  /**
   * Writes the document with the added fields; it does not contain them yet ({@link FieldReader}
   * rejects it otherwise).
   *
   * @param earlier what {@link #earlier} returned for the record
   * @param time the value of index.time.field; null without one
   */
  void write(byte[] document, int earlier, SinkRecord record, Long time, BulkLines lines) {
    boolean again = earlier != RecentIds.NONE;
    Long arrived = again && firstRecordWins ? recent.firstTimestamp(earlier) : record.timestamp();
    boolean delayed = delay != null && time != null && arrived != null;
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
      lines.put(delay).put(Long.toString(arrived - time));
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
