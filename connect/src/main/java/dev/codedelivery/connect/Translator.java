package dev.codedelivery.connect;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Makes of a record what is to be written. Pure: clock and list of erased ids are handed in. Used
 * by the task's thread alone.
 */
final class Translator {
  private static final JsonFactory FACTORY = new JsonFactory();

  private static final int MOST_YEARS = 10;

  private final SinkConfig config;
  private Optional<LocalDate> lastDay = Optional.empty();
  private Target lastTarget = new Target("", "");

  Translator(SinkConfig config) {
    this.config = config;
  }

  /**
   * What becomes of {@code record} at {@code now}.
   *
   * @throws BadRecordException when it cannot be indexed
   */
  Translation translate(SinkRecord record, Instant now, Predicate<String> erased) {
    if (record.value() == null) {
      return tombstone(record);
    }
    Document document = Document.of(record.value(), config.fieldNames());
    String id = DocumentId.of(record, document.fields(), config);
    if (erased.test(id)
        || config.erasedFields.stream().anyMatch(f -> isErased(document, f, erased))) {
      return Translation.Skip.ERASED;
    }
    Optional<LocalDate> day = Optional.empty();
    if (config.byDay) {
      LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
      LocalDate own = Target.day(record, document.fields(), config.timeField);
      if (Retention.expired(own, today, config.retentionDays)) {
        return Translation.Skip.EXPIRED;
      }
      // A day far away is a slip, such as seconds for milliseconds, and would make an index of its
      // own.
      if (own.isBefore(today.minusYears(MOST_YEARS))) {
        throw new BadRecordException(
            "InvalidTime",
            "The record is of "
                + own
                + ", which is more than ten years ago. Is its time in milliseconds?");
      }
      if (own.isAfter(today.plusDays(1))) {
        throw new BadRecordException(
            "InvalidTime",
            "The record is of "
                + own
                + ", which is more than a day ahead. Check its producer's clock.");
      }
      day = Optional.of(own);
    }
    Target target = target(config.alias(record.topic()), day);
    byte[] action = action("index", id, version(document));
    return sized(new Operation(record, target, action, document.json()));
  }

  /** Nearly always that of the record before. */
  private Target target(String alias, Optional<LocalDate> day) {
    if (!day.equals(lastDay) || !alias.equals(lastTarget.alias())) {
      lastTarget = Target.of(alias, day);
      lastDay = day;
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
        Target target = Target.of(config.alias(record.topic()), Optional.empty());
        yield new Operation(
            record, target, action("delete", DocumentId.of(record, null, config), null), null);
      }
    };
  }

  private static boolean isErased(Document document, String field, Predicate<String> erased) {
    String value = Fields.text(Fields.get(document.fields(), field));
    return value != null && erased.test(value);
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
            + ", which tells the document's version, is "
            + (value == null ? "missing" : value)
            + ". It must be a whole number from 0.");
  }

  private Operation sized(Operation operation) {
    if (operation.size() > config.bulkBytes) {
      throw new BadRecordException(
          "DocumentTooLarge",
          "The document takes "
              + operation.size()
              + " bytes; bulk.size.bytes allows "
              + config.bulkBytes
              + ".");
    }
    return operation;
  }

  private static byte[] action(String kind, String id, Long version) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(160);
    try (JsonGenerator json = FACTORY.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeObjectFieldStart(kind);
      json.writeStringField("_id", id);
      if (version != null) {
        json.writeNumberField("version", version);
        json.writeStringField("version_type", "external_gte");
      }
      json.writeEndObject();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // never: nothing is written outside memory
    }
    return bytes.toByteArray();
  }
}
