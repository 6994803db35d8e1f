package dev.codedelivery.connect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import org.apache.kafka.connect.errors.ConnectException;

/** What the server answered to a request, and what that means for the request as a whole. Pure. */
record Answer(String server, int status, byte[] body) {
  /** What to do about a request. */
  enum Verdict {
    /** It was carried out. */
    DONE,
    /** The server is busy or has no leader: the same again later. */
    LATER,
    /** It is too large, or something in it spoils all of it: in halves. */
    SPLIT,
    /** It will never succeed until somebody changes something. */
    NEVER
  }

  Verdict verdict() {
    if (status < 300) {
      return Verdict.DONE;
    }
    if (status == 429
        || status >= 500
        || status == 408
        || errorType().equals("cluster_block_exception")) {
      return Verdict.LATER;
    }
    return status == 400 || status == 413 ? Verdict.SPLIT : Verdict.NEVER;
  }

  boolean ok() {
    return status < 300;
  }

  /** The body; missing when it is no JSON. */
  JsonNode json() {
    try {
      JsonNode node = Mapping.JSON.readTree(body);
      return node == null ? MissingNode.getInstance() : node;
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }

  /** Elasticsearch's type of error, or nothing. */
  String errorType() {
    return json().path("error").path("type").asText();
  }

  /** The server's own words. */
  String reason() {
    JsonNode error = json().path("error");
    return error.isObject() ? BulkResponse.reason(error) : "status " + status;
  }

  /** Refuses to go on: {@code deed} is what was asked for, as in "write documents". */
  ConnectException refusal(String deed) {
    String way =
        switch (status) {
          case 401 ->
              "It does not know the user. Check connection.username and connection.password, or"
                  + " connection.api.key.";
          case 403 ->
              "The user lacks the privilege. Grant it what docs/sink.md lists, or use another.";
          case 404, 405 ->
              "Is connection.url the address of an Elasticsearch (7.10 or later) or OpenSearch?";
          default ->
              status >= 300 && status < 400
                  ? "It points elsewhere. Give the final address as connection.url."
                  : "When that is put right, restart the task.";
        };
    return new ConnectException(
        "The server " + server + " refused to " + deed + " (" + reason() + "). " + way);
  }
}
