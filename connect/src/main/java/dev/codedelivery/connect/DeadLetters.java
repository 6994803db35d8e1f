package dev.codedelivery.connect;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalDouble;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends bad records to the dead-letter topic. An offset is committed only once Kafka has confirmed
 * the letter. Used by the task's thread only.
 *
 * <p>Connect's producer refuses a letter that is too large, or that it may not write, at once.
 * Connect logs and counts that, but returns a future that is done, as if the letter were written.
 */
final class DeadLetters {
  private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);

  private record Sent(Operation operation, Future<Void> confirmation) {}

  private final Supplier<ErrantRecordReporter> reporter;
  private final SinkConfig config;
  private final Metrics metrics;
  private final RefusedLetters refused;
  private final Deque<Sent> sent = new ArrayDeque<>();

  DeadLetters(Supplier<ErrantRecordReporter> reporter, SinkConfig config, Metrics metrics) {
    this.reporter = reporter;
    this.config = config;
    this.metrics = metrics;
    refused = new RefusedLetters(config.connector, config.task);
  }

  /**
   * Sends the record of an operation, which is settled when Kafka has confirmed the letter.
   *
   * @throws ConnectException when there is no dead-letter topic, or it takes no letter: the task
   *     fails, so that no record is lost silently
   */
  void send(Operation operation, BadRecordException problem) {
    metrics.rejected.increment();
    SinkRecord record = operation.record();
    ErrantRecordReporter topic = reporter.get();
    // Connect has a reporter without a topic too, which only logs.
    if (topic == null || config.deadLetterTopic.isEmpty()) {
      throw new ConnectException(
          "The record "
              + place(record)
              + " cannot be indexed, and no dead-letter topic is configured. Set"
              + " errors.tolerance=all and errors.deadletterqueue.topic.name.",
          problem);
    }
    if (DeadLetter.size(record, problem) > config.deadLetterBytes
        || report(topic, operation, record, problem) != null) {
      sendShortened(topic, operation, problem);
    }
  }

  /** Returns why Connect's producer refused the letter; null when it sent it. */
  private Throwable report(
      ErrantRecordReporter topic,
      Operation operation,
      SinkRecord record,
      BadRecordException problem) {
    OptionalDouble before = refused.count();
    Future<Void> confirmation = topic.report(record, problem);
    if (confirmation.isDone()) {
      Throwable refusal = failure(confirmation);
      if (refusal != null) {
        return refusal;
      }
      // Without the count it cannot be known; a second letter is better than none.
      OptionalDouble after = refused.count();
      if (before.isEmpty() || after.isEmpty() || after.getAsDouble() > before.getAsDouble()) {
        return new ConnectException("Kafka Connect's log has the reason");
      }
    }
    sent.add(new Sent(operation, confirmation));
    return null;
  }

  /** Why a future that is done failed; null when it did not. */
  private static Throwable failure(Future<Void> done) {
    try {
      done.get();
      return null;
    } catch (ExecutionException e) {
      return e.getCause();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return e;
    }
  }

  private void sendShortened(
      ErrantRecordReporter topic, Operation operation, BadRecordException problem) {
    SinkRecord record = operation.record();
    LOG.warn(
        "The dead letter of the record {} is shortened because the topic {} does not take it"
            + " whole.",
        place(record),
        config.deadLetterTopic);
    Throwable refusal = null;
    for (DeadLetter.Form form : DeadLetter.shortened(record, problem, config.deadLetterBytes)) {
      try {
        refusal = report(topic, operation, form.record(), form.problem());
      } catch (RuntimeException e) { // a converter that does not take this form
        refusal = e;
      }
      if (refusal == null) {
        return;
      }
    }
    throw failed(record, refusal);
  }

  /** Settles the operations whose letters are confirmed; throws when Kafka refused one. */
  void advance() {
    while (!sent.isEmpty() && sent.peek().confirmation().isDone()) {
      Sent letter = sent.poll();
      if (letter.operation().cancelled()) {
        continue; // another task reports it again
      }
      Throwable refusal = failure(letter.confirmation());
      if (refusal != null) {
        throw failed(letter.operation().record(), refusal);
      }
      letter.operation().settle();
    }
  }

  private ConnectException failed(SinkRecord record, Throwable cause) {
    return new ConnectException(
        "The record "
            + place(record)
            + " cannot be indexed, and the dead-letter topic "
            + config.deadLetterTopic
            + " did not take it either ("
            + cause.getMessage()
            + "). Check that the topic exists and that Kafka Connect's user may write it, and, if"
            + " the topic's max.message.bytes is less than "
            + config.deadLetterBytes
            + ", set "
            + Options.DEAD_LETTER_BYTES
            + " to it. Then restart the task.",
        cause);
  }

  private static String place(SinkRecord record) {
    return record.originalTopic()
        + "/"
        + record.originalKafkaPartition()
        + "/"
        + record.originalKafkaOffset();
  }
}
