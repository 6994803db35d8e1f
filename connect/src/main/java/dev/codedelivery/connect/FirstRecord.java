package dev.codedelivery.connect;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * The version of a document that never changes. The lower the offset of its record, the higher the
 * version: with {@code external_gte} the log's first record with an id wins, in whatever order they
 * are written, and a replay of that record is no conflict. Nothing has to be read for it. Pure,
 * except that one checksum is reused: used by the task's thread only.
 *
 * <p>The low bits are a checksum of the value, so that the server's error message about a conflict
 * tells whether the index holds the same content. They never decide which record wins.
 */
final class FirstRecord {
  private static final int CHECKSUM_BITS = 16;
  private static final long CHECKSUM_MASK = (1L << CHECKSUM_BITS) - 1;

  /** The highest offset that fits; a partition does not reach it: 140 trillion records. */
  private static final long LAST_OFFSET = (1L << 47) - 1;

  /**
   * Elasticsearch's and OpenSearch's words for a conflict; the id, before them, may be anything.
   */
  private static final Pattern VERSIONS =
      Pattern.compile(
          ".*current version \\[(\\d+)\\] is higher than the one provided \\[(\\d+)\\].*",
          Pattern.DOTALL);

  private final CRC32C crc = new CRC32C();

  /** The checksum of a record's value. */
  int checksum(byte[] value) {
    crc.reset();
    crc.update(value, 0, value.length);
    return (int) crc.getValue();
  }

  /** The version of the document of the record at {@code offset}. */
  static long version(long offset, int checksum) {
    return (LAST_OFFSET - Math.min(offset, LAST_OFFSET)) << CHECKSUM_BITS
        | checksum & CHECKSUM_MASK;
  }

  /** Whether the document that was there first says something else, by the server's message. */
  static boolean contradicts(String conflict) {
    Matcher found = VERSIONS.matcher(conflict);
    return found.matches() && checksum(found.group(1)) != checksum(found.group(2));
  }

  private static long checksum(String version) {
    try {
      return Long.parseLong(version) & CHECKSUM_MASK;
    } catch (NumberFormatException e) {
      return -1; // no version that this class made
    }
  }
}
