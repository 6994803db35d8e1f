package dev.codedelivery.connect;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.async.ByteArrayFeeder;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.data.Struct;

/**
 * Reads a few fields of JSON documents, and checks that they are JSON objects. One parser reads
 * many documents, because creating one takes as long as parsing a document. Used by the task's
 * thread only.
 */
final class FieldReader {
  /** A parser remembers every field name, so it is replaced after this many documents. */
  private static final int DOCUMENTS = 1_000;

  private final Set<String> names;
  private final Set<String> reserved;
  private final Map<String, Object> fields = new HashMap<>();
  private JsonParser json;
  private int left;

  /**
   * Reads the top-level fields {@code names}; a document with a top-level field in {@code reserved}
   * is a bad record.
   */
  FieldReader(Set<String> names, Set<String> reserved) {
    this.names = names;
    this.reserved = reserved;
  }

  /**
   * The fields of a document in UTF-8, null where one is missing. The map is reused for the next
   * document.
   *
   * @throws BadRecordException when it is not an object
   */
  Map<String, Object> read(byte[] document) {
    fields.replaceAll((name, value) -> null);
    try {
      if (left-- == 0) {
        renew();
      }
      if (hasFillByte(document)) {
        throw malformed("it holds the byte 0xff, which no text in UTF-8 has");
      }
      int start = mark(document, 0);
      if (start > 0 && mark(document, start) > 0) {
        throw malformed("it begins with two byte order marks");
      }
      ByteArrayFeeder feeder = (ByteArrayFeeder) json.getNonBlockingInputFeeder();
      feeder.feedInput(document, start, document.length);
      object();
      end(document);
    } catch (JsonProcessingException e) {
      left = 0;
      throw malformed(e.getOriginalMessage());
    } catch (RuntimeException e) {
      left = 0;
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e); // cannot happen: only memory is read
    }
    return fields;
  }

  private void renew() throws IOException {
    if (json != null) {
      json.close();
    }
    json = Mapping.JSON.getFactory().createNonBlockingByteArrayParser();
    left = DOCUMENTS;
  }

  /**
   * Whether it holds the byte with which the parser fills up the last word of a name that it looks
   * up: it takes {@code ff 73 65 71} for the name {@code seq}, once it has read that one.
   */
  private static boolean hasFillByte(byte[] document) {
    for (byte next : document) {
      if (next == (byte) 0xFF) {
        return true;
      }
    }
    return false;
  }

  /**
   * The length of the byte order mark at a place; the parser skips only one at its very beginning.
   */
  private static int mark(byte[] document, int from) {
    boolean marked =
        document.length >= from + 3
            && document[from] == (byte) 0xEF
            && document[from + 1] == (byte) 0xBB
            && document[from + 2] == (byte) 0xBF;
    return marked ? 3 : 0;
  }

  private void object() throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw malformed("it does not begin with a brace");
    }
    // At the end of the input, the parser's current token stays what it was, such as another
    // object's end.
    JsonToken token = json.nextToken();
    while (token == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      if (reserved.contains(name)) {
        throw reserved(name);
      }
      json.nextToken();
      if (names.contains(name)) {
        fields.put(name, value());
      } else {
        json.skipChildren();
      }
      token = json.nextToken();
    }
    if (token != JsonToken.END_OBJECT) {
      throw malformed("it ends before its closing brace");
    }
  }

  /**
   * Only whitespace may follow the object; the parser reads it too, ready for the next document.
   */
  private void end(byte[] document) throws IOException {
    int rest = json.releaseBuffered(OutputStream.nullOutputStream());
    for (int i = document.length - rest; i < document.length; i++) {
      if (" \t\r\n".indexOf(document[i]) < 0) {
        throw malformed("something follows its closing brace");
      }
    }
    if (rest > 0) {
      json.nextToken();
    }
  }

  private Object value() throws IOException {
    return switch (json.currentToken()) {
      case VALUE_STRING -> json.getText();
      case VALUE_NUMBER_INT -> json.getNumberValue();
      default -> Mapping.JSON.readValue(json, Object.class);
    };
  }

  /**
   * Checks that a value that was parsed elsewhere has no reserved field.
   *
   * @throws BadRecordException when it has one
   */
  void check(Object value) {
    for (String name : reserved) {
      if (value instanceof Map<?, ?> map && map.containsKey(name)
          || value instanceof Struct struct && struct.schema().field(name) != null) {
        throw reserved(name);
      }
    }
  }

  private static BadRecordException reserved(String name) {
    return new BadRecordException(
        "ReservedField",
        "The record already has the field "
            + name
            + ", which the connector adds to the document. Rename the field in the record, or in "
            + Options.DELAY_FIELD
            + " or "
            + Options.REPEAT_FIELD
            + ".");
  }

  private static BadRecordException malformed(String problem) {
    return new BadRecordException(
        "MalformedRecord", "The record's value is not a JSON object: " + problem + ".");
  }
}
