package dev.codedelivery.connect;

import java.time.Instant;
import java.time.LocalDate;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Turns a record into the operation to write. Pure: the time and the erased ids are passed in. Used
 * by the task's thread only.
 */
final class Translator {
  private static final long DAY = 86_400_000;

  private static final int MAX_AGE_YEARS = 10;

  private final SinkConfig config;
  private final FieldReader reader;
  private final ExtraFields additions;
  private final FirstRecord first = new FirstRecord();
  private final BulkLines lines = new BulkLines();
  private final BrokersTime brokers = new BrokersTime();
  private Optional<LocalDate> lastDay = Optional.empty();
  private long lastEarliest;
  private long lastLatest;
  private String lastTopic;
  private String lastAlias;
  private Target lastTarget;
  private Optional<LocalDate> lastTargetsDay;

  Translator(SinkConfig config) {
    this.config = config;
    reader = new FieldReader(config.fieldNames(), config.addedFields());
    additions = new ExtraFields(config);
  }

  /**
   * Translates {@code record} at the time {@code now}.
   *
   * @throws BadRecordException when it cannot be indexed
   */
  Translation translate(SinkRecord record, Instant now, Predicate<String> erased) {
    if (record.value() == null) {
      return tombstone(record);
    }
    Document document = Document.of(record.value(), reader);
    String id = DocumentId.of(record, document.fields(), config);
    if (erased.test(id) || isErased(document, erased)) {
      return Translation.Skip.ERASED;
    }
    checkKey(record, document);
    Optional<LocalDate> day = Optional.empty();
    Long time = null;
    if (config.byDay) {
      time = Target.milliseconds(record, document.fields(), config.timeField);
      brokers.see(record);
      day =
          day(
              Math.floorDiv(time, DAY),
              Math.floorDiv(brokers.earliest(now), DAY),
              Math.floorDiv(brokers.latest(now), DAY));
      if (day.isEmpty()) {
        return Translation.Skip.EXPIRED;
      }
    }
    Target target = target(alias(record.topic()), day);
    int checksum = config.firstRecordWins() ? first.checksum(document.json()) : 0;
    int earlier = additions.earlier(id, record, checksum);
    Long version =
        config.firstRecordWins()
            ? Long.valueOf(FirstRecord.version(additions.offset(earlier, record), checksum))
            : version(document);
    action("index", id, version);
    additions.write(document.json(), earlier, record, time, lines);
    lines.put("\n");
    return sized(lines.operation(record, target));
  }

  /**
   * The day of a record, from days since 1970, if today is none before {@code earliest} and none
   * after {@code latest}; empty if it has expired. Nearly always that of the previous record.
   */
  private Optional<LocalDate> day(long own, long earliest, long latest) {
    if (lastDay.isPresent()
        && own == lastDay.get().toEpochDay()
        && earliest == lastEarliest
        && latest == lastLatest) {
      return lastDay;
    }
    LocalDate day = LocalDate.ofEpochDay(own);
    LocalDate now = LocalDate.ofEpochDay(latest);
    if (Retention.expired(day, LocalDate.ofEpochDay(earliest), config.retentionDays)) {
      return Optional.empty();
    }
    // A day far away is a mistake, such as seconds for milliseconds, and would create an index of
    // its own.
    if (day.isBefore(now.minusYears(MAX_AGE_YEARS))) {
      throw new BadRecordException(
          "InvalidTime",
          "The record's day is "
              + day
              + ", more than ten years ago. Check that its time is in milliseconds.");
    }
    if (day.isAfter(now.plusDays(1))) {
      throw new BadRecordException(
          "InvalidTime",
          "The record's day is " + day + ", more than a day ahead. Check its producer's clock.");
    }
    lastEarliest = earliest;
    lastLatest = latest;
    lastDay = Optional.of(day);
    return lastDay;
  }

  /** Nearly always that of the previous record. Connectors may subscribe to topics by pattern. */
  private String alias(String topic) {
    if (!topic.equals(lastTopic)) {
      String alias = config.alias(topic);
      if (!Target.isValid(alias)) {
        throw new BadRecordException("InvalidIndex", SinkConfig.invalidAlias(topic, alias));
      }
      lastTopic = topic;
      lastAlias = alias;
    }
    return lastAlias;
  }

  /** Nearly always that of the previous record. */
  private Target target(String alias, Optional<LocalDate> day) {
    if (lastTarget == null || lastTargetsDay != day || !alias.equals(lastTarget.alias())) {
      lastTarget = Target.of(alias, day);
      lastTargetsDay = day;
    }
    return lastTarget;
  }

  private Translation tombstone(SinkRecord record) {
    return switch (config.nullValues) {
      case IGNORE -> Translation.Skip.TOMBSTONE;
      case FAIL ->
          throw new BadRecordException(
              "EmptyRecord",
              "The record has no value, and the connector's behavior.on.null.values is fail.");
      case DELETE -> {
        Target target = Target.of(alias(record.topic()), Optional.empty());
        action("delete", DocumentId.of(record, null, config), null);
        yield lines.operation(record, target);
      }
    };
  }

  /** A record with a foreign key may be in any partition, where its offset says nothing. */
  private void checkKey(SinkRecord record, Document document) {
    if (config.keyField.isEmpty()) {
      return;
    }
    String expected = Fields.text(Fields.get(document.fields(), config.keyField));
    String key = Fields.text(record.key());
    if (expected == null || !expected.equals(key)) {
      throw new BadRecordException(
          "ForeignKey",
          "The record's key is "
              + (key == null ? "missing or neither text nor number" : Text.visible(key))
              + ", and its field "
              + config.keyField
              + " is "
              + (expected == null ? "missing" : Text.visible(expected))
              + ". They must be the same. Check what else writes to the topic, and the connector's"
              + " key.converter.");
    }
  }

  private boolean isErased(Document document, Predicate<String> erased) {
    for (String field : config.erasedFields) {
      String value = Fields.text(Fields.get(document.fields(), field));
      if (value != null && erased.test(value)) {
        return true;
      }
    }
    return false;
  }

  private Long version(Document document) {
    if (config.versionField.isEmpty()) {
      return null;
    }
    Object value = Fields.get(document.fields(), config.versionField);
    if (value instanceof Number number
        && number.doubleValue() == number.longValue()
        && number.longValue() >= 0) {
      return number.longValue();
    }
    throw new BadRecordException(
        "InvalidVersion",
        "The field "
            + config.versionField
            + ", which holds the document's version, is "
            + (value == null ? "missing" : value)
            + ". It must be an integer of at least 0.");
  }

  private Operation sized(Operation operation) {
    if (operation.size() > config.bulkBytes) {
      throw new BadRecordException(
          "DocumentTooLarge",
          "The document has "
              + operation.size()
              + " bytes; bulk.size.bytes allows "
              + config.bulkBytes
              + ".");
    }
    return operation;
  }

  /** Begins the operation's lines with its action. */
  private void action(String kind, String id, Long version) {
    lines.begin().put("{\"").put(kind).put("\":{\"_id\":\"").putQuoted(id).put("\"");
    if (version != null) {
      lines.put(",\"version\":").put(version.toString());
      lines.put(",\"version_type\":\"external_gte\"");
    }
    lines.put("}}\n");
  }
}
