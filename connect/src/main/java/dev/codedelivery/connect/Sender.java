package dev.codedelivery.connect;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The workers that write batches: each has one request in flight, retries it until every operation
 * is settled or rejected, and only then takes the next batch.
 */
final class Sender implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Sender.class);

  /** After this many failures in a row of a whole request, its halves are sent. */
  private static final int FAILURES_BEFORE_HALVES = 3;

  /**
   * After this many failures in a row of a request with one document, in each of which the server
   * took another request, the document is considered at fault.
   */
  private static final int MAX_BLAMED = 10;

  private final Buffer buffer;
  private final BulkClient bulkClient;
  private final SinkConfig config;
  private final Metrics metrics;
  private final WaitReasons waits = new WaitReasons();
  private final ReentrantReadWriteLock requests = new ReentrantReadWriteLock();
  private final List<Thread> workers = new ArrayList<>();
  private volatile RuntimeException failure;
  private volatile boolean closed;

  Sender(Buffer buffer, BulkClient bulkClient, SinkConfig config, Metrics metrics) {
    this.buffer = buffer;
    this.bulkClient = bulkClient;
    this.config = config;
    this.metrics = metrics;
    metrics.waitingFor = waits::reason;
    metrics.waitingSeconds = waits::seconds;
    for (int i = 0; i < config.inFlight(); i++) {
      Thread worker =
          new Thread(
              this::work, "elasticsearch-sink-" + config.connector + "-" + config.task + "-" + i);
      worker.setDaemon(true);
      workers.add(worker);
    }
    workers.forEach(Thread::start);
  }

  /** Throws the failure that stopped the workers, if any. */
  void check() {
    if (failure != null) {
      throw failure;
    }
  }

  /** Stops all writing, for a reason that needs an operator. */
  void fail(RuntimeException reason) {
    failure = reason;
    buffer.close();
  }

  /** Why the workers are waiting; empty when they are not. */
  String waitingFor() {
    return waits.reason();
  }

  /** For how long, in seconds; 0 when they are not. */
  long waitingSeconds() {
    return waits.seconds();
  }

  /**
   * Runs {@code change} while no request is in flight, or after {@code limit}; returns whether none
   * was.
   */
  boolean whileIdle(Duration limit, Runnable change) throws InterruptedException {
    boolean idle = requests.writeLock().tryLock(limit.toMillis(), TimeUnit.MILLISECONDS);
    try {
      change.run();
    } finally {
      if (idle) {
        requests.writeLock().unlock();
      }
    }
    return idle;
  }

  private void work() {
    try {
      for (List<Operation> batch = buffer.take(); !batch.isEmpty(); batch = buffer.take()) {
        write(batch);
      }
    } catch (InterruptedException e) {
      LOG.debug("Stopping a worker.");
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  /** Writes a batch, with as many retries and in as many parts as it takes. */
  private void write(List<Operation> batch) throws InterruptedException {
    write(batch, FAILURES_BEFORE_HALVES, new Backoff(config.backoff, config.backoffMax));
  }

  /**
   * Writes a batch; halves it after {@code patience} failures of the whole request, because one
   * document may be the cause.
   */
  private void write(List<Operation> batch, int patience, Backoff backoff)
      throws InterruptedException {
    List<Operation> rest = batch;
    int failures = 0;
    int blamed = 0;
    while (!rest.isEmpty() && !closed && failure == null) {
      BulkClient.Attempt attempt = attempt(rest);
      rest = attempt.retries();
      if (attempt.split()) {
        halves(rest, patience, backoff);
        return;
      }
      if (!rest.isEmpty()) {
        metrics.retries.increment();
        Instant now = Instant.now();
        rest.forEach(operation -> operation.retry(now));
      }
      failures = attempt.failure() == BulkClient.Failure.NONE ? 0 : failures + 1;
      blamed = isBlamed(rest, attempt) ? blamed + 1 : 0;
      if (blamed >= MAX_BLAMED) {
        bulkClient.reject(
            rest.get(0),
            "each request with it alone failed, and others did not: " + attempt.reason());
        break;
      }
      if (attempt.reason().isEmpty()) {
        waits.end();
        backoff.reset();
      } else {
        waits.begin(attempt.reason());
        Thread.sleep(backoff.next(ThreadLocalRandom.current().nextDouble()).toMillis());
      }
      if (failures >= patience && rest.size() > 1) {
        halves(rest, 1, backoff);
        return;
      }
    }
    waits.end();
  }

  private void halves(List<Operation> operations, int patience, Backoff backoff)
      throws InterruptedException {
    write(operations.subList(0, operations.size() / 2), patience, backoff);
    write(operations.subList(operations.size() / 2, operations.size()), patience, backoff);
  }

  /** Whether an operation that failed alone is the cause: the server accepts others. */
  private boolean isBlamed(List<Operation> rest, BulkClient.Attempt attempt) {
    boolean suspect =
        attempt.failure() == BulkClient.Failure.ERROR
            || attempt.failure() == BulkClient.Failure.LATE;
    if (!suspect || rest.size() != 1) {
      return false;
    }
    requests.readLock().lock();
    try {
      return !rest.get(0).cancelled() && bulkClient.takesOthers(rest.get(0), attempt.failure());
    } finally {
      requests.readLock().unlock();
    }
  }

  private BulkClient.Attempt attempt(List<Operation> operations) {
    requests.readLock().lock();
    try {
      List<Operation> live = withoutCancelled(operations);
      return live.isEmpty() ? new BulkClient.Attempt(live, "", false) : bulkClient.send(live);
    } finally {
      requests.readLock().unlock();
    }
  }

  /** Drops cancelled operations, once each, and frees their room. */
  private List<Operation> withoutCancelled(List<Operation> operations) {
    if (operations.stream().noneMatch(Operation::cancelled)) {
      return operations;
    }
    buffer.release(operations.stream().filter(Operation::cancelled).toList());
    return operations.stream().filter(operation -> !operation.cancelled()).toList();
  }

  @Override
  public void close() {
    closed = true;
    buffer.close();
    workers.forEach(Thread::interrupt);
  }
}
