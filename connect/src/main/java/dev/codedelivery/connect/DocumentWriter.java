package dev.codedelivery.connect;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;

/** Writes a record's value, with a schema or without, as the JSON object that is indexed. */
final class DocumentWriter {
  private static final JsonFactory FACTORY = new JsonFactory();

  private DocumentWriter() {}

  /**
   * The value as JSON in UTF-8, on one line.
   *
   * @throws BadRecordException when it is not an object
   */
  static byte[] write(Object value) {
    if (!(value instanceof Map || value instanceof Struct)) {
      throw new BadRecordException(
          "MalformedRecord",
          "The record's value is not a JSON object but "
              + kind(value)
              + ". Check the topic's producer, and the connector's value.converter.");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
    try (JsonGenerator json = FACTORY.createGenerator(bytes)) {
      any(json, value);
    } catch (IOException e) { // not of the memory that is written, but of what JSON cannot express
      throw new BadRecordException(
          "MalformedRecord",
          "The record's value cannot be written as JSON: " + e.getMessage() + ".");
    }
    return bytes.toByteArray();
  }

  private static String kind(Object value) {
    return value == null
        ? "nothing"
        : value instanceof List ? "a list" : "a " + value.getClass().getSimpleName();
  }

  private static void any(JsonGenerator json, Object value) throws IOException {
    if (value == null) {
      json.writeNull();
    } else if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        json.writeFieldName(String.valueOf(entry.getKey()));
        any(json, entry.getValue());
      }
      json.writeEndObject();
    } else if (value instanceof Struct struct) {
      json.writeStartObject();
      for (Field field : struct.schema().fields()) {
        json.writeFieldName(field.name());
        any(json, struct.get(field));
      }
      json.writeEndObject();
    } else if (value instanceof Iterable<?> list) {
      json.writeStartArray();
      for (Object element : list) {
        any(json, element);
      }
      json.writeEndArray();
    } else {
      scalar(json, value);
    }
  }

  private static void scalar(JsonGenerator json, Object value) throws IOException {
    if (value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte) {
      json.writeNumber(((Number) value).longValue());
    } else if (value instanceof Double number) {
      json.writeNumber(number);
    } else if (value instanceof Float number) {
      json.writeNumber(number);
    } else if (value instanceof BigDecimal number) {
      json.writeNumber(number);
    } else if (value instanceof BigInteger number) {
      json.writeNumber(number);
    } else if (value instanceof Boolean truth) {
      json.writeBoolean(truth);
    } else if (value instanceof Date date) {
      json.writeNumber(date.getTime()); // Connect's Date, Time and Timestamp
    } else if (value instanceof byte[] bytes) {
      json.writeBinary(bytes);
    } else if (value instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      json.writeBinary(bytes);
    } else {
      json.writeString(value.toString());
    }
  }
}
