package dev.codedelivery.connect;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * The offset up to which each partition may be committed: that of its first unsettled operation.
 * Requests finish in any order; a commit never passes an unfinished one. Used by the task's thread
 * only.
 *
 * <p>It holds only operations in flight, however long one request takes while others continue, and
 * however rarely Connect commits.
 */
final class Offsets {
  private final Map<TopicPartition, Deque<Operation>> pending = new HashMap<>();

  void add(Collection<Operation> operations) {
    forgetSettled();
    TopicPartition partition = null;
    Deque<Operation> ofPartition = null;
    for (Operation operation : operations) {
      if (partition == null || !operation.isOf(partition)) { // records arrive grouped by partition
        partition = operation.partition();
        ofPartition = pending.computeIfAbsent(partition, p -> new ArrayDeque<>());
      }
      ofPartition.add(operation);
    }
  }

  private void forgetSettled() {
    pending.values().forEach(operations -> operations.removeIf(Operation::settled));
    pending.values().removeIf(Deque::isEmpty);
  }

  /** The number of unsettled operations. */
  int pendingCount() {
    return pending.values().stream().mapToInt(Deque::size).sum();
  }

  /** The offsets that may be committed; {@code delivered} are those that the task received. */
  Map<TopicPartition, OffsetAndMetadata> committable(
      Map<TopicPartition, OffsetAndMetadata> delivered) {
    forgetSettled();
    Map<TopicPartition, OffsetAndMetadata> safe = new HashMap<>(delivered);
    pending.forEach(
        (partition, operations) -> {
          long first = operations.peek().record().originalKafkaOffset();
          safe.computeIfPresent(
              partition, (p, end) -> new OffsetAndMetadata(Math.min(first, end.offset())));
        });
    return safe;
  }

  /** The last pending offset of each partition. */
  Map<TopicPartition, Long> mark() {
    forgetSettled();
    Map<TopicPartition, Long> mark = new HashMap<>();
    pending.forEach(
        (partition, operations) ->
            mark.put(partition, operations.peekLast().record().originalKafkaOffset()));
    return mark;
  }

  /** Whether everything that was pending at that mark is settled. */
  boolean passed(Map<TopicPartition, Long> mark) {
    forgetSettled();
    return mark.entrySet().stream()
        .allMatch(
            end -> {
              Deque<Operation> operations = pending.get(end.getKey());
              return operations == null
                  || operations.peek().record().originalKafkaOffset() > end.getValue();
            });
  }

  /** Another task owns these partitions now: cancels their pending operations. */
  void drop(Collection<TopicPartition> partitions) {
    for (TopicPartition partition : partitions) {
      Deque<Operation> operations = pending.remove(partition);
      if (operations != null) {
        operations.forEach(Operation::cancel);
      }
    }
  }
}
