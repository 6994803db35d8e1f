package dev.codedelivery.connect;

import java.time.Duration;

/** How long to wait before a repetition: doubled each time, up to a limit, and less by chance. */
final class Backoff {
  private final long first;
  private final long limit;
  private int repetitions;

  Backoff(Duration first, Duration limit) {
    this.first = first.toMillis();
    this.limit = limit.toMillis();
  }

  /** The next wait; {@code chance} from 0 to 1 takes up to a fifth of it, so that tasks spread. */
  Duration next(double chance) {
    long whole = Math.min(limit, first << Math.min(repetitions, 20));
    repetitions++;
    return Duration.ofMillis(Math.max(1, (long) (whole * (1 - chance / 5))));
  }

  void reset() {
    repetitions = 0;
  }
}
