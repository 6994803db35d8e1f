package dev.codedelivery.connect;

import org.apache.kafka.connect.sink.SinkRecord;

/**
 * The ids of the newest documents, each with its record's place. Arrays alone, so that a record
 * leaves no garbage: a ring of the newest, of which those in one bucket are chained, newest first;
 * a chain ends where it leaves the ring. Used by one thread alone.
 */
final class Recent {
  /** How many it remembers. */
  static final int SIZE = 16_384;

  private static final int MASK = SIZE - 1;

  // Of each in the ring. Of its id only the hash: two of so few have the same of 64 bits once in
  // 10^15 records.
  private final long[] hashes = new long[SIZE];
  private final int[] partitions = new int[SIZE];
  private final long[] offsets = new long[SIZE];
  private final long[] before = new long[SIZE]; // the number of the next in its bucket's chain

  private final long[] newest = new long[SIZE]; // of each bucket; the first number is 1
  private long count;

  /** Whether this id came before, and not with this very record, which Connect may bring back. */
  boolean cameBefore(String id, SinkRecord record) {
    long hash = hash(id);
    int bucket = (int) (hash >>> 32) & MASK;
    long found = newest[bucket];
    while (found > Math.max(0, count - SIZE) && hashes[(int) found & MASK] != hash) {
      found = before[(int) found & MASK];
    }
    boolean again = found > Math.max(0, count - SIZE) && !isAt((int) found & MASK, record);
    count++;
    int here = (int) count & MASK;
    hashes[here] = hash;
    partitions[here] = record.originalKafkaPartition();
    offsets[here] = record.originalKafkaOffset();
    before[here] = newest[bucket];
    newest[bucket] = count;
    return again;
  }

  private boolean isAt(int place, SinkRecord record) {
    return partitions[place] == record.originalKafkaPartition()
        && offsets[place] == record.originalKafkaOffset();
  }

  /** FNV-1a of 64 bits (by Fowler, Noll and Vo), over the text's characters. */
  private static long hash(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }
}
