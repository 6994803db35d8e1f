package dev.codedelivery.connect;

import java.nio.charset.StandardCharsets;

/**
 * A record's value as it is indexed, and what the sink itself reads of it.
 *
 * @param fields where {@link Fields} finds what is asked for
 * @param json the document in UTF-8
 */
record Document(Object fields, byte[] json) {
  /**
   * Makes a document of a value: an object with a schema or without, or JSON as it lies in Kafka
   * (bytes or text, when the converter leaves it alone). The latter is passed on as it is, and of
   * its fields only those that {@code reader} reads are there, until it reads the next.
   *
   * @throws BadRecordException when it is no object
   */
  static Document of(Object value, FieldReader reader) {
    if (value instanceof byte[] bytes) {
      return new Document(reader.read(bytes), bytes);
    }
    if (value instanceof String text) {
      return of(text.getBytes(StandardCharsets.UTF_8), reader);
    }
    return new Document(value, DocumentWriter.write(value));
  }
}
