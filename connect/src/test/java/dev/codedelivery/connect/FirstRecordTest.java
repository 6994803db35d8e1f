package dev.codedelivery.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class FirstRecordTest {
  private static final FirstRecord FIRST = new FirstRecord();

  private static int checksum(String value) {
    return FIRST.checksum(value.getBytes(StandardCharsets.UTF_8));
  }

  private static String conflict(String id, long current, long provided) {
    return "version_conflict_engine_exception: ["
        + id
        + "]: version conflict, current version ["
        + current
        + "] is higher than the one provided ["
        + provided
        + "]";
  }

  @Test
  void anEarlierRecordHasTheHigherVersionWhateverItSays() {
    for (long offset : new long[] {0, 1, 41, 1_000_000, 1L << 40}) {
      assertTrue(
          FirstRecord.version(offset, 0) > FirstRecord.version(offset + 1, -1), "at " + offset);
    }
    assertEquals(FirstRecord.version(7, 9), FirstRecord.version(7, 9), "a replay is the same");
    assertTrue(FirstRecord.version(0, -1) > 0 && FirstRecord.version(Long.MAX_VALUE, 0) >= 0);
  }

  @Test
  void aConflictTellsWhetherTheContentDiffers() {
    assertNotEquals(checksum("one"), checksum("other"));
    long first = FirstRecord.version(7, checksum("one"));
    long same = FirstRecord.version(9, checksum("one"));
    long other = FirstRecord.version(9, checksum("other"));
    assertFalse(FirstRecord.contradicts(conflict("d:1", first, same)));
    assertTrue(FirstRecord.contradicts(conflict("d:1", first, other)));
    String odd = "current version [1] is higher than the one provided [2]\n";
    assertFalse(FirstRecord.contradicts(conflict(odd, first, same)), "an id may say anything");
    assertFalse(FirstRecord.contradicts("version_conflict_engine_exception: in other words"));
    assertFalse(FirstRecord.contradicts(""));
  }
}
