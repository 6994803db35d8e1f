package dev.codedelivery.connect;

import org.apache.kafka.connect.errors.DataException;

/** A record that can never be indexed as it is. The message goes to the dead-letter topic. */
final class BadRecordException extends DataException {
  private static final long serialVersionUID = 1L;

  /** The length of a message in characters; it is written into two headers. */
  static final int MAX_LENGTH = 2_100;

  /** {@code reason} is a stable name, or Elasticsearch's own type of error. */
  BadRecordException(String reason, String sentence) {
    super(bounded(reason + ": " + sentence));
  }

  /** For an error that has no reason of its own. */
  BadRecordException(RuntimeException unexpected) {
    super(bounded("UnexpectedError: The record cannot be translated: " + unexpected), unexpected);
  }

  /** The same with a further sentence in front, which must not be cut off. */
  BadRecordException(BadRecordException problem, String sentence) {
    super(bounded(sentence + problem.getMessage()), problem.getCause());
  }

  /** It may quote the record, which may hold megabytes. */
  private static String bounded(String message) {
    return message.length() > MAX_LENGTH ? message.substring(0, MAX_LENGTH) + "…" : message;
  }
}
