package dev.codedelivery.connect;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.connect.sink.SinkRecord;

/** The id of a record's document: the same for every repeat of the record. */
final class DocumentId {
  /** The server rejects a whole request if one id is longer. */
  private static final int MAX_BYTES = 512; // a char takes at most three bytes

  private DocumentId() {}

  /**
   * The id; {@code fields} are those of the value, null for a tombstone.
   *
   * @throws BadRecordException when the record has no valid id
   */
  static String of(SinkRecord record, Object fields, SinkConfig config) {
    String id;
    if (!config.idFields.isEmpty() && fields != null) {
      id = ofFields(fields, config);
    } else if (config.keyIsId) {
      id = ofKey(record);
    } else {
      id =
          record.originalTopic()
              + "+"
              + record.originalKafkaPartition()
              + "+"
              + record.originalKafkaOffset();
    }
    if (id.length() > MAX_BYTES / 3 && id.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      throw new BadRecordException(
          "InvalidId",
          "The document's id would be longer than 512 bytes; it begins with "
              + Text.visible(id.substring(0, 40))
              + ".");
    }
    // No UTF-8 exists for half of a surrogate pair, as is left of a text that was cut within an
    // emoji.
    if (!Text.isUnicode(id)) {
      throw new BadRecordException(
          "InvalidId",
          "The document's id contains half of a surrogate pair, which is not a character: "
              + Text.visible(id)
              + ". Check that the record's producer does not cut texts within a character.");
    }
    return id;
  }

  private static String ofFields(Object fields, SinkConfig config) {
    StringBuilder id = new StringBuilder(64);
    for (String field : config.idFields) {
      String part = Fields.text(Fields.get(fields, field));
      if (part == null || part.isEmpty()) {
        throw new BadRecordException(
            "InvalidId",
            "The field "
                + field
                + ", which is part of the document's id, is missing or is neither text nor"
                + " number.");
      }
      id.append(id.isEmpty() ? "" : ":").append(part);
    }
    return id.toString();
  }

  private static String ofKey(SinkRecord record) {
    String id = Fields.text(record.key());
    if (id == null || id.isEmpty()) {
      throw new BadRecordException(
          "InvalidId",
          "The record's key, which is the document's id, is missing or is neither text nor number."
              + " Check the connector's key.converter.");
    }
    return id;
  }
}
