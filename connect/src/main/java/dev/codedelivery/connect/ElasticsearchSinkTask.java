package dev.codedelivery.connect;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A task: takes records from Connect, has them written, and says how far it has got. */
public class ElasticsearchSinkTask extends SinkTask {
  private static final Logger LOG = LoggerFactory.getLogger(ElasticsearchSinkTask.class);

  /** How long a call of put waits for room before it hands the records back to Connect. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** When Connect is to bring records back that were not taken. */
  private static final long BACK_MILLISECONDS = 5_000;

  private static final long CALL_AGAIN_MILLISECONDS = 500;

  private SinkConfig config;
  private Translator translator;
  private SearchServer server;
  private Buffer buffer;
  private Exchange exchange;
  private Sender sender;
  private Housekeeping housekeeping;
  private ErasedIds erased;
  private Erasure erasure;
  private final Offsets offsets = new Offsets();
  private final Metrics metrics = new Metrics();

  /** For Connect, which makes one by itself. */
  public ElasticsearchSinkTask() {}

  @Override
  public String version() {
    return Version.VALUE;
  }

  /** Makes what is needed; asks nobody anything, so that a server that is away delays no start. */
  @Override
  public void start(Map<String, String> properties) {
    config = new SinkConfig(properties);
    translator = new Translator(config);
    server = new SearchServer(config.connection());
    buffer =
        new Buffer(
            config.batchSize, config.bulkBytes, config.linger, config.maxRecords, config.maxBytes);
    Indices indices = new Indices(server, config, metrics);
    exchange = new Exchange(buffer, indices, server, config, metrics);
    sender = new Sender(buffer, exchange, config, metrics);
    erased = new ErasedIds(config.erasedTopic, config.erasedConsumer());
    erasure = new Erasure(erased::news, offsets, server, config, metrics);
    housekeeping = new Housekeeping(indices, config, sender::fail);
    metrics.bufferedRecords = buffer::records;
    metrics.bufferedBytes = buffer::bytes;
    metrics.erasedIds = erased::size;
    metrics.waitingFor = () -> erased.isComplete() ? sender.waitingFor() : erased.problem();
    metrics.register(config.connector, config.task);
    LOG.info("The task writes with {} request(s) at a time.", config.inFlight());
  }

  /**
   * Takes all of the records or none: Connect brings them back when there is no room, or when the
   * list of erased ids is not read yet.
   */
  @Override
  public void put(Collection<SinkRecord> records) {
    sender.check();
    reportRejected();
    erasure.advance(this::aliases);
    // Connect calls again so soon even when there are no records: for what workers leave to this
    // thread.
    context.timeout(CALL_AGAIN_MILLISECONDS);
    if (records.isEmpty()) {
      return;
    }
    awaitRoom();
    Instant now = Instant.now();
    List<Operation> operations = new ArrayList<>(records.size());
    for (SinkRecord record : records) {
      try {
        Translation translation = translator.translate(record, now, erased::contains);
        if (translation instanceof Operation operation) {
          operations.add(operation);
        } else if (translation instanceof Translation.Skip skip) {
          count(skip);
        }
      } catch (BadRecordException e) {
        report(record, e);
      }
    }
    offsets.add(operations);
    buffer.add(operations);
  }

  /** Where this task's documents are found. */
  private Set<String> aliases() {
    return config.oneAlias()
        ? Set.of(config.alias(""))
        : context.assignment().stream()
            .map(partition -> config.alias(partition.topic()))
            .collect(Collectors.toSet());
  }

  private void awaitRoom() {
    try {
      if (!erased.awaitComplete(PATIENCE)) {
        throw back(erased.problem());
      }
      if (!buffer.awaitRoom(PATIENCE)) {
        sender.check();
        String reason = sender.waitingFor();
        throw back(reason.isEmpty() ? "The server is slower than the topic." : reason);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw back("The task ends.");
    }
  }

  private AwayException back(String reason) {
    context.timeout(BACK_MILLISECONDS);
    return new AwayException(reason + " The records stay in Kafka and are taken later.");
  }

  private void count(Translation.Skip skip) {
    switch (skip) {
      case TOMBSTONE -> metrics.tombstones.increment();
      case ERASED -> metrics.erased.increment();
      case EXPIRED -> metrics.expired.increment();
      default -> throw new IllegalStateException("a reason that nobody knows: " + skip);
    }
  }

  private void reportRejected() {
    for (Exchange.Rejection bad = exchange.rejected(); bad != null; bad = exchange.rejected()) {
      report(
          bad.operation().record(),
          new BadRecordException("Elasticsearch refused the document", bad.reason()));
      bad.operation().settle();
    }
  }

  /** To the dead-letter topic; without one the task fails, for nothing is lost in silence. */
  private void report(SinkRecord record, BadRecordException problem) {
    metrics.rejected.increment();
    ErrantRecordReporter reporter = context.errantRecordReporter();
    if (reporter == null) {
      throw new ConnectException(
          "The record "
              + record.originalTopic()
              + "/"
              + record.originalKafkaPartition()
              + "/"
              + record.originalKafkaOffset()
              + " cannot be indexed, and there is no dead-letter topic to keep it. Set"
              + " errors.tolerance=all and errors.deadletterqueue.topic.name.",
          problem);
    }
    reporter.report(record, problem);
  }

  @Override
  public Map<TopicPartition, OffsetAndMetadata> preCommit(
      Map<TopicPartition, OffsetAndMetadata> delivered) {
    reportRejected();
    return offsets.committable(delivered);
  }

  /** Another task has these partitions now: what is pending of them is not written any more. */
  @Override
  public void close(Collection<TopicPartition> partitions) {
    try {
      if (!sender.quietly(config.connection().readTimeout(), () -> offsets.drop(partitions))) {
        LOG.warn("A request was still on the wire when partitions were handed over.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void stop() {
    metrics.unregister();
    if (sender != null) {
      sender.close();
    }
    if (housekeeping != null) {
      housekeeping.close();
    }
    if (erasure != null) {
      erasure.close();
    }
    if (erased != null) {
      erased.close();
    }
    if (server != null) {
      server.close();
    }
  }
}
