package dev.codedelivery.connect;

import org.apache.kafka.connect.sink.SinkRecord;

/**
 * The ids of the latest documents, each with what is needed of its records. Uses only arrays, so
 * that a record creates no garbage: a ring buffer of the latest ids, with those of one hash bucket
 * chained, newest first. A chain ends where it leaves the ring. Used by one thread only.
 */
final class RecentIds {
  /** There is no earlier record. */
  static final int NONE = -1;

  /** The number of ids that are remembered. */
  static final int SIZE = 16_384;

  private static final int MASK = SIZE - 1;

  // One entry per slot of the ring. Only the hash of the id is kept: among so few, two ids share a
  // 64-bit hash about once in 10^15 records.
  private final long[] hashes = new long[SIZE];
  private final int[] partitions = new int[SIZE];
  private final long[] offsets = new long[SIZE];
  private final int[] checksums = new int[SIZE];
  private final long[] firstOffsets = new long[SIZE]; // of the first record with this id
  private final long[] firstTimestamps = new long[SIZE];
  private final long[] before =
      new long[SIZE]; // the sequence number of the next entry in the bucket's chain

  private final long[] newest = new long[SIZE]; // per bucket, as a sequence number; the first is 1
  private long count;

  /**
   * A slot about the earlier records with this id, valid until the next call; {@link #NONE} when
   * there is none, or it is this record itself, which Connect may deliver again. A record whose
   * checksum is not the earlier one's is no repeat of it, and is not remembered.
   */
  int earlier(String id, SinkRecord record, int checksum) {
    long hash = hash(id);
    int bucket = (int) (hash >>> 32) & MASK;
    long found = newest[bucket];
    while (found > Math.max(0, count - SIZE) && hashes[(int) found & MASK] != hash) {
      found = before[(int) found & MASK];
    }
    boolean known = found > Math.max(0, count - SIZE);
    int last = (int) found & MASK;
    if (known && checksums[last] != checksum) {
      return NONE;
    }
    boolean repeat = known && !isAt(last, record);
    long firstOffset = known ? firstOffsets[last] : record.originalKafkaOffset();
    long firstTimestamp = known ? firstTimestamps[last] : timestamp(record);
    count++;
    int here = (int) count & MASK; // may be the slot of the last one
    hashes[here] = hash;
    partitions[here] = record.originalKafkaPartition();
    offsets[here] = record.originalKafkaOffset();
    checksums[here] = checksum;
    firstOffsets[here] = firstOffset;
    firstTimestamps[here] = firstTimestamp;
    before[here] = newest[bucket];
    newest[bucket] = count;
    return repeat ? here : NONE;
  }

  /** The offset of the first record. */
  long firstOffset(int slot) {
    return firstOffsets[slot];
  }

  /** The timestamp of the first record; null if it has none. */
  Long firstTimestamp(int slot) {
    return firstTimestamps[slot] == Long.MIN_VALUE ? null : firstTimestamps[slot];
  }

  private static long timestamp(SinkRecord record) {
    return record.timestamp() == null ? Long.MIN_VALUE : record.timestamp();
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
