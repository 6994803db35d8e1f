package dev.codedelivery.connect;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/** One record as one or two lines of a bulk request, and its state. */
final class Operation implements Translation {
  /** How many of its retries are remembered: the first. */
  static final int MAX_RETRIES = 5;

  private final SinkRecord record;
  private final Target target;
  private final byte[] lines;
  private final int from;
  private final int to;
  private long accepted;
  private volatile boolean settled;
  private volatile boolean cancelled;
  private volatile int failures;
  private List<Instant> retries = List.of();

  /**
   * Its own lines are those from {@code from} to {@code to}: the action and the document, each JSON
   * on one line. A deletion has no document. The action does not name the target.
   */
  Operation(SinkRecord record, Target target, byte[] lines, int from, int to) {
    this.record = record;
    this.target = target;
    this.lines = lines;
    this.from = from;
    this.to = to;
  }

  /** A record that is not written, but whose offset must not be committed before it is settled. */
  static Operation unwritten(SinkRecord record) {
    return new Operation(record, null, new byte[0], 0, 0);
  }

  SinkRecord record() {
    return record;
  }

  Target target() {
    return target;
  }

  /** The array that holds its lines. */
  byte[] lines() {
    return lines;
  }

  /** Where its lines begin in {@link #lines}. */
  int from() {
    return from;
  }

  /** Where its lines end in {@link #lines}, exclusive. */
  int to() {
    return to;
  }

  String text() {
    return new String(lines, from, size(), StandardCharsets.UTF_8);
  }

  /** The id of its document, read from its lines. */
  String id() {
    String text = text();
    return Mapping.object(text.substring(0, text.indexOf('\n')))
        .elements()
        .next()
        .path("_id")
        .asText();
  }

  TopicPartition partition() {
    return new TopicPartition(record.originalTopic(), record.originalKafkaPartition());
  }

  /** Like comparing {@link #partition}, without creating an object. */
  boolean isOf(TopicPartition partition) {
    return record.originalKafkaPartition() == partition.partition()
        && record.originalTopic().equals(partition.topic());
  }

  /** Its size in a request, in bytes. */
  int size() {
    return to - from;
  }

  /** Records when the buffer accepted it, as {@link System#nanoTime}. Called only by the buffer. */
  void accept(long now) {
    accepted = now;
  }

  long accepted() {
    return accepted;
  }

  /** It is written, or reported as a bad record: its offset may be committed. */
  void settle() {
    settled = true;
  }

  boolean settled() {
    return settled;
  }

  /** Its partition now belongs to another task, which will write it. */
  void cancel() {
    cancelled = true;
  }

  boolean cancelled() {
    return cancelled;
  }

  /**
   * Counts an attempt that neither wrote nor rejected it. Called only by the worker that holds it.
   */
  int failed() {
    int now = failures + 1;
    failures = now;
    return now;
  }

  /** It is sent again. Called only by the worker that holds it. */
  void retry(Instant now) {
    if (retries.isEmpty()) {
      retries = new ArrayList<>(1);
    }
    if (retries.size() < MAX_RETRIES) {
      retries.add(now);
    }
  }

  /** When it was sent again. Called only by the worker that holds it. */
  List<Instant> retries() {
    return retries;
  }
}
