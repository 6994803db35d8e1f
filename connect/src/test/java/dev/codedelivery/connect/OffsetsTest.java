package dev.codedelivery.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class OffsetsTest {
  private final Offsets offsets = new Offsets();
  private final List<Operation> three =
      List.of(Fixtures.operation(10, 10), Fixtures.operation(11, 10), Fixtures.operation(13, 10));

  private long committable() {
    return offsets
        .committable(Map.of(Fixtures.PARTITION, new OffsetAndMetadata(20)))
        .get(Fixtures.PARTITION)
        .offset();
  }

  @Test
  void aCommitNeverPassesAnUnsettledOperation() {
    offsets.add(three);
    assertEquals(10, committable());
    three.get(1).settle();
    assertEquals(10, committable());
    three.get(0).settle();
    assertEquals(13, committable());
    three.get(2).settle();
    assertEquals(20, committable());
  }

  @Test
  void settledOperationsAreReleasedEvenBehindAPendingOneAndWithoutACommit() {
    offsets.add(three);
    three.get(1).settle();
    three.get(2).settle();
    offsets.add(List.of(Fixtures.operation(14, 10)));
    assertEquals(2, offsets.pendingCount());
    assertEquals(10, committable());
  }

  @Test
  void aMarkIsPassedOnceAllBeforeItIsSettledWhateverFollows() {
    assertTrue(offsets.passed(offsets.mark()), "nothing is pending");
    offsets.add(three.subList(0, 2));
    Map<TopicPartition, Long> mark = offsets.mark();
    offsets.add(three.subList(2, 3));
    three.get(1).settle();
    assertFalse(offsets.passed(mark), "the first one is in flight");
    three.get(0).settle();
    assertTrue(offsets.passed(mark));
    assertFalse(offsets.passed(offsets.mark()));
    offsets.drop(List.of(Fixtures.PARTITION));
    assertTrue(offsets.passed(Map.of(Fixtures.PARTITION, 13L)), "another task writes it");
  }

  @Test
  void aRevokedPartitionIsForgottenAndItsOperationsAreCancelled() {
    offsets.add(three);
    offsets.drop(List.of(Fixtures.PARTITION));
    assertTrue(three.stream().allMatch(Operation::cancelled));
    assertEquals(20, committable());
  }
}
