package dev.codedelivery.connect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Reads a mapping: a built-in one, by name, or one given as JSON. */
final class Mapping {
  static final ObjectMapper JSON = new ObjectMapper();

  private Mapping() {}

  /**
   * The mapping that {@code text} names or contains, with {@code dynamic: false} by default.
   *
   * @throws IllegalArgumentException when it is invalid; its message says what to change
   */
  static ObjectNode read(String text) {
    ObjectNode mapping = object(text.strip().startsWith("{") ? text : shipped(text.strip()));
    if (!mapping.path("properties").isObject()) {
      throw new IllegalArgumentException(
          "The mapping has no object \"properties\". Write it as {\"properties\": {\"position\":"
              + " {\"type\": \"geo_point\"}, …}}.");
    }
    if (!mapping.has("dynamic")) {
      mapping.put("dynamic", false);
    }
    return mapping;
  }

  /**
   * Reads a JSON object.
   *
   * @throws IllegalArgumentException when it is not one; its message says what to change
   */
  static ObjectNode object(String text) {
    try {
      if (JSON.readTree(text) instanceof ObjectNode object) {
        return object;
      }
      throw new IllegalArgumentException("It is not a JSON object. Put it in braces.");
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "It is not valid JSON: " + e.getOriginalMessage() + ".", e);
    }
  }

  /**
   * Whether {@code existing} contains all of {@code wanted}. The server returns numbers and
   * booleans as strings, so strings are compared.
   */
  static boolean covers(JsonNode existing, JsonNode wanted) {
    if (!wanted.isObject()) {
      return wanted.asText().equals(existing.asText());
    }
    return wanted.properties().stream()
        .allMatch(
            field ->
                existing.has(field.getKey())
                    && covers(existing.get(field.getKey()), field.getValue()));
  }

  private static String shipped(String name) {
    String path = "/mappings/" + name + ".json";
    try (InputStream file =
        name.matches("[a-z]+") ? Mapping.class.getResourceAsStream(path) : null) {
      if (file == null) {
        throw new IllegalArgumentException(
            "There is no mapping \""
                + name
                + "\". Use positions, requests, plans or states, or a JSON object with"
                + " \"properties\".");
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
