package dev.codedelivery.connect;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The spans of a task: when the first document of each trace that its records name was written, and
 * why its first refused one was. There is no span for the other documents, and none for records
 * that were in Kafka before the task began, such as those of a replay.
 *
 * <p>A request that writes the first documents of several traces has a span in a trace of its own,
 * which is linked with each of theirs. Without {@code tracing.endpoint}, nothing is recorded.
 */
final class Traces implements AutoCloseable {
  /** The maximum number of traces that are remembered; the newest are. */
  static final int REMEMBERED = 16_384;

  /** The document is in the index; the span began when Kafka had the record. */
  static final String FIRST = "first document";

  /** A request wrote the first documents of several traces. */
  static final String SEVERAL = "write documents";

  private final SpanExporter exporter;
  private final double ratio;
  private final String connector;
  private final long since = System.currentTimeMillis();
  private final Set<String> written = new LinkedHashSet<>();
  private final Set<String> refused = new LinkedHashSet<>();

  Traces(SinkConfig config) {
    ratio = config.tracingRatio;
    connector = config.connector;
    exporter =
        config.tracingEndpoint.isEmpty()
            ? null
            : new SpanExporter(
                config.tracingEndpoint,
                resource(),
                "elasticsearch-sink-" + config.connector + "-" + config.task + "-traces");
  }

  private static Map<String, String> resource() {
    Map<String, String> resource = new LinkedHashMap<>();
    resource.put("service.name", "code-delivery-sink");
    resource.put("service.version", Version.VALUE);
    String instance = System.getenv("HOSTNAME");
    if (instance != null) {
      resource.put("service.instance.id", instance);
    }
    return resource;
  }

  /** One request has written these. Called by all workers. */
  void written(List<Operation> operations) {
    if (exporter != null) {
      add(firsts(operations, written), "");
    }
  }

  /**
   * It will never be written. Called by all workers. Of the reason, only what is before the first
   * colon is passed on, the kind of the error: the rest may quote the document.
   */
  void refused(Operation operation, String reason) {
    if (exporter != null) {
      add(firsts(List.of(operation), refused), reason.split(":", 2)[0]);
    }
  }

  /** The first operation of each trace that is not among those seen, which remember it. */
  private Map<TraceContext, Operation> firsts(List<Operation> operations, Set<String> seen) {
    Map<TraceContext, Operation> firsts = new LinkedHashMap<>();
    synchronized (seen) {
      for (Operation operation : operations) {
        Long logged = operation.record().timestamp();
        TraceContext context =
            logged == null || logged < since ? null : TraceContext.of(operation.record());
        if (context != null
            && context.sampled()
            && context.isWithin(ratio)
            && isNew(context.traceId(), seen)) {
          firsts.put(context, operation);
        }
      }
    }
    return firsts;
  }

  private static boolean isNew(String trace, Set<String> seen) {
    boolean known = seen.remove(trace);
    seen.add(trace); // the newest of them now
    if (seen.size() > REMEMBERED) {
      Iterator<String> oldest = seen.iterator();
      oldest.next();
      oldest.remove();
    }
    return !known;
  }

  private void add(Map<TraceContext, Operation> firsts, String error) {
    if (firsts.isEmpty()) {
      return;
    }
    Instant now = Instant.now();
    boolean several = firsts.size() > 1;
    Span.Link request = new Span.Link(id() + id(), id());
    List<Span.Link> theirs = new ArrayList<>(firsts.size());
    Instant earliest = now;
    for (Map.Entry<TraceContext, Operation> first : firsts.entrySet()) {
      TraceContext context = first.getKey();
      Instant logged = Instant.ofEpochMilli(first.getValue().record().timestamp());
      earliest = logged.isBefore(earliest) ? logged : earliest;
      Span.Link own = new Span.Link(context.traceId(), id());
      theirs.add(own);
      exporter.add(
          new Span(
              FIRST,
              own.traceId(),
              own.spanId(),
              context.spanId(),
              logged,
              now,
              about(first.getValue()),
              several ? List.of(request) : List.of(),
              first.getValue().retries(),
              error));
    }
    if (several) {
      exporter.add(
          new Span(
              SEVERAL,
              request.traceId(),
              request.spanId(),
              "",
              earliest,
              now,
              Map.of("connector", connector),
              theirs,
              List.of(),
              error));
    }
  }

  private Map<String, String> about(Operation operation) {
    Map<String, String> about = new LinkedHashMap<>();
    about.put("connector", connector);
    about.put("topic", operation.record().originalTopic());
    about.put("index", operation.target().name());
    about.put("document", operation.id());
    return about;
  }

  /** 16 hex digits that are not all zero. */
  private static String id() {
    return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong() | 1);
  }

  @Override
  public void close() {
    if (exporter != null) {
      exporter.close();
    }
  }
}
