package dev.codedelivery.connect;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * The W3C trace context of a record: its trace, and the span in it that what follows belongs to.
 * Whatever a stranger writes into the header is either exactly that or ignored.
 *
 * @param traceId 32 hex digits
 * @param spanId 16 hex digits
 * @param sampled whether whoever began the trace wants it to be recorded
 */
record TraceContext(String traceId, String spanId, boolean sampled) {
  static final String HEADER = "traceparent";

  private static final Pattern FORM =
      Pattern.compile("00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})");
  private static final int LENGTH = 55;
  private static final String NO_TRACE = "0".repeat(32);
  private static final String NO_SPAN = "0".repeat(16);

  /** That of a record, or null if it has none of version 00. */
  static TraceContext of(SinkRecord record) {
    Header header = record.headers().lastWithName(HEADER);
    if (header == null) {
      return null;
    }
    // Which of them it is depends on the worker's header converter.
    if (header.value() instanceof byte[] bytes) {
      return bytes.length == LENGTH ? parse(new String(bytes, StandardCharsets.US_ASCII)) : null;
    }
    return header.value() instanceof String text ? parse(text) : null;
  }

  /** The value of a header, or null if it is not exactly of version 00. */
  static TraceContext parse(String text) {
    if (text.length() != LENGTH) {
      return null;
    }
    Matcher parts = FORM.matcher(text);
    if (!parts.matches() || parts.group(1).equals(NO_TRACE) || parts.group(2).equals(NO_SPAN)) {
      return null;
    }
    boolean sampled = (Integer.parseInt(parts.group(3), 16) & 1) == 1;
    return new TraceContext(parts.group(1), parts.group(2), sampled);
  }

  /**
   * Whether the trace is among this part of all, from 0 to 1. It depends on the id alone, as in
   * OpenTelemetry's sampler TraceIdRatioBased, so that all services decide alike.
   */
  boolean isWithin(double ratio) {
    long number = Long.parseUnsignedLong(traceId.substring(16), 16) >>> 1;
    return ratio >= 1 || number < (long) (ratio * 0x1p63);
  }
}
