package dev.codedelivery.connect;

import org.apache.kafka.connect.errors.RetriableException;

/** The server is unavailable or busy; a retry may succeed. */
final class UnavailableException extends RetriableException {
  private static final long serialVersionUID = 1L;

  UnavailableException(String sentence) {
    super(sentence);
  }
}
