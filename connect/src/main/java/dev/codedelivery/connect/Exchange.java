package dev.codedelivery.connect;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * One bulk request and what it comes to: operations are settled, rejected, or to be sent again.
 * When, and how often, is the {@link Sender}'s.
 */
final class Exchange {
  /** After so many answers of 5xx to one operation the document, not the server, is at fault. */
  private static final int MOST_FAILURES = 5;

  /** After an error, for so many requests what became of each operation is asked at once. */
  private static final int DETAILED = 50;

  /** A bad operation and the server's words about it. */
  record Rejection(Operation operation, String reason) {}

  /**
   * What is left of a request.
   *
   * @param again what is to be sent again
   * @param reason why to wait before that; empty: no need to
   * @param tooMuch whether it is to be sent in halves
   */
  record Attempt(List<Operation> again, String reason, boolean tooMuch) {}

  private final Buffer buffer;
  private final Indices indices;
  private final SearchServer server;
  private final SinkConfig config;
  private final Metrics metrics;
  private final Queue<Rejection> rejections = new ConcurrentLinkedQueue<>();

  /** For how many requests more the outcome of each operation is asked. */
  private final AtomicInteger detailed = new AtomicInteger();

  Exchange(
      Buffer buffer, Indices indices, SearchServer server, SinkConfig config, Metrics metrics) {
    this.buffer = buffer;
    this.indices = indices;
    this.server = server;
    this.config = config;
    this.metrics = metrics;
  }

  /** The next bad operation, or null. Whoever reported it settles it. */
  Rejection rejected() {
    return rejections.poll();
  }

  /**
   * Sends operations; throws when the server will take none until somebody changes something.
   *
   * <p>A tenth of what a document costs the server is to tell what became of it, so that is asked
   * only when something went wrong: the same once more changes nothing that was done already.
   */
  Attempt send(List<Operation> operations) {
    try {
      indices.ensure(operations.stream().map(Operation::target).collect(Collectors.toSet()));
      List<BulkRequest.Piece> body = BulkRequest.body(operations, config.compress);
      boolean inDetail = detailed.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
      Answer answer = ask(operations, body, inDetail);
      if (!inDetail && answer.verdict() == Answer.Verdict.DONE && hasErrors(answer)) {
        detailed.set(DETAILED);
        answer = ask(operations, body, true);
      }
      return judge(operations, answer);
    } catch (AwayException e) {
      return new Attempt(operations, e.getMessage(), false);
    }
  }

  private Answer ask(List<Operation> operations, List<BulkRequest.Piece> body, boolean inDetail) {
    long began = System.nanoTime();
    Answer answer = server.bulk(BulkRequest.path(operations, inDetail), body, config.compress);
    metrics.requests.increment();
    metrics.requestMilliseconds.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
    metrics.requestBytes.add(operations.stream().mapToLong(Operation::size).sum());
    return answer;
  }

  private static boolean hasErrors(Answer answer) {
    try {
      return BulkResponse.hasErrors(answer.body());
    } catch (IOException e) {
      return false; // no answer to a bulk request at all, as whoever reads it next will say
    }
  }

  private Attempt judge(List<Operation> operations, Answer answer) {
    switch (answer.verdict()) {
      case DONE:
        try {
          return settle(operations, BulkResponse.read(answer.body(), operations.size()));
        } catch (IOException e) {
          return new Attempt(
              operations,
              "The answer of "
                  + answer.server()
                  + " to _bulk is not Elasticsearch's ("
                  + e.getMessage()
                  + "). Is connection.url right?",
              false);
        }
      case LATER:
        return new Attempt(
            operations,
            "The server " + answer.server() + " takes nothing now (" + answer.reason() + ").",
            false);
      case SPLIT:
        if (operations.size() > 1) {
          return new Attempt(operations, "", true);
        }
        reject(operations.get(0), answer.reason());
        return new Attempt(List.of(), "", false);
      default:
        throw answer.refusal("write documents");
    }
  }

  private Attempt settle(List<Operation> operations, List<BulkResponse.Item> items) {
    List<Operation> again = new ArrayList<>();
    List<Operation> settled = new ArrayList<>(operations.size());
    Set<Target> missing = new HashSet<>();
    String reason = "";
    int older = 0;
    for (int i = 0; i < items.size(); i++) {
      Operation operation = operations.get(i);
      BulkResponse.Item item = items.get(i);
      switch (item.outcome()) {
        case DONE -> settled.add(operation);
        case OLDER -> {
          older++;
          settled.add(operation);
        }
        case NO_INDEX -> {
          missing.add(operation.target());
          again.add(operation);
          if (operation.failed() > 1) {
            reason = item.reason(); // made and gone again: no hurry
          }
        }
        case LATER -> {
          again.add(operation);
          reason =
              "The index "
                  + operation.target().index()
                  + " takes no documents now ("
                  + item.reason()
                  + "). They are written when it does.";
        }
        case FAILED -> {
          if (operation.failed() >= MOST_FAILURES) {
            reject(operation, item.reason());
          } else {
            again.add(operation);
            reason = item.reason();
          }
        }
        case REJECTED -> reject(operation, item.reason());
        case DENIED ->
            throw new Answer(String.join(", ", config.connection().urls()), 403, new byte[0])
                .refusal("write documents (" + item.reason() + ")");
        default ->
            throw new IllegalStateException("an outcome that nobody knows: " + item.outcome());
      }
    }
    metrics.older.add(older);
    metrics.indexed.add(settled.size() - older);
    missing.forEach(indices::forget);
    settled.forEach(Operation::settle);
    buffer.release(settled);
    return new Attempt(again, reason, false);
  }

  private void reject(Operation operation, String reason) {
    rejections.add(new Rejection(operation, reason));
    buffer.release(List.of(operation));
  }
}
