package dev.codedelivery.connect;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * The lines of bulk requests, one operation's behind the other's, in large pieces: what lies side
 * by side here is sent as it lies. Used by the task's thread alone; what an operation holds of it
 * is not written again, so that anybody may read it.
 */
final class Lines {
  private static final int PIECE = 64 * 1024;

  private byte[] piece = new byte[PIECE];
  private int begin;
  private int end;

  /** Begins an operation's lines; those that became none are forgotten. */
  Lines begin() {
    end = begin;
    return this;
  }

  /** Adds bytes as they are. */
  Lines put(byte[] bytes) {
    reserve(bytes.length);
    System.arraycopy(bytes, 0, piece, end, bytes.length);
    end += bytes.length;
    return this;
  }

  /** Adds a text of ASCII. */
  Lines put(String ascii) {
    reserve(ascii.length());
    for (int i = 0; i < ascii.length(); i++) {
      piece[end++] = (byte) ascii.charAt(i);
    }
    return this;
  }

  /** Adds a text as it stands between the quotes of JSON. */
  Lines putQuoted(String text) {
    for (int i = 0; i < text.length(); i++) {
      char next = text.charAt(i);
      if (next < ' ' || next > '~' || next == '"' || next == '\\') {
        return put(JsonStringEncoder.getInstance().quoteAsUTF8(text));
      }
    }
    return put(text);
  }

  /**
   * Adds the first {@code length} bytes of some JSON on one line: a line break stands only between
   * its tokens, where a space means the same.
   */
  Lines putJson(byte[] json, int length) {
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

  /** The operation that these lines are. */
  Operation operation(SinkRecord record, Target target) {
    Operation operation = new Operation(record, target, piece, begin, end);
    begin = end;
    return operation;
  }
}
