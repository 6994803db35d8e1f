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
 * The ids that must not come back: the keys of a compacted topic, read whole before the first
 * record and followed from then on. Held in memory, so a question costs no request.
 */
final class ErasedIds implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ErasedIds.class);

  /** About 150 MiB; a task that would hold more stops instead. */
  static final int MOST = 1_000_000;

  /** How long the topic may be missing: whoever makes it may start at the same time. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final String topic;
  private final Map<String, Object> properties;
  private final Set<String> ids = ConcurrentHashMap.newKeySet();
  private final Queue<String> news = new ConcurrentLinkedQueue<>();
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

  /** Waits at most so long until the list is read; whether it is. Throws when it cannot be. */
  boolean awaitComplete(Duration limit) throws InterruptedException {
    boolean read = complete.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    if (failure != null) {
      throw failure;
    }
    return read;
  }

  /** Why it is not read yet. */
  String problem() {
    return "The list of erased ids in the topic "
        + topic
        + " is not read yet"
        + (problem.isEmpty() ? "." : " (" + problem + ").");
  }

  /** Whether it is read, or there is none. */
  boolean isComplete() {
    return complete.getCount() == 0;
  }

  boolean contains(String id) {
    return ids.contains(id);
  }

  /**
   * At most so many ids of the list that nobody has asked for yet, all of it at first. Nothing
   * before it is read: an id may leave the list again.
   */
  List<String> news(int most) {
    List<String> found = new ArrayList<>();
    while (isComplete() && found.size() < most) {
      String id = news.poll();
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
        LOG.warn("The topic {} of erased ids cannot be read; it is tried again.", topic, e);
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
        LOG.info("The list of erased ids is read: {}.", ids.size());
      }
    }
  }

  private void awaitTopic() {
    long now = System.nanoTime();
    missingSince = missingSince == 0 ? now : missingSince;
    if (now - missingSince > PATIENCE.toNanos()) {
      throw new ConnectException(
          "The topic "
              + topic
              + ", named by "
              + Options.ERASED_TOPIC
              + ", does not exist. Create it with cleanup.policy=compact, or remove the option.");
    }
    if (problem.isEmpty()) {
      problem = "the topic does not exist";
      LOG.warn("The topic {} of erased ids does not exist; it is waited for.", topic);
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
      news.add(record.key());
      refuseTooMany();
    }
  }

  private void refuseTooMany() {
    if (ids.size() > MOST) {
      throw new ConnectException(
          "The topic "
              + topic
              + " holds more than "
              + MOST
              + " erased ids. Tombstone those whose records Kafka no longer keeps.");
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
