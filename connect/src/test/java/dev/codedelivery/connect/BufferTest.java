package dev.codedelivery.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BufferTest {
  private static final Duration LONG = Duration.ofHours(1);

  private static List<Operation> operations(int count, int bytes) {
    return LongStream.range(0, count).mapToObj(i -> Fixtures.operation(i, bytes)).toList();
  }

  @Test
  void aBatchIsFullByCount() throws InterruptedException {
    Buffer buffer = new Buffer(3, 1_000, LONG, 100, 100_000);
    List<Operation> all = operations(7, 10);
    buffer.add(all);
    assertEquals(all.subList(0, 3), buffer.take());
    assertEquals(all.subList(3, 6), buffer.take());
  }

  @Test
  void aBatchIsFullByBytesAndALargeOneGoesAlone() throws InterruptedException {
    Buffer buffer = new Buffer(100, 1_000, Duration.ZERO, 100, 100_000);
    int megabyte = Fixtures.megabyte().getBytes(StandardCharsets.UTF_8).length;
    List<Operation> all =
        List.of(
            Fixtures.operation(0, 600),
            Fixtures.operation(1, 300),
            Fixtures.operation(2, 200),
            Fixtures.operation(3, megabyte));
    buffer.add(all);
    assertEquals(all.subList(0, 2), buffer.take());
    assertEquals(all.subList(2, 3), buffer.take());
    assertEquals(all.subList(3, 4), buffer.take());
  }

  @Test
  void aBatchIsTakenWhenItsFirstOperationHasLingered() throws InterruptedException {
    Buffer buffer = new Buffer(100, 1_000, Duration.ofMillis(80), 100, 100_000);
    long began = System.nanoTime();
    buffer.add(operations(2, 10));
    assertEquals(2, buffer.take().size());
    assertTrue(System.nanoTime() - began >= 80_000_000);
  }

  @Test
  void roomIsBoundedByCountAndBytesAndFreedWhenSettled() throws InterruptedException {
    Buffer buffer = new Buffer(2, 1_000, LONG, 2, 1_000);
    List<Operation> two = operations(2, 10);
    assertTrue(buffer.awaitRoom(Duration.ZERO));
    buffer.add(two);
    assertFalse(buffer.awaitRoom(Duration.ofMillis(10)));
    assertEquals(two, buffer.take());
    assertFalse(buffer.awaitRoom(Duration.ofMillis(10)), "records in flight take room as well");
    buffer.release(two);
    assertTrue(buffer.awaitRoom(Duration.ZERO));
    buffer.add(operations(1, 2_000));
    assertFalse(buffer.awaitRoom(Duration.ofMillis(10)));
    assertEquals(1, buffer.records());
    assertEquals(2_000, buffer.bytes());
  }

  @Test
  void aClosedBufferReturnsNothing() throws InterruptedException {
    Buffer buffer = new Buffer(1, 1_000, LONG, 100, 100_000);
    buffer.add(operations(1, 10));
    buffer.close();
    assertEquals(List.of(), buffer.take());
  }
}
