package dev.codedelivery.connect;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Why workers are waiting. Logs the reason when a wait begins, changes, or lasts long, and logs
 * once when no worker is waiting any more.
 */
final class WaitReasons {
  private static final Logger LOG = LoggerFactory.getLogger(WaitReasons.class);
  private static final long REPEAT = TimeUnit.MINUTES.toNanos(1);

  private final Map<Thread, String> reasons = new LinkedHashMap<>();
  private String logged = "";
  private long loggedAt;

  /** The reason of the longest wait; empty when no worker is waiting. */
  synchronized String reason() {
    return reasons.values().stream().findFirst().orElse("");
  }

  /** The calling worker is waiting. */
  synchronized void begin(String reason) {
    reasons.put(Thread.currentThread(), reason);
    long now = System.nanoTime();
    if (!reason.equals(logged) || now - loggedAt > REPEAT) {
      LOG.warn("Waiting to write documents: {}", reason);
      logged = reason;
      loggedAt = now;
    }
  }

  /** The calling worker is no longer waiting. */
  synchronized void end() {
    if (reasons.remove(Thread.currentThread()) != null && reasons.isEmpty()) {
      LOG.info("Writing documents again.");
      logged = "";
    }
  }
}
