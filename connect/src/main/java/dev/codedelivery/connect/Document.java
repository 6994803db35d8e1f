package dev.codedelivery.connect;

import java.nio.charset.StandardCharsets;

/**
 * A record's value as it is indexed, and the fields that the sink itself reads.
 *
 * @param fields the value in which {@link Fields} looks fields up
 * @param json the document in UTF-8
 */
record Document(Object fields, byte[] json) {
  /**
   * Makes a document of a value: an object with or without a schema, or the raw JSON from Kafka
   * (bytes or text, when the converter passes it through). Raw JSON is passed on unchanged, and
   * only the fields that {@code reader} reads are available, until it reads the next document.
   *
   * @throws BadRecordException when the value is not an object, or has a field that the sink adds
   */
  static Document of(Object value, FieldReader reader) {
    if (value instanceof byte[] bytes) {
      return new Document(reader.read(bytes), bytes);
    }
    if (value instanceof String text) {
      return of(text.getBytes(StandardCharsets.UTF_8), reader);
    }
    reader.check(value);
    return new Document(value, DocumentWriter.write(value));
  }
}
