package dev.codedelivery.connect;

import org.apache.kafka.connect.errors.DataException;

/** A record that can never be indexed as it is. The message goes to the dead-letter topic. */
final class BadRecordException extends DataException {
  private static final long serialVersionUID = 1L;

  /** {@code reason} is a stable name, or Elasticsearch's own type of error. */
  BadRecordException(String reason, String sentence) {
    super(reason + ": " + sentence);
  }
}
