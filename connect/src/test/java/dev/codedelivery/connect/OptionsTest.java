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
