package dev.codedelivery.connect;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * How far each partition may be committed: up to its first operation that is not settled. Requests
 * end in any order; a commit never runs ahead of one that has not. Used by the task's thread alone.
 *
 * <p>It holds what is on its way and nothing more, however long one request takes while others go
 * on, and however seldom Connect commits.
 */
final class Offsets {
  private final Map<TopicPartition, Deque<Operation>> pending = new HashMap<>();

  void add(Collection<Operation> operations) {
    forgetSettled();
    TopicPartition partition = null;
    Deque<Operation> ofPartition = null;
    for (Operation operation : operations) {
      if (partition == null || !operation.isOf(partition)) { // they come partition by partition
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

  /** How many operations it holds. */
  int held() {
    return pending.values().stream().mapToInt(Deque::size).sum();
  }

  /** What may be committed, where {@code delivered} is what the task was given. */
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

  /** How far each partition was taken of which something is pending. */
  Map<TopicPartition, Long> mark() {
    forgetSettled();
    Map<TopicPartition, Long> mark = new HashMap<>();
    pending.forEach(
        (partition, operations) ->
            mark.put(partition, operations.peekLast().record().originalKafkaOffset()));
    return mark;
  }

  /** Whether all is settled that was pending at that mark. */
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

  /** These partitions belong to another task now: what is pending of them is cancelled. */
  void drop(Collection<TopicPartition> partitions) {
    for (TopicPartition partition : partitions) {
      Deque<Operation> operations = pending.remove(partition);
      if (operations != null) {
        operations.forEach(Operation::cancel);
      }
    }
  }
}
