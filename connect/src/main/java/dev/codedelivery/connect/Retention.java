package dev.codedelivery.connect;

import java.time.LocalDate;
import java.util.Collection;
import java.util.List;

/** Which days have expired. */
final class Retention {
  private Retention() {}

  /** Whether a day has expired: {@code days} are kept besides today; 0 keeps all. */
  static boolean expired(LocalDate day, LocalDate today, int days) {
    return days > 0 && day.isBefore(today.minusDays(days));
  }

  /** The indices of an alias whose days have expired. */
  static List<String> expired(String alias, Collection<String> indices, LocalDate today, int days) {
    return indices.stream()
        .filter(
            index -> Target.day(alias, index).filter(day -> expired(day, today, days)).isPresent())
        .sorted()
        .toList();
  }
}
