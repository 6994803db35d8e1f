package dev.codedelivery.connect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the documents of newly erased ids from the indices of all days: those with such an id as
 * document id, and those with it in a field of {@code erased.fields}.
 *
 * <p>Records that the task already held when the id was listed may still be written, so the
 * deletion waits for them. Each task does this independently, and for the whole list when it
 * starts: it may have been down when an id was listed. No failure here fails the task; whatever
 * fails is retried.
 */
final class Erasure implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Erasure.class);

  /** The maximum number of ids in one request. */
  static final int MAX_IDS_PER_REQUEST = 1_000;

  private static final String IGNORE_MISSING = "ignore_unavailable=true&allow_no_indices=true";

  private record Batch(List<String> ids, Set<String> aliases, Map<TopicPartition, Long> behind) {}

  private final IntFunction<List<String>> newIds;
  private final Offsets offsets;
  private final SearchServer server;
  private final SinkConfig config;
  private final Metrics metrics;
  private final Deque<Batch> waiting = new ArrayDeque<>();
  private final BlockingQueue<Batch> due = new LinkedBlockingQueue<>();
  private final AtomicInteger pending = new AtomicInteger();
  private final Thread worker;
  private String logged = "";

  /** {@code newIds} returns up to the given number of ids that were listed since its last call. */
  Erasure(
      IntFunction<List<String>> newIds,
      Offsets offsets,
      SearchServer server,
      SinkConfig config,
      Metrics metrics) {
    this.newIds = newIds;
    this.offsets = offsets;
    this.server = server;
    this.config = config;
    this.metrics = metrics;
    metrics.erasuresWaiting = pending::get;
    worker =
        new Thread(this::work, "elasticsearch-erasure-" + config.connector + "-" + config.task);
    worker.setDaemon(true);
    if (!config.erasedTopic.isEmpty()) {
      worker.start();
    }
  }

  /**
   * Queues newly listed ids, and starts the deletions that are due. Called often, by the task's
   * thread.
   */
  void advance(Supplier<Set<String>> aliases) {
    List<String> ids = newIds.apply(MAX_IDS_PER_REQUEST);
    if (!ids.isEmpty()) {
      pending.addAndGet(ids.size());
      waiting.add(new Batch(ids, aliases.get(), offsets.mark()));
    }
    while (!waiting.isEmpty() && offsets.passed(waiting.peek().behind())) {
      due.add(waiting.poll());
    }
  }

  private void work() {
    try {
      for (Batch batch = due.take(); ; batch = due.take()) {
        Backoff backoff = new Backoff(config.backoff, config.backoffMax);
        while (!remove(batch)) {
          Thread.sleep(backoff.next(ThreadLocalRandom.current().nextDouble()).toMillis());
        }
        pending.addAndGet(-batch.ids().size());
        logged = "";
      }
    } catch (InterruptedException e) {
      LOG.debug("Stopping the deletion of erased documents.");
    }
  }

  /** Deletes the documents of a batch; returns whether all are deleted. */
  private boolean remove(Batch batch) throws InterruptedException {
    try {
      for (String alias : batch.aliases()) {
        String problem = remove(alias, batch.ids());
        if (!problem.isEmpty()) {
          log(problem);
          return false;
        }
      }
      return true;
    } catch (UnavailableException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedException();
      }
      log(e.getMessage());
    } catch (ConnectException e) {
      log(e.getMessage());
    }
    return false;
  }

  /** Deletes documents of an alias; returns what went wrong, or an empty string. */
  private String remove(String alias, List<String> ids) {
    // A query finds only refreshed documents, and the latest ones may have just been written.
    Response visible = server.post("/" + alias + "/_refresh?" + IGNORE_MISSING, "");
    if (visible.status() == 404) {
      return "";
    }
    if (!visible.ok()) {
      return problem(visible, alias);
    }
    Response response =
        server.post(
            "/" + alias + "/_delete_by_query?conflicts=proceed&refresh=true&" + IGNORE_MISSING,
            query(ids, config.erasedFields));
    if (response.status() == 404) {
      return "";
    }
    if (!response.ok()) {
      return problem(response, alias);
    }
    JsonNode result = response.json();
    long deleted = result.path("deleted").asLong();
    metrics.documentsErased.add(deleted);
    if (deleted > 0) {
      LOG.info("Deleted {} documents of {}: their ids are erased.", deleted, alias);
    }
    boolean whole =
        result.path("version_conflicts").asLong() == 0
            && result.path("failures").isEmpty()
            && !result.path("timed_out").asBoolean()
            && result.has("deleted");
    return whole ? "" : "Some documents of " + alias + " were modified during the deletion.";
  }

  private static String problem(Response response, String alias) {
    return "The server "
        + response.server()
        + " cannot delete documents of "
        + alias
        + " ("
        + response.reason()
        + ")."
        + (response.status() == 401 || response.status() == 403
            ? " Grant the user the privileges listed in docs/sink.md."
            : "");
  }

  /** A query for documents with one of these ids as document id or in one of these fields. */
  static ObjectNode query(List<String> ids, List<String> fields) {
    ObjectNode root = Mapping.JSON.createObjectNode();
    ArrayNode any = root.putObject("query").putObject("bool").putArray("should");
    ids.forEach(any.addObject().putObject("ids").putArray("values")::add);
    for (String field : fields) {
      ids.forEach(any.addObject().putObject("terms").putArray(field)::add);
    }
    return root;
  }

  private void log(String problem) {
    if (!problem.equals(logged)) {
      LOG.warn("Cannot delete the documents of erased ids yet; retrying. {}", problem);
      logged = problem;
    }
  }

  @Override
  public void close() {
    worker.interrupt();
  }
}
