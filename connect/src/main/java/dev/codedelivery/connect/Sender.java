package dev.codedelivery.connect;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The workers that write batches: each has one request on the wire, repeats it until every
 * operation is settled or rejected, and only then takes the next.
 */
final class Sender implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Sender.class);

  private final Buffer buffer;
  private final Exchange exchange;
  private final SinkConfig config;
  private final Metrics metrics;
  private final Waiting waiting = new Waiting();
  private final ReentrantReadWriteLock wire = new ReentrantReadWriteLock();
  private final List<Thread> workers = new ArrayList<>();
  private volatile RuntimeException failure;
  private volatile boolean closed;

  Sender(Buffer buffer, Exchange exchange, SinkConfig config, Metrics metrics) {
    this.buffer = buffer;
    this.exchange = exchange;
    this.config = config;
    this.metrics = metrics;
    metrics.waitingFor = waiting::reason;
    for (int i = 0; i < config.inFlight(); i++) {
      Thread worker =
          new Thread(
              this::work, "elasticsearch-sink-" + config.connector + "-" + config.task + "-" + i);
      worker.setDaemon(true);
      workers.add(worker);
    }
    workers.forEach(Thread::start);
  }

  /** Throws what made all writing end, if anything did. */
  void check() {
    if (failure != null) {
      throw failure;
    }
  }

  /** Ends all writing, for a reason that somebody has to see to. */
  void fail(RuntimeException reason) {
    failure = reason;
    buffer.close();
  }

  /** Why it waits at present; empty when it does not. */
  String waitingFor() {
    return waiting.reason();
  }

  /** Runs {@code change} while no request is on the wire; whether that came about in time. */
  boolean quietly(Duration limit, Runnable change) throws InterruptedException {
    boolean quiet = wire.writeLock().tryLock(limit.toMillis(), TimeUnit.MILLISECONDS);
    try {
      change.run();
    } finally {
      if (quiet) {
        wire.writeLock().unlock();
      }
    }
    return quiet;
  }

  private void work() {
    try {
      for (List<Operation> batch = buffer.take(); !batch.isEmpty(); batch = buffer.take()) {
        write(batch);
      }
    } catch (InterruptedException e) {
      LOG.debug("A worker ends.");
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  /** Writes a batch, however often and in however many parts that takes. */
  private void write(List<Operation> batch) throws InterruptedException {
    Backoff backoff = new Backoff(config.backoff, config.backoffMax);
    List<Operation> rest = batch;
    while (!rest.isEmpty() && !closed && failure == null) {
      Exchange.Attempt attempt = attempt(rest);
      rest = attempt.again();
      if (attempt.tooMuch()) {
        write(rest.subList(0, rest.size() / 2));
        write(rest.subList(rest.size() / 2, rest.size()));
        return;
      }
      if (!rest.isEmpty()) {
        metrics.retries.increment();
      }
      if (attempt.reason().isEmpty()) {
        waiting.over();
        backoff.reset();
      } else {
        waiting.because(attempt.reason());
        Thread.sleep(backoff.next(ThreadLocalRandom.current().nextDouble()).toMillis());
      }
    }
    waiting.over();
  }

  private Exchange.Attempt attempt(List<Operation> operations) {
    wire.readLock().lock();
    try {
      List<Operation> live = withoutCancelled(operations);
      return live.isEmpty() ? new Exchange.Attempt(live, "", false) : exchange.send(live);
    } finally {
      wire.readLock().unlock();
    }
  }

  /** What is cancelled is dropped here, once, and its room is free. */
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
