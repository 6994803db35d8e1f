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

  /** A worker's wait: why now, and since when, as {@link System#nanoTime}. */
  private record Wait(String reason, long since) {}

  private final Map<Thread, Wait> waits = new LinkedHashMap<>();
  private String logged = "";
  private long loggedAt;

  /** The reason of the longest wait; empty when no worker is waiting. */
  synchronized String reason() {
    return waits.values().stream().findFirst().map(Wait::reason).orElse("");
  }

  /** How long the longest wait has lasted, in seconds; 0 when no worker is waiting. */
  synchronized long seconds() {
    long now = System.nanoTime();
    return waits.values().stream()
        .findFirst()
        .map(wait -> TimeUnit.NANOSECONDS.toSeconds(now - wait.since()))
        .orElse(0L);
  }

  /** The calling worker is waiting. */
  synchronized void begin(String reason) {
    long now = System.nanoTime();
    waits.merge(
        Thread.currentThread(),
        new Wait(reason, now),
        (before, next) -> new Wait(reason, before.since()));
    if (!reason.equals(logged) || now - loggedAt > REPEAT) {
      LOG.warn("Waiting to write documents: {}", reason);
      logged = reason;
      loggedAt = now;
    }
  }

  /** The calling worker is no longer waiting. */
  synchronized void end() {
    if (waits.remove(Thread.currentThread()) != null && waits.isEmpty()) {
      LOG.info("Writing documents again.");
      logged = "";
    }
  }
}
