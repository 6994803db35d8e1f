package dev.codedelivery.connect;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * Sends one bulk request and handles its outcome: operations are settled, rejected, or left for a
 * retry. When and how often to retry is up to the {@link Sender}.
 */
final class BulkClient {
  /** After this many 5xx responses to one operation, the document is considered at fault. */
  private static final int MAX_FAILURES = 5;

  /** For how many requests after an error the outcome of each operation is requested right away. */
  private static final int DETAILED_REQUESTS = 50;

  /** A rejected operation and the server's error message. */
  record Rejection(Operation operation, String reason) {}

  /**
   * What remains of a request.
   *
   * @param retries the operations to send again
   * @param reason why to wait before that; empty: no need to wait
   * @param split whether to send them in halves
   * @param failure how the request failed as a whole
   */
  record Attempt(List<Operation> retries, String reason, boolean split, Failure failure) {
    /** The request did not fail as a whole, or not because of its content. */
    Attempt(List<Operation> retries, String reason, boolean split) {
      this(retries, reason, split, Failure.NONE);
    }
  }

  /** How a request failed as a whole. */
  enum Failure {
    /** It did not fail, or not because of its content. */
    NONE,
    /** The server asked to retry later. */
    BUSY,
    /** It failed with an error, possibly because of its content. */
    ERROR,
    /** There was no response in time, possibly because of its content. */
    LATE
  }

  private final Buffer buffer;
  private final Indices indices;
  private final SearchServer server;
  private final SinkConfig config;
  private final Metrics metrics;
  private final Traces traces;
  private final Contradictions contradictions;
  private final Queue<Rejection> rejections = new ConcurrentLinkedQueue<>();

  /** For how many more requests the outcome of each operation is requested right away. */
  private final AtomicInteger detailed = new AtomicInteger();

  BulkClient(
      Buffer buffer,
      Indices indices,
      SearchServer server,
      SinkConfig config,
      Metrics metrics,
      Traces traces) {
    this.buffer = buffer;
    this.indices = indices;
    this.server = server;
    this.config = config;
    this.metrics = metrics;
    this.traces = traces;
    contradictions = new Contradictions(metrics);
  }

  /** The next rejected operation, or null. The caller reports it, then settles it. */
  Rejection rejected() {
    return rejections.poll();
  }

  /**
   * Sends operations; throws when nothing can be written until an operator changes something.
   *
   * <p>Reporting the outcome of each operation accounts for a tenth of the server's work, so it is
   * requested only after an error: sending the same request again does not change what was already
   * written.
   */
  Attempt send(List<Operation> operations) {
    try {
      indices.ensure(operations.stream().map(Operation::target).collect(Collectors.toSet()));
    } catch (UnavailableException e) {
      return new Attempt(operations, e.getMessage(), false);
    }
    try {
      List<BulkRequest.Piece> body = BulkRequest.body(operations, config.compress);
      boolean withDetails = detailed.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
      Response response = post(operations, body, withDetails);
      if (!withDetails && response.verdict() == Response.Verdict.SUCCESS && hasErrors(response)) {
        detailed.set(DETAILED_REQUESTS);
        response = post(operations, body, true);
      }
      return interpret(operations, response);
    } catch (UnavailableException e) {
      return new Attempt(operations, e.getMessage(), false, e.sent() ? Failure.LATE : Failure.NONE);
    }
  }

  /**
   * Whether the server accepts another request in place of this operation's, which failed: the
   * deletion of a document that does not exist. For a request that was late, the document belongs
   * to the same shard, because a shard may be unavailable while others are not.
   */
  boolean takesOthers(Operation operation, Failure failure) {
    try {
      String routing =
          failure == Failure.LATE ? ",\"routing\":" + Mapping.JSON.valueToTree(operation.id()) : "";
      byte[] deletion =
          ("{\"delete\":{\"_id\":\"probe-" + UUID.randomUUID() + "\"" + routing + "}}\n")
              .getBytes(StandardCharsets.UTF_8);
      Response response =
          server.bulk(
              BulkRequest.path(List.of(operation), true),
              List.of(new BulkRequest.Piece(deletion, 0, deletion.length)),
              false);
      return response.verdict() == Response.Verdict.SUCCESS
          && BulkResponse.read(response.body(), 1).get(0).outcome() == BulkResponse.Outcome.WRITTEN;
    } catch (UnavailableException | IOException e) {
      return false;
    }
  }

  private Response post(
      List<Operation> operations, List<BulkRequest.Piece> body, boolean withDetails) {
    long began = System.nanoTime();
    Response response =
        server.bulk(BulkRequest.path(operations, withDetails), body, config.compress);
    metrics.requests.increment();
    metrics.requestMilliseconds.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
    metrics.requestBytes.add(operations.stream().mapToLong(Operation::size).sum());
    return response;
  }

  private static boolean hasErrors(Response response) {
    try {
      return BulkResponse.hasErrors(response.body());
    } catch (IOException e) {
      return false; // not a bulk response; reading its items reports that
    }
  }

  private Attempt interpret(List<Operation> operations, Response response) {
    switch (response.verdict()) {
      case SUCCESS:
        try {
          return settle(operations, BulkResponse.read(response.body(), operations.size()));
        } catch (IOException e) {
          return new Attempt(
              operations,
              "The response of "
                  + response.server()
                  + " to _bulk is not Elasticsearch's ("
                  + e.getMessage()
                  + "). Check connection.url.",
              false,
              Failure.ERROR);
        }
      case RETRY:
        return new Attempt(
            operations,
            "The server "
                + response.server()
                + " is not accepting documents ("
                + response.reason()
                + ").",
            false,
            response.isBusy() ? Failure.BUSY : response.isLate() ? Failure.LATE : Failure.ERROR);
      case SPLIT:
        if (operations.size() > 1) {
          return new Attempt(operations, "", true);
        }
        reject(operations.get(0), response.reason());
        return new Attempt(List.of(), "", false);
      case REFUSED:
        if (operations.size() > 1) {
          return new Attempt(operations, "", true);
        }
        if (!takesOthers(operations.get(0), Failure.ERROR)) {
          throw response.refusal("write documents");
        }
        reject(operations.get(0), response.reason());
        return new Attempt(List.of(), "", false);
      default:
        throw response.refusal("write documents");
    }
  }

  private Attempt settle(List<Operation> operations, List<BulkResponse.Item> items) {
    List<Operation> retries = new ArrayList<>();
    List<Operation> settled = new ArrayList<>(operations.size());
    Set<Target> missing = new HashSet<>();
    String reason = "";
    int stale = 0;
    for (int i = 0; i < items.size(); i++) {
      Operation operation = operations.get(i);
      BulkResponse.Item item = items.get(i);
      switch (item.outcome()) {
        case WRITTEN -> settled.add(operation);
        case STALE -> {
          stale++;
          settled.add(operation);
          if (config.firstRecordWins() && FirstRecord.contradicts(item.reason())) {
            contradictions.add(operation);
          }
        }
        case NO_INDEX -> {
          missing.add(operation.target());
          retries.add(operation);
          if (operation.failed() > 1) {
            reason = item.reason(); // created and deleted again: wait before retrying
          }
        }
        case RETRY -> {
          retries.add(operation);
          reason =
              "The index "
                  + operation.target().index()
                  + " is not accepting documents ("
                  + item.reason()
                  + "). Writing resumes when it accepts documents again.";
        }
        case SERVER_ERROR -> {
          if (operation.failed() >= MAX_FAILURES) {
            reject(operation, item.reason());
          } else {
            retries.add(operation);
            reason = item.reason();
          }
        }
        case REJECTED -> reject(operation, item.reason());
        case FORBIDDEN ->
            throw new Response(String.join(", ", config.connection().urls()), 403, new byte[0])
                .refusal("write documents (" + item.reason() + ")");
        default -> throw new IllegalStateException("unknown outcome: " + item.outcome());
      }
    }
    metrics.older.add(stale);
    metrics.indexed.add(settled.size() - stale);
    missing.forEach(indices::forget);
    traces.written(settled); // before others of the trace may follow
    settled.forEach(Operation::settle);
    buffer.release(settled);
    return new Attempt(retries, reason, false);
  }

  /** Rejects an operation for the caller to report. */
  void reject(Operation operation, String reason) {
    traces.refused(operation, reason);
    rejections.add(new Rejection(operation, reason));
    buffer.release(List.of(operation));
  }
}
