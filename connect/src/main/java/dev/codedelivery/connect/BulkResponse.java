package dev.codedelivery.connect;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** Reads the outcome of each operation of a bulk request. Pure. */
final class BulkResponse {
  /** The outcome of an operation. */
  enum Outcome {
    /** The document is written (or gone, if it was a deletion). */
    WRITTEN,
    /** The index already has this version or a newer one: nothing to do. */
    STALE,
    /** Its index does not exist: create it, then retry. */
    NO_INDEX,
    /** The server is too busy, or the index is not accepting writes: retry later. */
    RETRY,
    /** The server failed, possibly because of the document: retry a few times. */
    SERVER_ERROR,
    /** The document can never be indexed: send it to the dead-letter topic. */
    REJECTED,
    /** The user may not write to this index: nothing can be written until that changes. */
    FORBIDDEN
  }

  /** An outcome, with the server's error message when it is not WRITTEN. */
  record Item(Outcome outcome, String reason) {
    static final Item WRITTEN = new Item(Outcome.WRITTEN, "");
  }

  private static final Set<String> RETRYABLE_TYPES =
      Set.of(
          "cluster_block_exception",
          "index_closed_exception",
          "es_rejected_execution_exception",
          "rejected_execution_exception",
          "unavailable_shards_exception",
          "circuit_breaking_exception",
          "process_cluster_event_timeout_exception",
          "no_shard_available_action_exception",
          "primary_missing_action_exception",
          "node_not_connected_exception");

  private BulkResponse() {}

  /**
   * The outcome of each of {@code count} operations, in their order.
   *
   * @throws IOException when the body is not a response to a request of {@code count} operations
   */
  static List<Item> read(byte[] body, int count) throws IOException {
    if (!hasErrors(body)) {
      return Collections.nCopies(count, Item.WRITTEN);
    }
    JsonNode items = Mapping.JSON.readTree(body).path("items");
    if (items.size() != count) {
      throw new IOException("it lists " + items.size() + " operations instead of " + count);
    }
    List<Item> outcomes = new ArrayList<>(count);
    for (JsonNode item : items) {
      JsonNode operation = item.isObject() && !item.isEmpty() ? item.elements().next() : item;
      // Without a status nothing is known: it must not count as written.
      if (!operation.path("status").canConvertToInt()) {
        throw new IOException("it lists an operation without a status");
      }
      outcomes.add(item(operation));
    }
    return outcomes;
  }

  /**
   * Whether any operation failed.
   *
   * @throws IOException when the body is not a response to a bulk request
   */
  static boolean hasErrors(byte[] body) throws IOException {
    try (JsonParser json = Mapping.JSON.createParser(body)) {
      if (json.nextToken() == JsonToken.START_OBJECT) {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          boolean found = json.currentName().equals("errors");
          json.nextToken();
          if (found) {
            return json.getBooleanValue();
          }
          json.skipChildren();
        }
      }
    }
    throw new IOException("it does not say whether there were errors");
  }

  private static Item item(JsonNode item) {
    int status = item.path("status").asInt();
    JsonNode error = item.path("error");
    if (status < 300 || status == 404 && error.isMissingNode()) {
      return Item.WRITTEN; // deleting a missing document returns 404 without an error
    }
    return new Item(outcome(status, error), reason(error));
  }

  private static Outcome outcome(int status, JsonNode error) {
    String type = error.path("type").asText();
    if (status == 409) {
      return Outcome.STALE;
    }
    if (type.equals("index_not_found_exception")) {
      return Outcome.NO_INDEX;
    }
    if (status == 429 || status == 503 || RETRYABLE_TYPES.contains(type) || noWriteIndex(error)) {
      return Outcome.RETRY;
    }
    if (status == 401 || type.equals("security_exception")) {
      return Outcome.FORBIDDEN;
    }
    return status >= 500 ? Outcome.SERVER_ERROR : Outcome.REJECTED;
  }

  /** The alias has a second index, as during a reindex: not the document's fault. */
  private static boolean noWriteIndex(JsonNode error) {
    return error.path("reason").asText().startsWith("no write index is defined for alias");
  }

  /**
   * The server's error message: the error type, its reason, and the reasons of its causes that add
   * something.
   */
  static String reason(JsonNode error) {
    StringBuilder text = new StringBuilder(error.path("type").asText("unknown"));
    text.append(": ").append(error.path("reason").asText("the server gave no reason"));
    JsonNode cause = error.path("caused_by");
    for (int depth = 0; depth < 5 && cause.isObject(); depth++) {
      String reason = cause.path("reason").asText();
      if (!reason.isEmpty() && text.indexOf(reason) < 0) {
        text.append("; ").append(reason);
      }
      cause = cause.path("caused_by");
    }
    return text.length() > 2_000 ? text.substring(0, 2_000) + "…" : text.toString();
  }
}
