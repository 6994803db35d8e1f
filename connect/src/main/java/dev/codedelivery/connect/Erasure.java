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
 * Removes the documents of ids that become erased, from all days: those whose own id it is, and
 * those that have it in a field of {@code erased.fields}.
 *
 * <p>What the task held when it heard of an id may still be written, so it is removed after that.
 * Each task does so for itself, also for the whole list when it starts: it may have been away when
 * an id was listed. Nothing here stops the task; what the server does not do is tried again.
 */
final class Erasure implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Erasure.class);

  /** The most ids in one request. */
  static final int MOST = 1_000;

  private static final String LENIENT = "ignore_unavailable=true&allow_no_indices=true";

  private record Batch(List<String> ids, Set<String> aliases, Map<TopicPartition, Long> behind) {}

  private final IntFunction<List<String>> news;
  private final Offsets offsets;
  private final SearchServer server;
  private final SinkConfig config;
  private final Metrics metrics;
  private final Deque<Batch> waiting = new ArrayDeque<>();
  private final BlockingQueue<Batch> due = new LinkedBlockingQueue<>();
  private final AtomicInteger pending = new AtomicInteger();
  private final Thread worker;
  private String said = "";

  /** {@code news} gives at most so many ids that were listed since it was asked last. */
  Erasure(
      IntFunction<List<String>> news,
      Offsets offsets,
      SearchServer server,
      SinkConfig config,
      Metrics metrics) {
    this.news = news;
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

  /** Looks for new ids, and for those whose turn has come. Called by the task's thread, often. */
  void advance(Supplier<Set<String>> aliases) {
    List<String> ids = news.apply(MOST);
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
        said = "";
      }
    } catch (InterruptedException e) {
      LOG.debug("The removal of erased documents ends.");
    }
  }

  /** Whether all of it is removed. */
  private boolean remove(Batch batch) throws InterruptedException {
    try {
      for (String alias : batch.aliases()) {
        String problem = remove(alias, batch.ids());
        if (!problem.isEmpty()) {
          say(problem);
          return false;
        }
      }
      return true;
    } catch (AwayException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedException();
      }
      say(e.getMessage());
    } catch (ConnectException e) {
      say(e.getMessage());
    }
    return false;
  }

  /** Why not all documents of an alias are removed; empty when they are. */
  private String remove(String alias, List<String> ids) {
    // A query finds only what was made visible, and the last ones may have been written just now.
    Answer visible = server.post("/" + alias + "/_refresh?" + LENIENT, "");
    if (visible.status() == 404) {
      return "";
    }
    if (!visible.ok()) {
      return problem(visible, alias);
    }
    Answer answer =
        server.post(
            "/" + alias + "/_delete_by_query?conflicts=proceed&refresh=true&" + LENIENT,
            query(ids, config.erasedFields));
    if (answer.status() == 404) {
      return "";
    }
    if (!answer.ok()) {
      return problem(answer, alias);
    }
    JsonNode result = answer.json();
    long deleted = result.path("deleted").asLong();
    metrics.documentsErased.add(deleted);
    if (deleted > 0) {
      LOG.info("{} documents of {} are removed: their ids are erased.", deleted, alias);
    }
    boolean whole =
        result.path("version_conflicts").asLong() == 0
            && result.path("failures").isEmpty()
            && !result.path("timed_out").asBoolean()
            && result.has("deleted");
    return whole ? "" : "Some documents of " + alias + " were changed at the same time.";
  }

  private static String problem(Answer answer, String alias) {
    return "The server "
        + answer.server()
        + " does not remove documents of "
        + alias
        + " ("
        + answer.reason()
        + ")."
        + (answer.status() == 401 || answer.status() == 403
            ? " Grant the user what docs/sink.md lists."
            : "");
  }

  /** Documents with one of these ids, or with one of them in one of these fields. */
  static ObjectNode query(List<String> ids, List<String> fields) {
    ObjectNode root = Mapping.JSON.createObjectNode();
    ArrayNode any = root.putObject("query").putObject("bool").putArray("should");
    ids.forEach(any.addObject().putObject("ids").putArray("values")::add);
    for (String field : fields) {
      ids.forEach(any.addObject().putObject("terms").putArray(field)::add);
    }
    return root;
  }

  private void say(String problem) {
    if (!problem.equals(said)) {
      LOG.warn("Documents of erased ids wait to be removed: {} It is tried again.", problem);
      said = problem;
    }
  }

  @Override
  public void close() {
    worker.interrupt();
  }
}
