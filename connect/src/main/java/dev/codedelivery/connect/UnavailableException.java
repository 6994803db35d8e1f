package dev.codedelivery.connect;

import org.apache.kafka.connect.errors.RetriableException;

/** The server is unavailable or busy; a retry may succeed. */
final class UnavailableException extends RetriableException {
  private static final long serialVersionUID = 1L;

  private final boolean sent;

  UnavailableException(String sentence) {
    this(sentence, false);
  }

  /**
   * {@code sent} tells whether a connection was made, so that the request itself may be the cause.
   */
  UnavailableException(String sentence, boolean sent) {
    super(sentence);
    this.sent = sent;
  }

  /** Whether the request itself may be the cause. */
  boolean sent() {
    return sent;
  }
}
