package dev.codedelivery.connect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Reads a mapping: one that comes with the sink, by name, or one that is written out. */
final class Mapping {
  static final ObjectMapper JSON = new ObjectMapper();

  private Mapping() {}

  /**
   * The mapping that {@code text} names or is, with {@code dynamic: false} unless it says
   * otherwise.
   *
   * @throws IllegalArgumentException with a sentence when there is none
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
   * @throws IllegalArgumentException with a sentence when it is none
   */
  static ObjectNode object(String text) {
    try {
      if (JSON.readTree(text) instanceof ObjectNode object) {
        return object;
      }
      throw new IllegalArgumentException("It is no JSON object. Write it in braces.");
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("It is no JSON: " + e.getOriginalMessage() + ".", e);
    }
  }

  /**
   * Whether all of {@code wanted} is in {@code there}. The server writes numbers and booleans as
   * text, so texts are compared.
   */
  static boolean covers(JsonNode there, JsonNode wanted) {
    if (!wanted.isObject()) {
      return wanted.asText().equals(there.asText());
    }
    return wanted.properties().stream()
        .allMatch(
            field ->
                there.has(field.getKey()) && covers(there.get(field.getKey()), field.getValue()));
  }

  private static String shipped(String name) {
    String path = "/mappings/" + name + ".json";
    try (InputStream file =
        name.matches("[a-z]+") ? Mapping.class.getResourceAsStream(path) : null) {
      if (file == null) {
        throw new IllegalArgumentException(
            "There is no mapping \""
                + name
                + "\". Name positions, requests, plans or states, or write a JSON object with"
                + " \"properties\".");
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
