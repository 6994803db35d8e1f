package dev.codedelivery.connect;

import org.apache.kafka.connect.errors.RetriableException;

/** The server is away or busy: the same again later may succeed. */
final class AwayException extends RetriableException {
  private static final long serialVersionUID = 1L;

  AwayException(String sentence) {
    super(sentence);
  }
}
