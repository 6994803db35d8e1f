package dev.codedelivery.connect;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.header.Headers;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * A bad record as it is reported: whole, or shortened because the dead-letter topic does not take
 * it whole. Pure.
 */
final class DeadLetter {
  /** The size of the whole value in bytes. */
  static final String VALUE_BYTES = "dead-letter.value.bytes";

  /** The SHA-256 of the whole value. */
  static final String VALUE_SHA256 = "dead-letter.value.sha256";

  /** The size of a key that was left out. */
  static final String KEY_BYTES = "dead-letter.key.bytes";

  /** The SHA-256 of a key that was left out. */
  static final String KEY_SHA256 = "dead-letter.key.sha256";

  /** The size of the record's own headers, if they were left out. */
  static final String HEADERS_BYTES = "dead-letter.headers.bytes";

  /** Connect adds the reason, its stack trace and where the record came from as headers. */
  private static final int CONTEXT_BYTES = 8 * 1024;

  private static final int MAX_VALUE = 16 * 1024;
  private static final int MAX_KEY = 1024;
  private static final int MAX_HEADERS = 4 * 1024;

  /** A record, and what is wrong with it. */
  record Form(SinkRecord record, BadRecordException problem) {}

  private DeadLetter() {}

  /**
   * About the size of the whole letter. The converter may have parsed the value, and its bytes in
   * Kafka may have been more or fewer.
   */
  static long size(SinkRecord record, BadRecordException problem) {
    return bytes(record.key()).length
        + (long) bytes(record.value()).length
        + size(record.headers())
        + 2L * problem.getMessage().getBytes(StandardCharsets.UTF_8).length
        + CONTEXT_BYTES;
  }

  /**
   * The forms of a shortened letter, the preferred one first: a converter may refuse the beginning
   * of a value, or text as a header; the reason holds the length and the hash as well.
   */
  static List<Form> shortened(SinkRecord record, BadRecordException problem, int maxBytes) {
    byte[] value = bytes(record.value());
    byte[] key = bytes(record.key());
    int headers = size(record.headers());
    byte[] beginning = Arrays.copyOf(value, beginning(value, Math.min(MAX_VALUE, maxBytes / 4)));
    String digest = sha256(value);
    BadRecordException reason =
        new BadRecordException(
            problem,
            "The record is too large for the dead-letter topic: its value has "
                + value.length
                + " bytes (SHA-256 "
                + digest
                + "). ");
    ConnectHeaders added = new ConnectHeaders();
    if (headers <= MAX_HEADERS) {
      record.headers().forEach(added::add);
    } else {
      added.addString(HEADERS_BYTES, Integer.toString(headers));
    }
    if (key.length > MAX_KEY) {
      added.addString(KEY_BYTES, Integer.toString(key.length));
      added.addString(KEY_SHA256, sha256(key));
    }
    added.addString(VALUE_BYTES, Integer.toString(value.length));
    added.addString(VALUE_SHA256, digest);
    boolean keyed = key.length <= MAX_KEY;
    Object start =
        record.value() instanceof byte[]
            ? beginning
            : new String(beginning, StandardCharsets.UTF_8);
    boolean bytes = record.value() instanceof byte[];
    List<Form> forms = new ArrayList<>();
    forms.add(
        new Form(copy(record, keyed, bytes ? record.valueSchema() : null, start, added), reason));
    forms.add(new Form(copy(record, keyed, null, null, added), reason));
    forms.add(new Form(copy(record, false, null, null, new ConnectHeaders()), reason));
    return forms;
  }

  private static SinkRecord copy(
      SinkRecord record,
      boolean keyed,
      org.apache.kafka.connect.data.Schema valueSchema,
      Object value,
      Headers headers) {
    // Where it came from, as for a whole letter. Connect needs a timestamp, and knows that this one
    // is none.
    long timestamp = record.timestamp() == null ? RecordBatch.NO_TIMESTAMP : record.timestamp();
    return new SinkRecord(
        record.originalTopic(),
        record.originalKafkaPartition(),
        keyed ? record.keySchema() : null,
        keyed ? record.key() : null,
        valueSchema,
        value,
        record.originalKafkaOffset(),
        timestamp,
        record.timestampType(),
        headers);
  }

  /** Where to cut a text in UTF-8, or any bytes: not within a character. */
  private static int beginning(byte[] value, int limit) {
    int cut = Math.min(value.length, limit);
    for (int back = 0; back < 3 && cut > 0 && cut < value.length; back++) {
      if ((value[cut] & 0xC0) != 0x80) {
        break;
      }
      cut--;
    }
    return cut;
  }

  private static int size(Headers headers) {
    int size = 0;
    for (Header header : headers) {
      size += header.key().length() + bytes(header.value()).length;
    }
    return size;
  }

  /** As it is in Kafka, or nearly so if a converter parsed it. */
  private static byte[] bytes(Object value) {
    if (value == null) {
      return new byte[0];
    }
    if (value instanceof byte[] bytes) {
      return bytes;
    }
    try {
      return value instanceof String text
          ? text.getBytes(StandardCharsets.UTF_8)
          : DocumentWriter.write(value);
    } catch (RuntimeException e) { // not an object, or one that cannot be written
      return text(value).getBytes(StandardCharsets.UTF_8);
    }
  }

  private static String text(Object value) {
    try {
      return String.valueOf(value);
    } catch (RuntimeException e) {
      return "";
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
