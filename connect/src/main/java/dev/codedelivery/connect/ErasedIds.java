package dev.codedelivery.connect;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The erased ids, which must not be indexed again: the keys of a compacted topic, read in full
 * before the first record and followed from then on. Kept in memory, so a lookup costs no request.
 */
final class ErasedIds implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ErasedIds.class);

  /** About 150 MiB; a task that would hold more fails instead. */
  static final int MAX_IDS = 1_000_000;

  /** How long the topic may be missing: it may be created at the same time as the task starts. */
  private static final Duration TOPIC_TIMEOUT = Duration.ofMinutes(1);

  private final String topic;
  private final Map<String, Object> properties;
  private final Set<String> ids = ConcurrentHashMap.newKeySet();
  private final Queue<String> newIds = new ConcurrentLinkedQueue<>();
  private final Thread thread;
  private final CountDownLatch complete = new CountDownLatch(1);
  private volatile boolean closed;
  private volatile ConnectException failure;
  private volatile String problem = "";
  private volatile Consumer<String, byte[]> reading;
  private long missingSince;

  /** Reads {@code topic} with a consumer of these properties; without a topic there are no ids. */
  ErasedIds(String topic, Map<String, Object> consumer) {
    this.topic = topic;
    properties = new HashMap<>(consumer);
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    thread = new Thread(this::run, "erased-ids");
    thread.setDaemon(true);
    if (topic.isEmpty()) {
      complete.countDown();
    } else {
      thread.start();
    }
  }

  /**
   * Waits for the list to be read, at most {@code limit}; returns whether it is. Throws when it
   * cannot be read.
   */
  boolean awaitComplete(Duration limit) throws InterruptedException {
    boolean read = complete.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    if (failure != null) {
      throw failure;
    }
    return read;
  }

  /** Why the list is not read yet. */
  String problem() {
    return "The list of erased ids in the topic "
        + topic
        + " has not been read yet"
        + (problem.isEmpty() ? "." : " (" + problem + ").");
  }

  /** Whether the list has been read, or none is configured. */
  boolean isComplete() {
    return complete.getCount() == 0;
  }

  boolean contains(String id) {
    return ids.contains(id);
  }

  /**
   * Up to {@code limit} ids that were added to the list and not returned yet; at first the whole
   * list. Empty until the list has been read, because an id may be removed from it again.
   */
  List<String> newIds(int limit) {
    List<String> found = new ArrayList<>();
    while (isComplete() && found.size() < limit) {
      String id = newIds.poll();
      if (id == null) {
        break;
      }
      if (ids.contains(id)) {
        found.add(id);
      }
    }
    return found;
  }

  int size() {
    return ids.size();
  }

  private void run() {
    while (!closed && failure == null) {
      try (Consumer<String, byte[]> consumer =
          new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer())) {
        reading = consumer;
        follow(consumer);
      } catch (ConnectException e) {
        failure = e;
        complete.countDown();
      } catch (WakeupException e) {
        closed = true;
      } catch (KafkaException e) {
        problem = String.valueOf(e.getMessage());
        LOG.warn("Cannot read the topic {} of erased ids; retrying.", topic, e);
        pause();
      }
    }
  }

  private void follow(Consumer<String, byte[]> consumer) {
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(p -> new TopicPartition(topic, p.partition()))
            .toList();
    if (partitions.isEmpty()) {
      awaitTopic();
      return;
    }
    missingSince = 0;
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    while (!closed) {
      for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(500))) {
        take(record);
      }
      if (complete.getCount() > 0
          && ends.entrySet().stream()
              .allMatch(end -> consumer.position(end.getKey()) >= end.getValue())) {
        complete.countDown();
        problem = "";
        LOG.info("Read the list of erased ids: {} ids.", ids.size());
      }
    }
  }

  private void awaitTopic() {
    long now = System.nanoTime();
    missingSince = missingSince == 0 ? now : missingSince;
    if (now - missingSince > TOPIC_TIMEOUT.toNanos()) {
      throw new ConnectException(
          "The topic "
              + topic
              + ", named by "
              + Options.ERASED_TOPIC
              + ", does not exist. Create it with cleanup.policy=compact, or remove the option.");
    }
    if (problem.isEmpty()) {
      problem = "the topic does not exist";
      LOG.warn("The topic {} of erased ids does not exist; waiting for it to be created.", topic);
    }
    pause();
  }

  private void take(ConsumerRecord<String, byte[]> record) {
    if (record.key() == null) {
      return;
    }
    if (record.value() == null) {
      ids.remove(record.key());
    } else if (ids.add(record.key())) {
      newIds.add(record.key());
      refuseTooMany();
    }
  }

  private void refuseTooMany() {
    if (ids.size() > MAX_IDS) {
      throw new ConnectException(
          "The topic "
              + topic
              + " holds more than "
              + MAX_IDS
              + " erased ids. Send tombstones for ids whose records are no longer in Kafka.");
    }
  }

  private void pause() {
    try {
      Thread.sleep(1_000);
    } catch (InterruptedException e) {
      closed = true;
    }
  }

  @Override
  public void close() {
    closed = true;
    Consumer<String, byte[]> consumer = reading;
    if (consumer != null) {
      consumer.wakeup();
    }
  }
}
