package dev.codedelivery.connect;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The bounded buffer of operations that are accepted and not yet settled. Workers take batches from
 * it: as soon as one is full by count or bytes, or its first operation has lingered long enough.
 * While all workers are busy, batches grow.
 */
final class Buffer {
  private final int batchSize;
  private final int batchBytes;
  private final long lingerNanos;
  private final int maxRecords;
  private final long maxBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();
  private final Condition work = lock.newCondition();
  private final Deque<Operation> waiting = new ArrayDeque<>();
  private long waitingBytes;
  private int records;
  private long bytes;
  private boolean closed;

  Buffer(int batchSize, int batchBytes, Duration linger, int maxRecords, long maxBytes) {
    this.batchSize = batchSize;
    this.batchBytes = batchBytes;
    this.lingerNanos = linger.toNanos();
    this.maxRecords = maxRecords;
    this.maxBytes = maxBytes;
  }

  /** Adds all of them, even beyond the limits: call {@link #awaitRoom} first. */
  void add(Collection<Operation> operations) {
    lock.lock();
    try {
      long now = System.nanoTime();
      for (Operation operation : operations) {
        operation.accept(now);
        waiting.add(operation);
        waitingBytes += operation.size();
        records++;
        bytes += operation.size();
      }
      work.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for room, at most {@code limit}; returns whether there is any. */
  boolean awaitRoom(Duration limit) throws InterruptedException {
    long left = limit.toNanos();
    lock.lock();
    try {
      while (records >= maxRecords || bytes >= maxBytes) {
        if (left <= 0) {
          return false;
        }
        left = room.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** The next batch, in order; blocks until there is one. Empty: the buffer is closed. */
  List<Operation> take() throws InterruptedException {
    lock.lock();
    try {
      while (!closed) {
        long left = nanosUntilReady(System.nanoTime());
        if (left <= 0) {
          return batch();
        }
        work.awaitNanos(left);
      }
      return List.of();
    } finally {
      lock.unlock();
    }
  }

  private long nanosUntilReady(long now) {
    if (waiting.isEmpty()) {
      return Long.MAX_VALUE;
    }
    if (waiting.size() >= batchSize || waitingBytes >= batchBytes) {
      return 0;
    }
    return waiting.peek().accepted() + lingerNanos - now;
  }

  private List<Operation> batch() {
    List<Operation> batch = new ArrayList<>(Math.min(batchSize, waiting.size()));
    long size = 0;
    while (!waiting.isEmpty() && batch.size() < batchSize) {
      Operation next = waiting.peek();
      if (!batch.isEmpty() && size + next.size() > batchBytes) {
        break;
      }
      waiting.poll();
      batch.add(next);
      size += next.size();
    }
    waitingBytes -= size;
    return batch;
  }

  /** Frees the room of operations that were taken and are now settled or cancelled. */
  void release(Collection<Operation> operations) {
    lock.lock();
    try {
      for (Operation operation : operations) {
        records--;
        bytes -= operation.size();
      }
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The number of operations accepted and not yet settled. */
  int records() {
    lock.lock();
    try {
      return records;
    } finally {
      lock.unlock();
    }
  }

  /** Their size in bytes. */
  long bytes() {
    lock.lock();
    try {
      return bytes;
    } finally {
      lock.unlock();
    }
  }

  /** From now on workers get no more batches. */
  void close() {
    lock.lock();
    try {
      closed = true;
      work.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
