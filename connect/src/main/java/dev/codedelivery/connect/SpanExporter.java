package dev.codedelivery.connect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends spans to a collector: OTLP over HTTP as JSON, from a thread of its own.
 *
 * <p>A collector that is away costs nothing but the spans: the queue is bounded, a request has a
 * time limit and is not repeated, and the log has one line when the collector goes and one when it
 * returns.
 */
final class SpanExporter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SpanExporter.class);

  /** The maximum number of spans that wait; those beyond are dropped. */
  static final int QUEUE = 2_048;

  private static final int BATCH = 512;

  /** How long the collector may take to answer a request. */
  private static final Duration LIMIT = Duration.ofSeconds(2);

  private static final long POLL_MILLISECONDS = 200;

  private final URI address;

  /** The address for the log. */
  private final String shown;

  private final ObjectNode resource;
  private final BlockingQueue<Span> queue = new ArrayBlockingQueue<>(QUEUE);
  private final ExecutorService threads;
  private final HttpClient client;
  private final Thread sender;
  private boolean away;
  private volatile boolean closed;

  /** {@code endpoint} is the address without the path of OTLP. */
  SpanExporter(String endpoint, Map<String, String> resource, String name) {
    address = URI.create(endpoint.strip().replaceAll("/+$", "") + "/v1/traces");
    shown = Text.withoutLogin(address.toString());
    this.resource = Mapping.JSON.createObjectNode();
    this.resource.set("attributes", Span.attributes(resource));
    threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, name + "-http");
              thread.setDaemon(true);
              return thread;
            });
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(LIMIT)
            .executor(threads)
            .build();
    sender = new Thread(this::work, name);
    sender.setDaemon(true);
    sender.start();
  }

  /** Never waits: a span for which there is no room is dropped, and false is returned. */
  boolean add(Span span) {
    return !closed && queue.offer(span);
  }

  private void work() {
    List<Span> batch = new ArrayList<>(BATCH);
    try {
      while (true) {
        Span first = queue.poll(POLL_MILLISECONDS, TimeUnit.MILLISECONDS);
        if (first != null) {
          batch.add(first);
          queue.drainTo(batch, BATCH - 1);
          note(send(batch));
          batch.clear();
        } else if (closed) {
          return;
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("Stopping to send spans.");
    }
  }

  /** Why the collector did not take them; empty when it did. */
  private String send(List<Span> batch) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(address)
            .timeout(LIMIT)
            .header("Content-Type", "application/json")
            .header("User-Agent", "code-delivery-connect/" + Version.VALUE)
            .POST(HttpRequest.BodyPublishers.ofString(body(batch).toString()))
            .build();
    CompletableFuture<HttpResponse<Void>> answer =
        client.sendAsync(request, HttpResponse.BodyHandlers.discarding());
    try {
      // The request's own limit ends with the first byte of an answer.
      int status = answer.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS).statusCode();
      return status / 100 == 2 ? "" : "it answers " + status;
    } catch (ExecutionException e) {
      String message = e.getCause().getMessage();
      return message == null ? e.getCause().getClass().getSimpleName() : message;
    } catch (TimeoutException e) {
      return "there was no answer within " + LIMIT.toSeconds() + " s";
    } finally {
      answer.cancel(true);
    }
  }

  /** What is sent: the spans, and who sends them. */
  private ObjectNode body(List<Span> batch) {
    ObjectNode body = Mapping.JSON.createObjectNode();
    ObjectNode ours = body.putArray("resourceSpans").addObject();
    ours.set("resource", resource);
    ObjectNode scope = ours.putArray("scopeSpans").addObject();
    scope.putObject("scope").put("name", "code-delivery");
    ArrayNode spans = scope.putArray("spans");
    batch.forEach(span -> spans.add(span.json()));
    return body;
  }

  /** Logs that the collector has gone or returned, once each. */
  private void note(String problem) {
    if (!problem.isEmpty() && !away) {
      LOG.warn(
          "The collector of traces at {} does not take them: {}. They are lost until it does;"
              + " nothing else is affected.",
          shown,
          problem);
    } else if (problem.isEmpty() && away) {
      LOG.info("The collector at {} takes traces again.", shown);
    }
    away = !problem.isEmpty();
  }

  /** Sends what is waiting, for as long as one request may take. */
  @Override
  public void close() {
    closed = true;
    try {
      sender.join(LIMIT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    sender.interrupt();
    threads.shutdownNow();
  }
}
