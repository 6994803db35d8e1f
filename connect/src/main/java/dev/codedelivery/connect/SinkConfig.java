package dev.codedelivery.connect;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;

/** The options of one task, validated and typed. */
final class SinkConfig {
  /** What to do with a record without a value. */
  enum NullValues {
    IGNORE,
    DELETE,
    FAIL
  }

  private final AbstractConfig config;
  final String connector;
  final int task;
  final int batchSize;
  final int bulkBytes;
  final Duration linger;
  final int maxRecords;
  final int maxBytes;
  final Duration backoff;
  final Duration backoffMax;
  final boolean compress;
  final String deadLetterTopic;
  final int deadLetterBytes;
  final boolean keyIsId;
  final List<String> idFields;
  final String keyField;
  final String versionField;
  final NullValues nullValues;
  final boolean byDay;
  final String timeField;
  final String delayField;
  final String repeatField;
  final int retentionDays;
  final String erasedTopic;
  final List<String> erasedFields;
  final String tracingEndpoint;
  final double tracingRatio;
  private final Set<String> fieldNames;
  private final String index;
  private final boolean oneAlias;
  private final boolean lowercase;
  private final boolean firstRecordWins;

  /**
   * Parses the options of a task.
   *
   * @throws ConfigException when one is invalid; its message says what to change
   */
  SinkConfig(Map<String, String> given) {
    config = Options.parse(given);
    OptionChecks.of(config)
        .forEach(
            (option, sentence) -> {
              throw new ConfigException(option + ": " + sentence);
            });
    connector = given.getOrDefault("name", "sink");
    task = config.getInt(Options.TASK_NUMBER);
    batchSize = config.getInt(Options.BATCH_SIZE);
    bulkBytes = config.getInt(Options.BULK_BYTES);
    linger = Duration.ofMillis(config.getInt(Options.LINGER));
    maxRecords = config.getInt(Options.MAX_RECORDS);
    maxBytes = config.getInt(Options.MAX_BYTES);
    backoff = Duration.ofMillis(config.getInt(Options.BACKOFF));
    backoffMax = Duration.ofMillis(config.getInt(Options.BACKOFF_MAX));
    compress = config.getBoolean(Options.COMPRESSION);
    deadLetterTopic = given.getOrDefault(Options.DEAD_LETTER_TOPIC, "");
    deadLetterBytes = config.getInt(Options.DEAD_LETTER_BYTES);
    keyIsId = !config.getBoolean(Options.KEY_IGNORE);
    idFields = config.getList(Options.ID_FIELDS);
    keyField = config.getString(Options.KEY_FIELD);
    versionField = config.getString(Options.VERSION_FIELD);
    nullValues = NullValues.valueOf(config.getString(Options.NULL_VALUES).toUpperCase(Locale.ROOT));
    byDay = config.getString(Options.PERIOD).equals("day");
    timeField = config.getString(Options.TIME_FIELD);
    delayField = config.getString(Options.DELAY_FIELD);
    repeatField = config.getString(Options.REPEAT_FIELD);
    retentionDays = config.getInt(Options.RETENTION);
    erasedTopic = config.getString(Options.ERASED_TOPIC);
    erasedFields = config.getList(Options.ERASED_FIELDS);
    tracingEndpoint = config.getString(Options.TRACING_ENDPOINT).strip();
    tracingRatio = config.getDouble(Options.TRACING_RATIO);
    index = config.getString(Options.INDEX);
    lowercase = config.getBoolean(Options.LOWERCASE);
    firstRecordWins = byDay && !idFields.isEmpty() && versionField.isEmpty();
    oneAlias = !index.contains("${topic}");
    fieldNames =
        Stream.of(idFields, erasedFields, List.of(timeField, keyField, versionField))
            .flatMap(List::stream)
            .map(path -> path.split("\\.")[0])
            .collect(Collectors.toUnmodifiableSet());
  }

  /** The alias of a record's documents. */
  String alias(String topic) {
    return oneAlias ? index : alias(index, topic, lowercase);
  }

  static String alias(String index, String topic, boolean lowercase) {
    return index.replace("${topic}", lowercase ? topic.toLowerCase(Locale.ROOT) : topic);
  }

  /** Why a topic has no alias, and what to do. */
  static String invalidAlias(String topic, String alias) {
    return "The topic "
        + topic
        + " would be indexed as \""
        + alias
        + "\", which is not a valid alias name. Set "
        + Options.LOWERCASE
        + "=true if it is only for its capitals, or set "
        + Options.INDEX
        + " to one name, or rename the topic with the transform RegexRouter.";
  }

  /** Whether the records of all topics share one alias. */
  boolean oneAlias() {
    return oneAlias;
  }

  /**
   * Whether documents never change: one id for one content, in an index of its own day. The first
   * record with an id is the document, and later ones are repeats.
   */
  boolean firstRecordWins() {
    return firstRecordWins;
  }

  /**
   * The maximum number of requests in flight. It is one where an id may repeat without a version,
   * or be deleted: only the order tells which record is the newest.
   */
  int inFlight() {
    boolean repeats = keyIsId || !idFields.isEmpty();
    boolean deletes = nullValues == NullValues.DELETE;
    boolean ordered = deletes || repeats && versionField.isEmpty() && !firstRecordWins;
    return ordered ? 1 : config.getInt(Options.IN_FLIGHT);
  }

  /** The top-level fields of a value that the sink itself reads. */
  Set<String> fieldNames() {
    return fieldNames;
  }

  /** The fields that the sink adds to documents. */
  Set<String> addedFields() {
    return Stream.of(delayField, repeatField)
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toUnmodifiableSet());
  }

  ObjectNode mapping() {
    return Mapping.read(config.getString(Options.MAPPING));
  }

  ObjectNode settings() {
    return Mapping.object(config.getString(Options.SETTINGS));
  }

  /** The connection settings. */
  SearchServer.Connection connection() {
    return new SearchServer.Connection(
        config.getList(Options.URL),
        config.getString(Options.USERNAME),
        config.getPassword(Options.PASSWORD).value(),
        config.getPassword(Options.API_KEY).value(),
        Duration.ofMillis(config.getInt(Options.CONNECT_TIMEOUT)),
        Duration.ofMillis(config.getInt(Options.READ_TIMEOUT)),
        config.getString(Options.TRUSTSTORE),
        config.getString(Options.TRUSTSTORE_TYPE),
        config.getPassword(Options.TRUSTSTORE_PASSWORD).value());
  }

  /** The properties of the consumer of the erased ids. */
  Map<String, Object> erasedConsumer() {
    return new HashMap<>(config.originalsWithPrefix(Options.ERASED_CONSUMER));
  }
}
