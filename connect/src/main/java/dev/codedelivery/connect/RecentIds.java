package dev.codedelivery.connect;

import org.apache.kafka.connect.sink.SinkRecord;

/**
 * The ids of the latest documents, each with its record's partition and offset. Uses only arrays,
 * so that a record creates no garbage: a ring buffer of the latest ids, with those of one hash
 * bucket chained, newest first. A chain ends where it leaves the ring. Used by one thread only.
 */
final class RecentIds {
  /** The number of ids that are remembered. */
  static final int SIZE = 16_384;

  private static final int MASK = SIZE - 1;

  // One entry per slot of the ring. Only the hash of the id is kept: among so few, two ids share a
  // 64-bit hash about once in 10^15 records.
  private final long[] hashes = new long[SIZE];
  private final int[] partitions = new int[SIZE];
  private final long[] offsets = new long[SIZE];
  private final long[] before =
      new long[SIZE]; // the sequence number of the next entry in the bucket's chain

  private final long[] newest = new long[SIZE]; // per bucket, as a sequence number; the first is 1
  private long count;

  /**
   * Whether this id occurred before, in another record: Connect may deliver the same record again.
   */
  boolean isRepeat(String id, SinkRecord record) {
    long hash = hash(id);
    int bucket = (int) (hash >>> 32) & MASK;
    long found = newest[bucket];
    while (found > Math.max(0, count - SIZE) && hashes[(int) found & MASK] != hash) {
      found = before[(int) found & MASK];
    }
    boolean repeat = found > Math.max(0, count - SIZE) && !isAt((int) found & MASK, record);
    count++;
    int here = (int) count & MASK;
    hashes[here] = hash;
    partitions[here] = record.originalKafkaPartition();
    offsets[here] = record.originalKafkaOffset();
    before[here] = newest[bucket];
    newest[bucket] = count;
    return repeat;
  }

  private boolean isAt(int slot, SinkRecord record) {
    return partitions[slot] == record.originalKafkaPartition()
        && offsets[slot] == record.originalKafkaOffset();
  }

  /** The 64-bit FNV-1a hash (Fowler, Noll, Vo) of the text's characters. */
  private static long hash(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }
}
