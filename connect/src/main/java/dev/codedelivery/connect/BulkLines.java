package dev.codedelivery.connect;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * The lines of bulk requests, one operation after the other, in large chunks: adjacent lines are
 * sent without a copy. Used by the task's thread only. The bytes of an operation are never
 * overwritten, so any thread may read them.
 */
final class BulkLines {
  private static final int PIECE = 64 * 1024;

  private byte[] piece = new byte[PIECE];
  private int begin;
  private int end;

  /** Begins an operation, and discards the lines of one that was not completed. */
  BulkLines begin() {
    end = begin;
    return this;
  }

  /** Appends raw bytes. */
  BulkLines put(byte[] bytes) {
    reserve(bytes.length);
    System.arraycopy(bytes, 0, piece, end, bytes.length);
    end += bytes.length;
    return this;
  }

  /** Appends ASCII text. */
  BulkLines put(String ascii) {
    reserve(ascii.length());
    for (int i = 0; i < ascii.length(); i++) {
      piece[end++] = (byte) ascii.charAt(i);
    }
    return this;
  }

  /** Appends the content of a JSON string, escaped. */
  BulkLines putQuoted(String text) {
    for (int i = 0; i < text.length(); i++) {
      char next = text.charAt(i);
      if (next < ' ' || next > '~' || next == '"' || next == '\\') {
        return put(JsonStringEncoder.getInstance().quoteAsUTF8(text));
      }
    }
    return put(text);
  }

  /**
   * Appends the first {@code length} bytes of JSON as one line. Line breaks occur only between
   * tokens, so each is replaced with a space.
   */
  BulkLines putJson(byte[] json, int length) {
    reserve(length);
    for (int i = 0; i < length; i++) {
      byte next = json[i];
      piece[end++] = next == '\n' || next == '\r' ? (byte) ' ' : next;
    }
    return this;
  }

  private void reserve(int length) {
    if (piece.length - end < length) {
      byte[] next = new byte[Math.max(PIECE, end - begin + length)];
      System.arraycopy(piece, begin, next, 0, end - begin);
      piece = next;
      end -= begin;
      begin = 0;
    }
  }

  /** Completes the operation. */
  Operation operation(SinkRecord record, Target target) {
    Operation operation = new Operation(record, target, piece, begin, end);
    begin = end;
    return operation;
  }
}
