package dev.codedelivery.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {
  @Test
  void waitsDoubleUpToTheLimitAndAResetStartsOver() {
    Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1));
    for (long expected : new long[] {100, 200, 400, 800, 1_000, 1_000}) {
      assertEquals(expected, backoff.next(0).toMillis());
    }
    assertEquals(800, backoff.next(1).toMillis());
    backoff.reset();
    assertEquals(100, backoff.next(0).toMillis());
  }

  @Test
  void manyRetriesDoNotOverflow() {
    Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));
    for (int i = 0; i < 1_000; i++) {
      backoff.next(0);
    }
    assertEquals(5_000, backoff.next(0).toMillis());
  }
}
