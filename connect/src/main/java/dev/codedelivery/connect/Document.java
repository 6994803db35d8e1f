package dev.codedelivery.connect;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * A record's value as it is indexed, and what the sink itself reads of it.
 *
 * @param fields where {@link Fields} finds what is asked for
 * @param json the document, UTF-8 on one line
 */
record Document(Object fields, byte[] json) {
  /**
   * Makes a document of a value: an object with a schema or without, or JSON as it lies in Kafka
   * (bytes or text, when the converter leaves it alone). The latter is passed on as it is, and of
   * its fields only those with {@code names} are read, which takes half of the time.
   *
   * @throws BadRecordException when it is no object
   */
  static Document of(Object value, Set<String> names) {
    if (value instanceof byte[] bytes) {
      return raw(bytes, names);
    }
    if (value instanceof String text) {
      return raw(text.getBytes(StandardCharsets.UTF_8), names);
    }
    return new Document(value, DocumentWriter.write(value));
  }

  private static Document raw(byte[] bytes, Set<String> names) {
    Map<String, Object> fields = new HashMap<>();
    try (JsonParser json = Mapping.JSON.createParser(bytes)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw malformed("it does not begin with a brace");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        json.nextToken();
        if (names.contains(name)) {
          fields.put(name, value(json));
        } else {
          json.skipChildren();
        }
      }
      if (json.nextToken() != null) {
        throw malformed("something follows its closing brace");
      }
    } catch (JsonProcessingException e) {
      throw malformed(e.getOriginalMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(e); // never: nothing is read outside memory
    }
    return new Document(fields, oneLine(bytes));
  }

  private static Object value(JsonParser json) throws IOException {
    return switch (json.currentToken()) {
      case VALUE_STRING -> json.getText();
      case VALUE_NUMBER_INT -> json.getNumberValue();
      default -> json.readValueAs(Object.class);
    };
  }

  private static BadRecordException malformed(String problem) {
    return new BadRecordException(
        "MalformedRecord", "The record's value is no JSON object: " + problem + ".");
  }

  /** In JSON a line break stands only between tokens, where a space means the same. */
  private static byte[] oneLine(byte[] bytes) {
    byte[] line = bytes;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n' || bytes[i] == '\r') {
        if (line == bytes) {
          line = bytes.clone();
        }
        line[i] = ' ';
      }
    }
    return line;
  }
}
