package dev.codedelivery.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TargetTest {
  private static LocalDate day(long time) {
    return LocalDate.ofInstant(Instant.ofEpochMilli(time), ZoneOffset.UTC);
  }

  @Test
  void theDayIsInUtcForEveryTimeFormat() {
    LocalDate day = LocalDate.of(2026, 11, 22);
    for (Object at :
        List.of(
            Fixtures.NOON,
            Long.toString(Fixtures.NOON),
            (double) Fixtures.NOON,
            new Date(Fixtures.NOON),
            "2026-11-22T23:59:59.999Z",
            "2026-11-21T23:30:00-03:00")) {
      assertEquals(
          day,
          day(Target.milliseconds(Fixtures.record(0, null, null), Map.of("at", at), "at")),
          at.toString());
    }
    assertEquals(day, day(Target.milliseconds(Fixtures.record(0, null, null), Map.of(), "")));
  }

  @Test
  void anInvalidTimeIsBad() {
    for (Object at : List.of("yesterday", "", true, List.of(1), "9".repeat(30), 1.5)) {
      assertThrows(
          BadRecordException.class,
          () -> Target.milliseconds(Fixtures.record(0, null, null), Map.of("at", at), "at"),
          at.toString());
    }
  }

  @Test
  void theDayOfAnIndexComesFromItsName() {
    Optional<LocalDate> day = Optional.of(LocalDate.of(2026, 11, 22));
    assertEquals(day, Target.day("positions", Target.of("positions", day).index()));
    assertEquals(day, Target.day("positions", "positions-2026.11.22-reindexed"));
    assertEquals(day, Target.day("positions", "positions-2026.11.22"));
    for (String other :
        List.of(
            "positions-1",
            "positions-2026.11.22x",
            "positions-2026.13.22-1",
            "position-2026.11.22-1",
            "positions-of-2026.11.22-1",
            "positions-")) {
      assertEquals(Optional.empty(), Target.day("positions", other), other);
    }
  }

  @Test
  void onlyDaysBeyondTheRetentionExpire() {
    LocalDate today = LocalDate.of(2026, 11, 22);
    List<String> all =
        List.of("p-2026.11.22-1", "p-2026.11.15-1", "p-2026.11.14-1", "p-1", "q-2026.01.01-1");
    assertEquals(List.of("p-2026.11.14-1"), Retention.expired("p", all, today, 7));
    assertTrue(Retention.expired("p", all, today, 0).isEmpty());
  }

  @Test
  void aClockThatIsAheadDeletesNothingThatNoNewerDayShowsToBeOld() {
    LocalDate wrong = LocalDate.of(2027, 1, 21); // sixty days ahead
    List<String> all = List.of("p-2026.11.22-1", "p-2026.11.15-1", "p-2026.11.14-1", "p-1");
    assertEquals(List.of("p-2026.11.14-1"), Retention.expired("p", all, wrong, 7));
    assertEquals(3, Retention.byClock("p", all, wrong, 7).size());
    assertTrue(Retention.expired("p", List.of("p-2026.11.14-1"), wrong, 7).isEmpty());
    LocalDate behind = LocalDate.of(2026, 11, 20);
    assertTrue(Retention.expired("p", all, behind, 7).isEmpty(), "nor one that is behind");
    assertTrue(Retention.expired("p", List.of(), wrong, 7).isEmpty());
  }
}
