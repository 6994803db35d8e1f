package dev.codedelivery.connect;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Why workers wait. Says it in the log when it begins, changes, or lasts, and once more when the
 * last of them waits no longer.
 */
final class Waiting {
  private static final Logger LOG = LoggerFactory.getLogger(Waiting.class);
  private static final long AGAIN = TimeUnit.MINUTES.toNanos(1);

  private final Map<Thread, String> reasons = new LinkedHashMap<>();
  private String said = "";
  private long when;

  /** The reason of whoever waits longest; empty when nobody does. */
  synchronized String reason() {
    return reasons.values().stream().findFirst().orElse("");
  }

  /** The worker that calls this waits. */
  synchronized void because(String sentence) {
    reasons.put(Thread.currentThread(), sentence);
    long now = System.nanoTime();
    if (!sentence.equals(said) || now - when > AGAIN) {
      LOG.warn("Documents wait: {}", sentence);
      said = sentence;
      when = now;
    }
  }

  /** The worker that calls this waits no longer. */
  synchronized void over() {
    if (reasons.remove(Thread.currentThread()) != null && reasons.isEmpty()) {
      LOG.info("Documents are written again.");
      said = "";
    }
  }
}
