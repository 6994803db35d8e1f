package dev.codedelivery.connect;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/** One record as a line or two of a bulk request, and how far it has got. */
final class Operation implements Translation {
  private final SinkRecord record;
  private final Target target;
  private final byte[] action;
  private final byte[] document;
  private volatile boolean settled;
  private volatile boolean cancelled;
  private volatile int failures;

  /**
   * {@code action} and {@code document} are JSON on one line each; no document: a deletion. The
   * action does not name its target.
   */
  Operation(SinkRecord record, Target target, byte[] action, byte[] document) {
    this.record = record;
    this.target = target;
    this.action = action;
    this.document = document;
  }

  SinkRecord record() {
    return record;
  }

  Target target() {
    return target;
  }

  byte[] action() {
    return action;
  }

  byte[] document() {
    return document;
  }

  TopicPartition partition() {
    return new TopicPartition(record.originalTopic(), record.originalKafkaPartition());
  }

  /** What it takes in a request. */
  int size() {
    return action.length + 1 + (document == null ? 0 : document.length + 1);
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
