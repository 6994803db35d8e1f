package dev.codedelivery.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;

class OptionsTest {
  private static void refused(String option, String sentence, String... more) {
    Config config = new ElasticsearchSinkConnector().validate(Fixtures.options(more));
    List<String> errors =
        config.configValues().stream()
            .filter(v -> v.name().equals(option))
            .flatMap(v -> v.errorMessages().stream())
            .toList();
    assertTrue(errors.stream().anyMatch(error -> error.contains(sentence)), option + ": " + errors);
  }

  @Test
  void goodOptionsHaveNoErrors() {
    Config config =
        new ElasticsearchSinkConnector()
            .validate(
                Fixtures.options(
                    "topics",
                    "t",
                    "transforms",
                    "x",
                    "errors.tolerance",
                    "all",
                    "tasks.max",
                    "2",
                    "value.converter.schemas.enable",
                    "false",
                    "consumer.override.max.poll.records",
                    "500"));
    assertEquals(
        List.of(),
        config.configValues().stream().flatMap(v -> v.errorMessages().stream()).toList());
  }

  private static List<Object> waiting(String connector) {
    Config config = new ElasticsearchSinkConnector().validate(Fixtures.options("name", connector));
    return config.configValues().stream()
        .filter(v -> v.name().equals(ElasticsearchSinkConnector.WAITING))
        .peek(v -> assertEquals(List.of(), v.errorMessages(), "no error"))
        .map(value -> value.value())
        .toList();
  }

  @Test
  void aValidationSaysWhatTheTasksOfThatConnectorHaveLongBeenWaitingFor() {
    Metrics first = new Metrics();
    Metrics second = new Metrics();
    first.register("a \"quoted\" name*", 0);
    second.register("a \"quoted\" name*", 1);
    try {
      assertEquals(List.of(), waiting("a \"quoted\" name*"));
      second.waitingFor = () -> "The index is closed.";
      second.waitingSeconds = () -> 9;
      assertEquals(List.of(), waiting("a \"quoted\" name*"));
      second.waitingSeconds = () -> 10;
      assertEquals(List.of("The index is closed."), waiting("a \"quoted\" name*"));
      first.waitingFor = () -> "The server does not answer.";
      first.waitingSeconds = () -> 60;
      assertEquals(List.of("The server does not answer."), waiting("a \"quoted\" name*"));
      assertEquals(List.of(), waiting("another"));
    } finally {
      first.unregister();
      second.unregister();
    }
    assertEquals(List.of(), waiting("a \"quoted\" name*"));
  }

  @Test
  void contradictingOptionsAreRejected() {
    refused("connection.password", "A username needs a password", "connection.username", "u");
    refused("connection.username", "A username needs a password", "connection.password", "p");
    refused(
        "connection.api.key",
        "A username is set as well",
        "connection.username",
        "u",
        "connection.password",
        "p",
        "connection.api.key",
        "k");
    refused("document.id.fields", "The id is either", "key.ignore", "false");
    refused(
        "external.version.field",
        "no document ever changes",
        "document.id.fields",
        "",
        "external.version.field",
        "v");
    refused("behavior.on.null.values", "only by its key", "behavior.on.null.values", "delete");
    refused(
        "behavior.on.null.values",
        "does not say which day's index",
        "behavior.on.null.values",
        "delete",
        "key.ignore",
        "false",
        "document.id.fields",
        "");
    refused(
        "delay.field",
        "needs a time to be measured from",
        "delay.field",
        "late",
        "index.time.field",
        "");
    refused("delay.field", "The connector reads the field at", "delay.field", "at");
    refused("repeat.field", "The connector reads the field seq", "repeat.field", "seq");
    refused("repeat.field", "the same field", "delay.field", "x", "repeat.field", "x");
    refused("retention.days", "Only daily indices", "retention.days", "7", "index.period", "none");
    refused("index.time.field", "has no effect without", "index.period", "none");
    refused("max.buffered.records", "It is less than batch.size", "max.buffered.records", "10");
    refused("max.buffered.bytes", "It is less than bulk.size.bytes", "max.buffered.bytes", "2000");
    refused(
        "retry.backoff.max.ms", "It is less than retry.backoff.ms", "retry.backoff.max.ms", "5");
    refused("erased.topic", "erased.consumer.bootstrap.servers", "erased.topic", "erased");
    refused("erased.topic", "not the topic", "erased.fields", "deliveryId");
    refused(
        "elastic.https.ssl.truststore.location",
        "no effect",
        "elastic.https.ssl.truststore.location",
        "/nowhere");
    refused(
        "elastic.https.ssl.truststore.location",
        "cannot be read on this worker",
        "connection.url",
        "https://127.0.0.1",
        "elastic.https.ssl.truststore.location",
        "/nowhere");
  }

  @Test
  void aPasswordIsNotSentUnencryptedToAnotherMachine() {
    String[] user = {"connection.username", "u", "connection.password", "p"};
    for (String address : List.of("http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1")) {
      assertEquals(Map.of(), problems(address, user), address);
    }
    String far = "http://10.0.0.1:9200";
    String sentence = problems("https://10.0.0.2:9200," + far, user).get("connection.url");
    assertEquals(
        "The password would be sent unencrypted to http://10.0.0.1:9200. Use https://, or set"
            + " connection.allow.plain.password=true if something else encrypts the connection,"
            + " such as a service mesh.",
        sentence);
    assertTrue(
        problems(far, "connection.api.key", "k")
            .get("connection.url")
            .startsWith("The API key would be sent unencrypted"));
    assertEquals(Map.of(), problems(far));
    assertEquals(
        Map.of(),
        problems(far, "connection.api.key", "k", "connection.allow.plain.password", "true"));
    assertEquals(Map.of(), problems("https://10.0.0.1:9200", user));
  }

  private static Map<String, String> problems(String address, String... more) {
    Map<String, String> options = Fixtures.options(more);
    options.put("connection.url", address);
    return OptionChecks.of(Options.parse(options));
  }

  @Test
  void addressesAndNamesThatDoNotExistAreRejected() {
    refused(
        "connection.url", "does not resolve", "connection.url", "http://no-such-host.invalid:9200");
    refused("connection.url", "is not a valid address", "connection.url", "elasticsearch:9200");
    refused(
        "connection.url",
        "must not contain a username or password",
        "connection.url",
        "http://u:p@127.0.0.1");
    refused("index.mapping", "There is no mapping \"places\"", "index.mapping", "places");
    refused("index.mapping", "no object \"properties\"", "index.mapping", "{}");
    refused("index.settings", "It is not valid JSON", "index.settings", "{\"a\":");
    refused("index", "is not a valid alias name", "index", "Positions");
    refused("index.period", "hour", "index.period", "hour");
    refused("tracing.endpoint", "is not a valid address", "tracing.endpoint", "collector:4318");
    refused("tracing.sampling.ratio", "no more than 1", "tracing.sampling.ratio", "2");
  }

  @Test
  void noMessageAboutAnAddressHasThePasswordInIt() {
    String address = "http://u:hunt@er2@127.0.0.1:1";
    String shown = "\"http://…@127.0.0.1:1\" is not a valid address";
    Map<String, String> problems = problems(address, "tracing.endpoint", address);
    for (String option : List.of("connection.url", "tracing.endpoint")) {
      assertTrue(problems.get(option).startsWith(shown), problems.get(option));
    }
    assertEquals("https://…@host/otlp", Text.withoutLogin("https://u:p@host/otlp"));
    assertEquals("…@host:4318", Text.withoutLogin("u:p@host:4318"));
    assertEquals("host:4318", Text.withoutLogin("host:4318"));
  }

  @Test
  void anUnknownOptionIsRejectedWithTheClosestKnownOne() {
    refused("bach.size", "Did you mean batch.size?", "bach.size", "1");
    refused("conection.url", "Did you mean connection.url?", "conection.url", "x");
    refused("type.name", "There is no option type.name.", "type.name", "_doc");
    assertEquals(
        Map.of(),
        UnknownOptions.in(
            List.of(
                "name",
                "errors.log.enable",
                "transforms.a.type",
                "erased.consumer.sasl.jaas.config",
                "topics.regex")));
  }

  @Test
  void aTaskWithInvalidOptionsDoesNotStart() {
    ConfigException problem =
        assertThrows(ConfigException.class, () -> Fixtures.config("key.ignore", "false"));
    assertTrue(
        problem.getMessage().startsWith("document.id.fields: The id is either"),
        problem.getMessage());
  }

  @Test
  void oneRequestAtATimeWhereOnlyTheOrderTellsWhichRecordIsTheNewest() {
    assertEquals(3, Fixtures.config().inFlight());
    assertEquals(3, Fixtures.config("document.id.fields", "").inFlight());
    assertEquals(3, Fixtures.states("external.version.field", "version").inFlight());
    assertEquals(1, Fixtures.states().inFlight());
    assertEquals(
        1,
        Fixtures.states("external.version.field", "version", "behavior.on.null.values", "delete")
            .inFlight());
  }

  @Test
  void theBuiltInMappingsAreReadAndNotDynamic() {
    for (String name : List.of("positions", "requests", "plans", "states")) {
      assertEquals("false", Mapping.read(name).path("dynamic").asText());
    }
    assertEquals(
        "strict",
        Mapping.read("{\"dynamic\":\"strict\",\"properties\":{}}").path("dynamic").asText());
  }

  @Test
  void aMappingIsCoveredByTheServersVersionOfIt() {
    var wanted = Mapping.read("{\"properties\":{\"a\":{\"type\":\"keyword\"}}}");
    assertTrue(
        Mapping.covers(
            Mapping.object(
                "{\"dynamic\":\"false\",\"properties\":{\"a\":{\"type\":\"keyword\"},\"b\":{\"type\":\"long\"}}}"),
            wanted));
    assertTrue(
        !Mapping.covers(
            Mapping.object("{\"dynamic\":\"false\",\"properties\":{\"a\":{\"type\":\"text\"}}}"),
            wanted));
    assertTrue(
        !Mapping.covers(Mapping.object("{\"properties\":{\"a\":{\"type\":\"keyword\"}}}"), wanted));
  }

  @Test
  void aTopicThatMakesNoValidIndexIsRejectedWithTheWayOut() {
    for (String topic : List.of("Orders", "_orders", ".orders", "x".repeat(201))) {
      refused(
          "index",
          "The topic " + topic + " would be indexed as \"" + topic + "\"",
          "index",
          "${topic}",
          "topics",
          "a, " + topic);
    }
    refused("index", "Set index.lowercase=true", "index", "${topic}", "topics", "Orders");
    for (String[] good :
        new String[][] {
          {"index", "${topic}", "topics", "Orders, b", "index.lowercase", "true"},
          {"index", "${topic}", "topics", "orders"},
          {"index", "${topic}", "topics", "Orders", "transforms", "rename"},
          {"index", "o-${topic}", "topics", "_orders"},
          {"topics", "Orders"}
        }) {
      Fixtures.config(good);
    }
  }
}
