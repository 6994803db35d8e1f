package dev.codedelivery.connect;

import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Date;
import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Where a document is written: {@code name} is an alias of exactly one index, {@code alias} the
 * alias of all of them.
 *
 * <p>Writing to an alias, with {@code require_alias}, keeps the server from creating an index of
 * its own with a guessed mapping. The index behind it is {@code name-1}; after a reindex the alias
 * moves to the new index.
 */
record Target(String alias, String name) {
  private static final String RESERVED = " \"*\\<|,>/?#:";

  /** What {@link #isValid} asks for, as part of a sentence. */
  static final String VALID =
      "at most 200 characters, in lower case, none of"
          + RESERVED
          + ", and do not begin it with - _ + or a dot";

  private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("uuuu.MM.dd");

  /** Whether the server takes an alias of that name. */
  static boolean isValid(String alias) {
    return !alias.isEmpty()
        && alias.length() <= 200
        && alias.equals(alias.toLowerCase(Locale.ROOT))
        && "-_+.".indexOf(alias.charAt(0)) < 0
        && alias.chars().noneMatch(c -> RESERVED.indexOf(c) >= 0);
  }

  /** The index that is created for it. */
  String index() {
    return name + "-1";
  }

  /** The target of all documents, or of those of a day. */
  static Target of(String alias, Optional<LocalDate> day) {
    return new Target(alias, day.map(d -> alias + "-" + DAY.format(d)).orElse(alias));
  }

  /** The day of an index of this alias, if it is a daily one. */
  static Optional<LocalDate> day(String alias, String index) {
    if (!index.startsWith(alias + "-") || index.length() < alias.length() + 11) {
      return Optional.empty();
    }
    String rest = index.substring(alias.length() + 1);
    try {
      boolean whole = rest.length() == 10 || rest.charAt(10) == '-';
      return whole ? Optional.of(LocalDate.parse(rest.substring(0, 10), DAY)) : Optional.empty();
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /**
   * The time of a record, milliseconds since 1970.
   *
   * @throws BadRecordException when it has no valid time
   */
  static long milliseconds(SinkRecord record, Object fields, String timeField) {
    Object time = timeField.isEmpty() ? record.timestamp() : Fields.get(fields, timeField);
    try {
      return milliseconds(time);
    } catch (DateTimeParseException | NumberFormatException | ArithmeticException e) {
      throw new BadRecordException(
          "InvalidTime",
          (timeField.isEmpty() ? "The record's timestamp" : "The field " + timeField)
              + ", which determines the day, is "
              + (time == null ? "missing" : time)
              + ". It must be milliseconds since 1970 or an ISO 8601 time.");
    }
  }

  private static long milliseconds(Object time) {
    if (time instanceof Long || time instanceof Integer) {
      return ((Number) time).longValue();
    }
    if (time instanceof Date date) {
      return date.getTime();
    }
    String text = String.valueOf(Fields.text(time));
    return text.matches("-?\\d+")
        ? Long.parseLong(text)
        : OffsetDateTime.parse(text).toInstant().toEpochMilli();
  }
}
