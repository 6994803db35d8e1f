package dev.codedelivery.connect;

import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.sink.SinkRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records that were left out because an earlier one with the same id says something else. Counts
 * all, and logs one of them at most once a minute.
 */
final class Contradictions {
  private static final Logger LOG = LoggerFactory.getLogger(Contradictions.class);
  private static final long PAUSE = TimeUnit.MINUTES.toNanos(1);

  private final Metrics metrics;
  private boolean logged;
  private long loggedAt;

  Contradictions(Metrics metrics) {
    this.metrics = metrics;
  }

  /** Counts one. */
  synchronized void add(Operation operation) {
    metrics.contradicting.increment();
    long now = System.nanoTime();
    if (logged && now - loggedAt < PAUSE) {
      return;
    }
    logged = true;
    loggedAt = now;
    LOG.warn(sentence(operation, metrics.contradicting.sum()));
  }

  static String sentence(Operation operation, long count) {
    SinkRecord record = operation.record();
    return "The record of "
        + record.originalTopic()
        + " in partition "
        + record.originalKafkaPartition()
        + " at offset "
        + record.originalKafkaOffset()
        + " was left out: the document "
        + Text.visible(operation.id())
        + " is there from an earlier record and says something else. So far "
        + count
        + " of this task's records were. Find out what else writes to the topic.";
  }
}
