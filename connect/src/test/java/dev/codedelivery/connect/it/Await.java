package dev.codedelivery.connect.it;

import java.util.concurrent.Callable;
import java.util.function.Supplier;

/** Waits for a condition. */
final class Await {
  private Await() {}

  /**
   * Checks every tenth of a second until the condition holds; fails with the message after {@code
   * seconds}.
   */
  static void until(Supplier<String> sentence, int seconds, Callable<Boolean> so) {
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    Exception last = null;
    while (System.nanoTime() < end) {
      try {
        if (so.call()) {
          return;
        }
        last = null;
        Thread.sleep(100);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      } catch (Exception e) {
        last = e;
        pause();
      }
    }
    throw new AssertionError(sentence.get(), last);
  }

  static void until(String sentence, Callable<Boolean> so) {
    until(() -> sentence, 120, so);
  }

  private static void pause() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
