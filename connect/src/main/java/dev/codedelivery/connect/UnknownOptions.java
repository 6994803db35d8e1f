package dev.codedelivery.connect;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds options that neither this sink nor Connect knows. Connect ignores them, so a typo would
 * silently leave the default in effect.
 */
final class UnknownOptions {
  /** Connect's own options: these names, and everything below them. */
  private static final List<String> OF_CONNECT =
      List.of(
          "name",
          "connector",
          "tasks",
          "topics",
          "key.converter",
          "value.converter",
          "header.converter",
          "transforms",
          "predicates",
          "errors",
          "config.action.reload",
          "consumer.override",
          "producer.override",
          "admin.override");

  private UnknownOptions() {}

  /** The unknown options among {@code given}, each with a message. */
  static Map<String, String> in(Collection<String> given) {
    Map<String, String> problems = new HashMap<>();
    for (String option : given) {
      if (!Options.DEFINITION.names().contains(option)
          && !option.startsWith(Options.ERASED_CONSUMER)
          && OF_CONNECT.stream().noneMatch(n -> option.equals(n) || option.startsWith(n + "."))) {
        String hint =
            nearest(option)
                .map(known -> " Did you mean " + known + "?")
                .orElse(" Remove it; docs/sink.md lists all options.");
        problems.put(option, "There is no option " + option + "." + hint);
      }
    }
    return problems;
  }

  private static Optional<String> nearest(String option) {
    return Options.DEFINITION.names().stream()
        .filter(known -> distance(option, known) <= Math.max(2, option.length() / 4))
        .min(Comparator.comparingInt(known -> distance(option, known)));
  }

  /** The Levenshtein distance, with one row of the table. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
