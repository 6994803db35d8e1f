package dev.codedelivery.connect;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** Reads what became of each operation of a bulk request. Pure. */
final class BulkResponse {
  /** What became of an operation. */
  enum Outcome {
    /** It is there (or gone, if it was a deletion). */
    DONE,
    /** A newer version, or the same as one that came later, is there: nothing to do. */
    OLDER,
    /** Its index is not there: to be made, then the same again. */
    NO_INDEX,
    /** The server is too busy, or the index takes nothing at present: the same again later. */
    LATER,
    /** The server failed; it may be the document's fault: the same again a few times. */
    FAILED,
    /** It can never be indexed: to the dead-letter topic. */
    REJECTED,
    /** The user may not write there: nothing will be written until somebody changes that. */
    DENIED
  }

  /** An outcome, with the server's own words for it when it is not DONE. */
  record Item(Outcome outcome, String reason) {
    static final Item DONE = new Item(Outcome.DONE, "");
  }

  private static final Set<String> LATER =
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
   * @throws IOException when the body is no answer to a request of so many operations
   */
  static List<Item> read(byte[] body, int count) throws IOException {
    if (!hasErrors(body)) {
      return Collections.nCopies(count, Item.DONE);
    }
    JsonNode items = Mapping.JSON.readTree(body).path("items");
    if (items.size() != count) {
      throw new IOException("it tells of " + items.size() + " operations instead of " + count);
    }
    List<Item> outcomes = new ArrayList<>(count);
    for (JsonNode item : items) {
      outcomes.add(item(item.elements().next()));
    }
    return outcomes;
  }

  /**
   * Whether any operation was not done as it was asked.
   *
   * @throws IOException when the body is no answer to a bulk request
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
    throw new IOException("it does not tell whether there were errors");
  }

  private static Item item(JsonNode item) {
    int status = item.path("status").asInt();
    JsonNode error = item.path("error");
    if (status < 300 || status == 404 && error.isMissingNode()) {
      return Item.DONE; // a deletion of what is not there answers 404 without an error
    }
    return new Item(outcome(status, error), reason(error));
  }

  private static Outcome outcome(int status, JsonNode error) {
    String type = error.path("type").asText();
    if (status == 409) {
      return Outcome.OLDER;
    }
    if (type.equals("index_not_found_exception")) {
      return Outcome.NO_INDEX;
    }
    if (status == 429 || status == 503 || LATER.contains(type) || noWriteIndex(error)) {
      return Outcome.LATER;
    }
    if (status == 401 || type.equals("security_exception")) {
      return Outcome.DENIED;
    }
    return status >= 500 ? Outcome.FAILED : Outcome.REJECTED;
  }

  /** Somebody gave the alias a second index, as while reindexing: not the document's fault. */
  private static boolean noWriteIndex(JsonNode error) {
    return error.path("reason").asText().startsWith("no write index is defined for alias");
  }

  /**
   * The server's words: the type of the error, its reason, and those of its causes that add
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
