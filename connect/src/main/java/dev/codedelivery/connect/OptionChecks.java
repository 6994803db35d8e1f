package dev.codedelivery.connect;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.config.AbstractConfig;

/** Finds what validating each option alone cannot: contradictions. */
final class OptionChecks {
  private final AbstractConfig config;
  private final Map<String, String> problems = new LinkedHashMap<>();

  private OptionChecks(AbstractConfig config) {
    this.config = config;
  }

  /** The invalid options, each with a message; empty when all are valid. */
  static Map<String, String> of(AbstractConfig config) {
    OptionChecks checks = new OptionChecks(config);
    checks.connection();
    checks.batches();
    checks.documents();
    checks.indices();
    checks.erased();
    checks.tracing();
    return checks.problems;
  }

  private void connection() {
    List<String> addresses = config.getList(Options.URL);
    if (addresses.isEmpty()) {
      problem(
          Options.URL,
          "It is empty. Set it to the server's address, such as https://elasticsearch:9200.");
    }
    for (String address : addresses) {
      if (!Addresses.isValid(address)) {
        problem(
            Options.URL,
            "\""
                + Text.withoutLogin(address)
                + "\" is not a valid address. Write it as https://host:9200 (or http://).");
      } else if (URI.create(address).getUserInfo() != null) {
        problem(
            Options.URL,
            "The address must not contain a username or password. Use "
                + Options.USERNAME
                + " and "
                + Options.PASSWORD
                + " instead.");
      }
    }
    boolean user = !text(Options.USERNAME).isEmpty();
    if (user != has(Options.PASSWORD)) {
      problem(
          user ? Options.PASSWORD : Options.USERNAME,
          "A username needs a password, and a password needs a username. Set both or neither.");
    }
    if (user && has(Options.API_KEY)) {
      problem(
          Options.API_KEY,
          "A username is set as well. Set either "
              + Options.USERNAME
              + " or "
              + Options.API_KEY
              + ".");
    }
    if ((has(Options.PASSWORD) || has(Options.API_KEY))
        && !config.getBoolean(Options.PLAIN_PASSWORD)) {
      addresses.stream()
          .filter(Addresses::isUnencrypted)
          .findFirst()
          .ifPresent(
              address ->
                  problem(
                      Options.URL,
                      "The "
                          + (has(Options.PASSWORD) ? "password" : "API key")
                          + " would be sent unencrypted to "
                          + address
                          + ". Use https://, or set "
                          + Options.PLAIN_PASSWORD
                          + "=true if something else encrypts the connection, such as a service"
                          + " mesh."));
    }
    String truststore = text(Options.TRUSTSTORE);
    if (!truststore.isEmpty() && addresses.stream().noneMatch(a -> a.startsWith("https:"))) {
      problem(Options.TRUSTSTORE, "It has no effect because no address begins with https://.");
    } else if (!truststore.isEmpty() && !Files.isReadable(Path.of(truststore))) {
      problem(
          Options.TRUSTSTORE,
          "The file "
              + truststore
              + " cannot be read on this worker. Mount it so that the worker's user can read it.");
    }
  }

  private void batches() {
    if (config.getInt(Options.BATCH_SIZE) > config.getInt(Options.MAX_RECORDS)) {
      problem(
          Options.MAX_RECORDS,
          "It is less than "
              + Options.BATCH_SIZE
              + ", so a batch would never be full. Raise this one or lower the other.");
    }
    if (config.getInt(Options.BULK_BYTES) > config.getInt(Options.MAX_BYTES)) {
      problem(
          Options.MAX_BYTES,
          "It is less than "
              + Options.BULK_BYTES
              + ", so a batch would never be full. Raise this one or lower the other.");
    }
    if (config.getInt(Options.BACKOFF) > config.getInt(Options.BACKOFF_MAX)) {
      problem(
          Options.BACKOFF_MAX,
          "It is less than " + Options.BACKOFF + ". Raise this one or lower the other.");
    }
  }

  private void documents() {
    boolean key = !config.getBoolean(Options.KEY_IGNORE);
    boolean fields = !config.getList(Options.ID_FIELDS).isEmpty();
    if (key && fields) {
      problem(
          Options.ID_FIELDS,
          "The id is either the record's key or made of fields. Leave "
              + Options.KEY_IGNORE
              + " at true, or remove this option.");
    }
    if (!key && !fields && !text(Options.VERSION_FIELD).isEmpty()) {
      problem(
          Options.VERSION_FIELD,
          "With ids of topic+partition+offset no document ever changes. Set "
              + Options.KEY_IGNORE
              + "=false or "
              + Options.ID_FIELDS
              + ", or remove this option.");
    }
    if (text(Options.NULL_VALUES).equals("delete")) {
      if (!key) {
        problem(
            Options.NULL_VALUES,
            "A tombstone identifies the document to delete only by its key. Set "
                + Options.KEY_IGNORE
                + "=false, or choose ignore or fail.");
      }
      if (byDay()) {
        problem(
            Options.NULL_VALUES,
            "A tombstone does not say which day's index holds the document to delete. Set "
                + Options.PERIOD
                + "=none, or choose ignore or fail.");
      }
    }
  }

  private void indices() {
    String index = text(Options.INDEX).replace("${topic}", "topic");
    if (!Target.isValid(index)) {
      problem(
          Options.INDEX,
          "\"" + text(Options.INDEX) + "\" is not a valid alias name. Use " + Target.VALID + ".");
    }
    topics();
    if (!byDay() && config.getInt(Options.RETENTION) > 0) {
      problem(
          Options.RETENTION,
          "Only daily indices can be deleted by day. Set "
              + Options.PERIOD
              + "=day, or remove this option.");
    }
    if (!text(Options.DELAY_FIELD).isEmpty() && text(Options.TIME_FIELD).isEmpty()) {
      problem(
          Options.DELAY_FIELD,
          "A delay needs a time to be measured from. Set " + Options.TIME_FIELD + " too.");
    }
    added(Options.DELAY_FIELD);
    added(Options.REPEAT_FIELD);
    if (!text(Options.DELAY_FIELD).isEmpty()
        && text(Options.DELAY_FIELD).equals(text(Options.REPEAT_FIELD))) {
      problem(
          Options.REPEAT_FIELD,
          "It is the same field as " + Options.DELAY_FIELD + ". Give each a name of its own.");
    }
    if (!byDay() && !text(Options.TIME_FIELD).isEmpty()) {
      problem(
          Options.TIME_FIELD,
          "It has no effect without " + Options.PERIOD + "=day. Set that, or remove this option.");
    }
    json(Options.MAPPING, () -> Mapping.read(text(Options.MAPPING)));
    json(Options.SETTINGS, () -> Mapping.object(text(Options.SETTINGS)));
  }

  /** With an index per topic, each topic must make a valid one, unless a transform renames it. */
  private void topics() {
    Map<String, Object> given = config.originals();
    String topics = String.valueOf(given.getOrDefault(Options.TOPICS, ""));
    if (given.containsKey(Options.TRANSFORMS)) {
      return;
    }
    for (String topic : topics.split(",")) {
      String alias =
          SinkConfig.alias(
              text(Options.INDEX), topic.strip(), config.getBoolean(Options.LOWERCASE));
      if (!topic.isBlank() && !Target.isValid(alias)) {
        problem(Options.INDEX, SinkConfig.invalidAlias(topic.strip(), alias));
      }
    }
  }

  /** A field that the sink adds must not be one that it reads: a record cannot have both. */
  private void added(String option) {
    String field = text(option);
    boolean read =
        Stream.of(
                config.getList(Options.ID_FIELDS),
                config.getList(Options.ERASED_FIELDS),
                List.of(
                    text(Options.TIME_FIELD), text(Options.KEY_FIELD), text(Options.VERSION_FIELD)))
            .flatMap(List::stream)
            .anyMatch(path -> path.split("\\.")[0].equals(field));
    if (!field.isEmpty() && read) {
      problem(
          option,
          "The connector reads the field "
              + field
              + " of each record, so it cannot add a field of that name. Choose another name.");
    }
  }

  private void json(String option, java.util.function.Supplier<JsonNode> reading) {
    try {
      reading.get();
    } catch (IllegalArgumentException e) {
      problem(option, e.getMessage());
    }
  }

  private void erased() {
    Set<String> consumer = config.originalsWithPrefix(Options.ERASED_CONSUMER).keySet();
    boolean topic = !text(Options.ERASED_TOPIC).isEmpty();
    if (topic && !consumer.contains("bootstrap.servers")) {
      problem(
          Options.ERASED_TOPIC,
          "The sink reads this topic with its own consumer. Set "
              + Options.ERASED_CONSUMER
              + "bootstrap.servers to the address of Kafka.");
    }
    if (!topic && !(consumer.isEmpty() && config.getList(Options.ERASED_FIELDS).isEmpty())) {
      problem(
          Options.ERASED_TOPIC,
          "Options for erased ids are set, but not the topic that holds the ids. Set it, or remove"
              + " the other erased.* options.");
    }
  }

  private void tracing() {
    String endpoint = text(Options.TRACING_ENDPOINT).strip();
    if (!endpoint.isEmpty() && !Addresses.isValid(endpoint)) {
      problem(
          Options.TRACING_ENDPOINT,
          "\""
              + Text.withoutLogin(endpoint)
              + "\" is not a valid address. Write it as http://host:4318 (or https://), without"
              + " /v1/traces.");
    }
  }

  private boolean byDay() {
    return text(Options.PERIOD).equals("day");
  }

  private boolean has(String secret) {
    return !config.getPassword(secret).value().isEmpty();
  }

  private String text(String option) {
    return config.getString(option);
  }

  private void problem(String option, String sentence) {
    problems.putIfAbsent(option, sentence);
  }
}
