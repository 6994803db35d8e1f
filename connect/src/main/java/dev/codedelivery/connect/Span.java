package dev.codedelivery.connect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A span that has ended, in the form of OTLP's JSON.
 *
 * @param name what was done; it does not depend on the object
 * @param traceId 32 hex digits
 * @param spanId 16 hex digits
 * @param parentId the span that it belongs to; empty: none
 * @param began when it began
 * @param ended when it ended
 * @param attributes what it was about
 * @param links spans of other traces that it has to do with
 * @param retries when what it is about was tried again
 * @param error why it failed; empty: it did not
 */
record Span(
    String name,
    String traceId,
    String spanId,
    String parentId,
    Instant began,
    Instant ended,
    Map<String, String> attributes,
    List<Link> links,
    List<Instant> retries,
    String error) {
  /** A span of another trace. */
  record Link(String traceId, String spanId) {}

  /** A record of a log is served: SPAN_KIND_CONSUMER. */
  private static final int CONSUMER = 5;

  private static final int STATUS_ERROR = 2;

  ObjectNode json() {
    ObjectNode span = Mapping.JSON.createObjectNode();
    span.put("traceId", traceId).put("spanId", spanId);
    if (!parentId.isEmpty()) {
      span.put("parentSpanId", parentId);
    }
    span.put("name", name).put("kind", CONSUMER);
    // A clock of Kafka's that is ahead of this one's must not turn it around.
    span.put("startTimeUnixNano", nanoseconds(began.isAfter(ended) ? ended : began));
    span.put("endTimeUnixNano", nanoseconds(ended));
    span.set("attributes", attributes(attributes));
    if (!links.isEmpty()) {
      ArrayNode array = span.putArray("links");
      links.forEach(
          link -> array.addObject().put("traceId", link.traceId()).put("spanId", link.spanId()));
    }
    if (!retries.isEmpty()) {
      ArrayNode array = span.putArray("events");
      retries.forEach(
          retry -> array.addObject().put("timeUnixNano", nanoseconds(retry)).put("name", "retry"));
    }
    if (!error.isEmpty()) {
      span.putObject("status").put("code", STATUS_ERROR).put("message", error);
    }
    return span;
  }

  /** Attributes with texts as values. */
  static ArrayNode attributes(Map<String, String> attributes) {
    ArrayNode array = Mapping.JSON.createArrayNode();
    attributes.forEach(
        (key, value) ->
            array.addObject().put("key", key).putObject("value").put("stringValue", value));
    return array;
  }

  /** As a text: JSON's numbers do not hold it. */
  private static String nanoseconds(Instant time) {
    return Long.toString(time.getEpochSecond() * 1_000_000_000L + time.getNano());
  }
}
