package dev.codedelivery.connect;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A task: takes records from Connect, has them written, and reports the offsets to commit. */
public class ElasticsearchSinkTask extends SinkTask {
  private static final Logger LOG = LoggerFactory.getLogger(ElasticsearchSinkTask.class);

  /** How long put waits for room in the buffer before it asks Connect to retry the records. */
  private static final Duration ROOM_TIMEOUT = Duration.ofSeconds(2);

  /** How soon Connect retries the records when put asks it to. */
  private static final long RETRY_MILLISECONDS = 5_000;

  private static final long POLL_MILLISECONDS = 500;

  private SinkConfig config;
  private Translator translator;
  private SearchServer server;
  private Buffer buffer;
  private BulkClient bulkClient;
  private Sender sender;
  private Housekeeping housekeeping;
  private ErasedIds erased;
  private Erasure erasure;
  private DeadLetters deadLetters;
  private Traces traces;
  private final Offsets offsets = new Offsets();
  private final Metrics metrics = new Metrics();

  /** Called by Connect. */
  public ElasticsearchSinkTask() {}

  @Override
  public String version() {
    return Version.VALUE;
  }

  /** Sends no request, so an unavailable server does not delay the start. */
  @Override
  public void start(Map<String, String> properties) {
    config = new SinkConfig(properties);
    translator = new Translator(config);
    server = new SearchServer(config.connection());
    buffer =
        new Buffer(
            config.batchSize, config.bulkBytes, config.linger, config.maxRecords, config.maxBytes);
    Indices indices = new Indices(server, config, metrics);
    traces = new Traces(config);
    bulkClient = new BulkClient(buffer, indices, server, config, metrics, traces);
    sender = new Sender(buffer, bulkClient, config, metrics);
    erased = new ErasedIds(config.erasedTopic, config.erasedConsumer());
    erasure = new Erasure(erased::newIds, offsets, server, config, metrics);
    deadLetters = new DeadLetters(context::errantRecordReporter, config, metrics);
    housekeeping = new Housekeeping(indices, config, sender::fail);
    metrics.bufferedRecords = buffer::records;
    metrics.bufferedBytes = buffer::bytes;
    metrics.erasedIds = erased::size;
    metrics.waitingFor = () -> erased.isComplete() ? sender.waitingFor() : erased.problem();
    long started = System.nanoTime();
    metrics.waitingSeconds =
        () ->
            erased.isComplete()
                ? sender.waitingSeconds()
                : TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started);
    metrics.register(config.connector, config.task);
    LOG.info("Started; writing with at most {} request(s) in flight.", config.inFlight());
  }

  /**
   * Takes all of the records or none: while the buffer is full or the list of erased ids has not
   * been read yet, it asks Connect to retry.
   */
  @Override
  public void put(Collection<SinkRecord> records) {
    sender.check();
    reportRejected();
    erasure.advance(this::aliases);
    // Connect calls put again within this time even without new records, so that this thread
    // handles what the workers leave to it.
    context.timeout(POLL_MILLISECONDS);
    if (records.isEmpty()) {
      return;
    }
    awaitRoom();
    Instant now = Instant.now();
    List<Operation> operations = new ArrayList<>(records.size());
    List<Operation> bad = new ArrayList<>();
    List<BadRecordException> problems = new ArrayList<>();
    List<Operation> unsettled = new ArrayList<>(records.size());
    for (SinkRecord record : records) {
      try {
        Translation translation = translator.translate(record, now, erased::contains);
        if (translation instanceof Operation operation) {
          operations.add(operation);
          unsettled.add(operation);
        } else if (translation instanceof Translation.Skip skip) {
          count(skip);
        }
      } catch (RuntimeException e) { // whatever is special about a record must not stop the others
        Operation unwritten = Operation.unwritten(record);
        unsettled.add(unwritten);
        bad.add(unwritten);
        problems.add(e instanceof BadRecordException known ? known : new BadRecordException(e));
      }
    }
    offsets.add(unsettled);
    buffer.add(operations);
    for (int i = 0; i < bad.size(); i++) {
      deadLetters.send(bad.get(i), problems.get(i));
    }
  }

  /** The aliases of this task's documents. */
  private Set<String> aliases() {
    return config.oneAlias()
        ? Set.of(config.alias(""))
        : context.assignment().stream()
            .map(partition -> config.alias(partition.topic()))
            .filter(Target::isValid) // there is nothing of the others
            .collect(Collectors.toSet());
  }

  private void awaitRoom() {
    try {
      if (!erased.awaitComplete(ROOM_TIMEOUT)) {
        throw retryLater(erased.problem());
      }
      if (!buffer.awaitRoom(ROOM_TIMEOUT)) {
        sender.check();
        String reason = sender.waitingFor();
        throw retryLater(reason.isEmpty() ? "The server cannot keep up with the topic." : reason);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw retryLater("The task is stopping.");
    }
  }

  private UnavailableException retryLater(String reason) {
    context.timeout(RETRY_MILLISECONDS);
    return new UnavailableException(reason + " The records stay in Kafka and will be retried.");
  }

  private void count(Translation.Skip skip) {
    switch (skip) {
      case TOMBSTONE -> metrics.tombstones.increment();
      case ERASED -> metrics.erased.increment();
      case EXPIRED -> metrics.expired.increment();
      default -> throw new IllegalStateException("unknown reason: " + skip);
    }
  }

  /** Reports the records that the server rejected, and settles those whose report is confirmed. */
  private void reportRejected() {
    for (BulkClient.Rejection rejection = bulkClient.rejected();
        rejection != null;
        rejection = bulkClient.rejected()) {
      deadLetters.send(
          rejection.operation(),
          new BadRecordException("Elasticsearch refused the document", rejection.reason()));
    }
    deadLetters.advance();
  }

  @Override
  public Map<TopicPartition, OffsetAndMetadata> preCommit(
      Map<TopicPartition, OffsetAndMetadata> delivered) {
    try {
      reportRejected();
    } catch (RuntimeException e) {
      sender.fail(e); // Connect only logs what fails here; the next put throws it
    }
    return offsets.committable(delivered);
  }

  /** Another task owns these partitions now: their pending records are no longer written. */
  @Override
  public void close(Collection<TopicPartition> partitions) {
    try {
      if (!sender.whileIdle(config.connection().readTimeout(), () -> offsets.drop(partitions))) {
        LOG.warn("A request was still in flight when the partitions were revoked.");
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
    if (traces != null) {
      traces.close();
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
