package dev.codedelivery.connect;

import java.time.Duration;

/** How long to wait before a retry: doubles each time up to a limit, with jitter. */
final class Backoff {
  private final long first;
  private final long limit;
  private int retries;

  Backoff(Duration first, Duration limit) {
    this.first = first.toMillis();
    this.limit = limit.toMillis();
  }

  /**
   * The next wait; {@code jitter} from 0 to 1 shortens it by up to a fifth, so that tasks spread
   * out.
   */
  Duration next(double jitter) {
    long full = Math.min(limit, first << Math.min(retries, 20));
    retries++;
    return Duration.ofMillis(Math.max(1, (long) (full * (1 - jitter / 5))));
  }

  void reset() {
    retries = 0;
  }
}
