package dev.codedelivery.connect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import org.apache.kafka.connect.errors.ConnectException;

/** A server's response to a request, and what it means for the request as a whole. Pure. */
record Response(String server, int status, byte[] body) {
  /** What to do with the request. */
  enum Verdict {
    /** It succeeded. */
    SUCCESS,
    /** The server is busy or has no leader: retry it unchanged, later. */
    RETRY,
    /** It is too large, or one operation invalidates the whole request: retry it in halves. */
    SPLIT,
    /**
     * A proxy refuses it, perhaps because of its content: retry it in halves. Whether a single
     * operation is the cause shows once it is sent alone.
     */
    REFUSED,
    /** It cannot succeed until an operator changes something. */
    FATAL
  }

  Verdict verdict() {
    if (status < 300) {
      return Verdict.SUCCESS;
    }
    if (status == 429
        || status >= 500
        || status == 408
        || errorType().equals("cluster_block_exception")) {
      return Verdict.RETRY;
    }
    if (status == 400 || status == 413) {
      return Verdict.SPLIT;
    }
    boolean general = status < 400 || status == 401 || status == 404 || status == 405;
    return general || !errorType().isEmpty() ? Verdict.FATAL : Verdict.REFUSED;
  }

  /** Whether the server asks to retry later, regardless of the request. */
  boolean isBusy() {
    return status == 429 || errorType().equals("cluster_block_exception");
  }

  /** Whether a proxy or the server timed out. */
  boolean isLate() {
    return status == 408 || status == 504;
  }

  boolean ok() {
    return status < 300;
  }

  /** The body; a missing node when it is not JSON. */
  JsonNode json() {
    try {
      JsonNode node = Mapping.JSON.readTree(body);
      return node == null ? MissingNode.getInstance() : node;
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }

  /** Elasticsearch's error type, or an empty string. */
  String errorType() {
    return json().path("error").path("type").asText();
  }

  /** The server's own error message. */
  String reason() {
    JsonNode error = json().path("error");
    return error.isObject() ? BulkResponse.reason(error) : "status " + status;
  }

  /**
   * The exception that fails the task; {@code action} is what was requested, as in "write
   * documents".
   */
  ConnectException refusal(String action) {
    String hint =
        switch (status) {
          case 401 ->
              "The credentials are invalid. Check connection.username and connection.password, or"
                  + " connection.api.key.";
          case 403 ->
              "The user lacks a privilege. Grant the privileges listed in docs/sink.md, or use"
                  + " another user.";
          case 404, 405 ->
              "Check that connection.url is the address of Elasticsearch (7.10 or later) or"
                  + " OpenSearch.";
          default ->
              status >= 300 && status < 400
                  ? "The server redirects to another address. Set connection.url to the final"
                      + " address."
                  : "Fix the cause, then restart the task.";
        };
    return new ConnectException(
        "The server " + server + " refused to " + action + " (" + reason() + "). " + hint);
  }
}
