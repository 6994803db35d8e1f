package dev.codedelivery.connect;

import java.time.LocalDate;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Which days have expired. */
final class Retention {
  private Retention() {}

  /** Whether a day has expired: {@code days} are kept besides today; 0 keeps all. */
  static boolean expired(LocalDate day, LocalDate today, int days) {
    return days > 0 && day.isBefore(today.minusDays(days));
  }

  /**
   * The indices of an alias to delete: their days have expired by this worker's clock, and by the
   * newest day that the alias holds as well. A clock that is ahead alone deletes nothing.
   */
  static List<String> expired(String alias, Collection<String> indices, LocalDate today, int days) {
    LocalDate newest =
        indices.stream()
            .flatMap(index -> Target.day(alias, index).stream())
            .max(Comparator.naturalOrder())
            .orElse(today);
    return byClock(alias, indices, newest.isBefore(today) ? newest : today, days);
  }

  /** The indices of an alias whose days have expired if it is {@code today}. */
  static List<String> byClock(String alias, Collection<String> indices, LocalDate today, int days) {
    return indices.stream()
        .filter(
            index -> Target.day(alias, index).filter(day -> expired(day, today, days)).isPresent())
        .sorted()
        .toList();
  }
}
