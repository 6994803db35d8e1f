package dev.codedelivery.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RecentIdsTest {
  private record Seen(int when, long offset) {}

  @Test
  void onlyTheLatestIdsAreRemembered() {
    RecentIds recent = new RecentIds();
    Map<String, Seen> seen = new HashMap<>();
    Random random = new Random(7);
    int repeats = 0;
    int forgotten = 0;
    for (int i = 0; i < 200_000; i++) {
      String id = "d" + random.nextInt(40) + ":" + random.nextInt(1_000);
      long offset = random.nextInt(3);
      Seen before = seen.put(id, new Seen(i, offset));
      boolean remembered = before != null && i - before.when() <= RecentIds.SIZE;
      boolean again = recent.earlier(id, Fixtures.record(offset, null, null), 0) != RecentIds.NONE;
      assertEquals(remembered && before.offset() != offset, again, id + " at " + i);
      repeats += again ? 1 : 0;
      forgotten += before != null && !remembered ? 1 : 0;
    }
    assertTrue(repeats > 10_000 && forgotten > 10_000, repeats + " and " + forgotten);
  }

  @Test
  void aRepeatKnowsTheFirstRecordAndARecordThatSaysSomethingElseIsNoRepeat() {
    RecentIds recent = new RecentIds();
    assertEquals(RecentIds.NONE, recent.earlier("d:1", Fixtures.record(5, null, null), 1));
    assertEquals(RecentIds.NONE, recent.earlier("d:1", Fixtures.record(6, null, null), 2));
    for (long offset = 7; offset < 10; offset++) {
      int slot = recent.earlier("d:1", Fixtures.record(offset, null, null), 1);
      assertEquals(5, recent.firstOffset(slot), "of " + offset);
      assertEquals(Fixtures.NOON, recent.firstTimestamp(slot));
    }
    assertEquals(
        RecentIds.NONE, recent.earlier("d:1", Fixtures.record(9, null, null), 1), "once more");
  }
}
