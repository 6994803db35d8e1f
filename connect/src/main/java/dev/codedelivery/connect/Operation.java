package dev.codedelivery.connect;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/** One record as a line or two of a bulk request, and how far it has got. */
final class Operation implements Translation {
  private final SinkRecord record;
  private final Target target;
  private final byte[] lines;
  private final int from;
  private final int to;
  private long accepted;
  private volatile boolean settled;
  private volatile boolean cancelled;
  private volatile int failures;

  /**
   * Of {@code lines} those from {@code from} to {@code to} are its own: the action and the
   * document, JSON on one line each; no document: a deletion. The action does not name its target.
   */
  Operation(SinkRecord record, Target target, byte[] lines, int from, int to) {
    this.record = record;
    this.target = target;
    this.lines = lines;
    this.from = from;
    this.to = to;
  }

  SinkRecord record() {
    return record;
  }

  Target target() {
    return target;
  }

  /** What its lines are a part of. */
  byte[] lines() {
    return lines;
  }

  /** Where in {@link #lines} its own begin. */
  int from() {
    return from;
  }

  /** Where in {@link #lines} its own have ended. */
  int to() {
    return to;
  }

  /** Its own lines. */
  String text() {
    return new String(lines, from, size(), StandardCharsets.UTF_8);
  }

  TopicPartition partition() {
    return new TopicPartition(record.originalTopic(), record.originalKafkaPartition());
  }

  /** Whether that is its partition. */
  boolean isOf(TopicPartition partition) {
    return record.originalKafkaPartition() == partition.partition()
        && record.originalTopic().equals(partition.topic());
  }

  /** What it takes in a request. */
  int size() {
    return to - from;
  }

  /** The buffer took it then; {@link System#nanoTime}. Only the buffer calls this. */
  void accept(long now) {
    accepted = now;
  }

  long accepted() {
    return accepted;
  }

  /** It is written, or reported as bad: its offset may be committed. */
  void settle() {
    settled = true;
  }

  boolean settled() {
    return settled;
  }

  /** Its partition went to another task, which will write it. */
  void cancel() {
    cancelled = true;
  }

  boolean cancelled() {
    return cancelled;
  }

  /**
   * Counts an answer that neither took nor refused it; only the worker that holds it calls this.
   */
  int failed() {
    int now = failures + 1;
    failures = now;
    return now;
  }
}
