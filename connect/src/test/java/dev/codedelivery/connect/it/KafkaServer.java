package dev.codedelivery.connect.it;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A Kafka broker. */
final class KafkaServer extends Program {
  final String address;
  private final Admin admin;
  private final KafkaProducer<String, String> producer;

  KafkaServer() throws IOException, InterruptedException {
    super("kafka");
    int port = freePort();
    int controller = freePort();
    address = "127.0.0.1:" + port;
    Files.writeString(
        folder.resolve("server.properties"),
        """
        process.roles=broker,controller
        node.id=1
        controller.quorum.voters=1@127.0.0.1:%2$d
        listeners=PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
        controller.listener.names=CONTROLLER
        listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
        log.dirs=%3$s/data
        auto.create.topics.enable=false
        offsets.topic.replication.factor=1
        offsets.topic.num.partitions=1
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        share.coordinator.state.topic.replication.factor=1
        share.coordinator.state.topic.min.isr=1
        group.initial.rebalance.delay.ms=0
        log.cleaner.dedupe.buffer.size=4194304
        """
            .formatted(port, controller, folder));
    List<String> java =
        List.of(
            java(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m",
            "-Dlog4j2.configurationFile=" + servers().resolve("log4j2.properties"),
            "-cp",
            servers().resolve("kafka") + "/*");
    run(
        with(
            java,
            "kafka.tools.StorageTool",
            "format",
            "-t",
            "QXJjaGl2ZU9mQ2xhc3Nlcw",
            "-c",
            folder + "/server.properties"));
    start(with(java, "kafka.Kafka", folder + "/server.properties"), Map.of());
    await(() -> log().contains("Kafka Server started"));
    Properties client = new Properties();
    client.put("bootstrap.servers", address);
    admin = Admin.create(client);
    client.put("acks", "all");
    client.put("linger.ms", "5");
    producer = new KafkaProducer<>(client, new StringSerializer(), new StringSerializer());
  }

  private static List<String> with(List<String> java, String... more) {
    List<String> all = new ArrayList<>(java);
    all.addAll(List.of(more));
    return all;
  }

  void create(String topic, int partitions, Map<String, String> settings) {
    try {
      admin
          .createTopics(
              List.of(
                  new NewTopic(topic, Optional.of(partitions), Optional.empty()).configs(settings)))
          .all()
          .get();
    } catch (ExecutionException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  void send(String topic, String key, String value) {
    producer.send(new ProducerRecord<>(topic, key, value));
  }

  void send(String topic, int partition, String key, String value) {
    producer.send(new ProducerRecord<>(topic, partition, key, value));
  }

  void flush() {
    producer.flush();
  }

  /** All records that a topic holds now. */
  List<ConsumerRecord<String, byte[]>> read(String topic) {
    Map<String, Object> properties =
        new HashMap<>(Map.of("bootstrap.servers", address, "auto.offset.reset", "earliest"));
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> all =
          consumer.partitionsFor(topic).stream()
              .map(p -> new TopicPartition(topic, p.partition()))
              .toList();
      consumer.assign(all);
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
      while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
      return records;
    }
  }

  /** The sum of a group's committed offsets over all partitions. */
  long committed(String group) {
    try {
      return admin
          .listConsumerGroupOffsets(group)
          .partitionsToOffsetAndMetadata()
          .get()
          .values()
          .stream()
          .mapToLong(o -> o.offset())
          .sum();
    } catch (ExecutionException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
