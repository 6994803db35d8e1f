package dev.codedelivery.connect;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Range.between;
import static org.apache.kafka.common.config.ConfigDef.ValidString.in;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Type;

/** The options: names, types, defaults and what they are for. docs/sink.md groups them. */
final class Options {
  static final String URL = "connection.url";
  static final String USERNAME = "connection.username";
  static final String PASSWORD = "connection.password";
  static final String API_KEY = "connection.api.key";
  static final String PLAIN_PASSWORD = "connection.allow.plain.password";
  static final String COMPRESSION = "connection.compression";
  static final String CONNECT_TIMEOUT = "connection.timeout.ms";
  static final String READ_TIMEOUT = "read.timeout.ms";
  static final String TRUSTSTORE = "elastic.https.ssl.truststore.location";
  static final String TRUSTSTORE_TYPE = "elastic.https.ssl.truststore.type";
  static final String TRUSTSTORE_PASSWORD = "elastic.https.ssl.truststore.password";
  static final String BATCH_SIZE = "batch.size";
  static final String BULK_BYTES = "bulk.size.bytes";
  static final String LINGER = "linger.ms";
  static final String IN_FLIGHT = "max.in.flight.requests";
  static final String MAX_RECORDS = "max.buffered.records";
  static final String MAX_BYTES = "max.buffered.bytes";
  static final String BACKOFF = "retry.backoff.ms";
  static final String BACKOFF_MAX = "retry.backoff.max.ms";
  static final String DEAD_LETTER_BYTES = "dead.letter.max.bytes";
  static final String KEY_IGNORE = "key.ignore";
  static final String ID_FIELDS = "document.id.fields";
  static final String KEY_FIELD = "document.key.field";
  static final String VERSION_FIELD = "external.version.field";
  static final String NULL_VALUES = "behavior.on.null.values";
  static final String INDEX = "index";
  static final String LOWERCASE = "index.lowercase";
  static final String PERIOD = "index.period";
  static final String TIME_FIELD = "index.time.field";
  static final String DELAY_FIELD = "delay.field";
  static final String REPEAT_FIELD = "repeat.field";
  static final String MAPPING = "index.mapping";
  static final String SETTINGS = "index.settings";
  static final String RETENTION = "retention.days";
  static final String ERASED_TOPIC = "erased.topic";
  static final String ERASED_FIELDS = "erased.fields";
  static final String TRACING_ENDPOINT = "tracing.endpoint";
  static final String TRACING_RATIO = "tracing.sampling.ratio";

  /** Options with this prefix are passed, without it, to the consumer of {@link #ERASED_TOPIC}. */
  static final String ERASED_CONSUMER = "erased.consumer.";

  /** Connect's own. */
  static final String TOPICS = "topics";

  /** Connect's own. */
  static final String TRANSFORMS = "transforms";

  /** Connect's own. */
  static final String DEAD_LETTER_TOPIC = "errors.deadletterqueue.topic.name";

  /** The index of the task, from 0; set by the connector. */
  static final String TASK_NUMBER = "task.number";

  /** A shortened letter fits into this with all its headers. */
  private static final int MIN_DEAD_LETTER = 32 * 1024;

  static final ConfigDef DEFINITION = define();

  private Options() {}

  /** Parses the options; throws a ConfigException for one that cannot be parsed. */
  static AbstractConfig parse(Map<String, String> given) {
    return new AbstractConfig(DEFINITION, given, false);
  }

  private static ConfigDef define() {
    OptionGroups d = new OptionGroups();
    d.group("Connection");
    d.list(
        URL,
        ConfigDef.NO_DEFAULT_VALUE,
        HIGH,
        "Addresses of the server's nodes, such as https://es:9200. If a node does not respond, the"
            + " next one is used.");
    d.text(USERNAME, "", null, MEDIUM, "The username for basic authentication.");
    d.secret(PASSWORD, "The password for basic authentication.");
    d.secret(
        API_KEY,
        "An API key as Elasticsearch encodes it (base64 of id:key), in place of a username and"
            + " password.");
    d.define(
        PLAIN_PASSWORD,
        Type.BOOLEAN,
        false,
        null,
        LOW,
        "Whether a password or an API key may be sent over http://, unencrypted. Only where"
            + " something else encrypts the connection, such as a service mesh.");
    d.define(
        COMPRESSION, Type.BOOLEAN, false, null, LOW, "Whether to compress requests with gzip.");
    d.number(
        CONNECT_TIMEOUT,
        5_000,
        atLeast(1),
        LOW,
        "How long to wait for a connection, in milliseconds.");
    d.number(
        READ_TIMEOUT,
        60_000,
        atLeast(1),
        LOW,
        "How long to wait for the response to a request, in milliseconds.");
    d.text(
        TRUSTSTORE,
        "",
        null,
        MEDIUM,
        "A file with the certificate authorities to trust. Empty: those of the Java runtime.");
    d.text(
        TRUSTSTORE_TYPE,
        "PEM",
        in("PEM", "PKCS12", "JKS"),
        LOW,
        "The format of the truststore file.");
    d.secret(TRUSTSTORE_PASSWORD, "The password of a PKCS12 or JKS truststore.");

    d.group("Batches");
    d.number(
        BATCH_SIZE, 2_000, atLeast(1), MEDIUM, "The maximum number of documents in a request.");
    d.number(
        BULK_BYTES,
        5 * 1024 * 1024,
        atLeast(1_024),
        MEDIUM,
        "The maximum size of a request in bytes, before compression. A larger document is a bad"
            + " record.");
    d.number(
        LINGER,
        50,
        atLeast(0),
        MEDIUM,
        "How long a document waits for others to fill its request, in milliseconds.");
    d.number(
        IN_FLIGHT,
        3,
        between(1, 100),
        MEDIUM,
        "The maximum number of requests in flight, per task.");
    d.number(
        MAX_RECORDS,
        6_000,
        atLeast(1),
        MEDIUM,
        "The maximum number of records that a task holds before it stops taking more from Kafka."
            + " One poll may exceed it.");
    d.number(
        MAX_BYTES, 32 * 1024 * 1024, atLeast(1_024), LOW, "The same limit, in bytes of documents.");
    d.number(
        BACKOFF,
        100,
        atLeast(1),
        LOW,
        "How long to wait before the first retry, in milliseconds; doubled for each further one."
            + " The number of retries is unlimited.");
    d.number(
        BACKOFF_MAX, 5_000, atLeast(1), LOW, "The maximum wait between retries, in milliseconds.");

    d.number(
        DEAD_LETTER_BYTES,
        1_000_000,
        atLeast(MIN_DEAD_LETTER),
        LOW,
        "A larger record is written to the dead-letter topic shortened. At most the topic's"
            + " max.message.bytes and the producer's max.request.size.");

    d.group("Documents");
    d.define(
        KEY_IGNORE,
        Type.BOOLEAN,
        true,
        null,
        HIGH,
        "true: the id is topic+partition+offset, unless document.id.fields is set; false: the id is"
            + " the record's key.");
    d.list(
        ID_FIELDS,
        List.of(),
        HIGH,
        "Fields of the value that form the id, joined by ':'. With daily indices and without a"
            + " version, the first record with an id is the document; a later one does not change"
            + " it.");
    d.text(
        KEY_FIELD,
        "",
        null,
        MEDIUM,
        "A field of the value that must be equal to the record's key: a record with another key is"
            + " a bad record. Empty: any key.");
    d.text(
        VERSION_FIELD,
        "",
        null,
        HIGH,
        "A field of the value with a number that increases with each change of the document: an"
            + " older record never replaces a newer one (external_gte).");
    d.text(
        NULL_VALUES,
        "ignore",
        in("ignore", "delete", "fail"),
        HIGH,
        "What to do with a record without a value (a tombstone): ignore it, delete the document"
            + " with its key as id, or fail it as a bad record.");

    d.group("Indices");
    d.text(
        INDEX,
        "${topic}",
        null,
        HIGH,
        "The alias of all documents. ${topic} is replaced with the record's topic.");
    d.define(
        LOWERCASE,
        Type.BOOLEAN,
        false,
        null,
        LOW,
        "Whether the topic's capitals become small letters in ${topic}: the server takes none in an"
            + " alias.");
    d.text(
        PERIOD,
        "day",
        in("day", "none"),
        HIGH,
        "day: one index per day (UTC) behind the alias; none: a single index.");
    d.text(
        TIME_FIELD,
        "",
        null,
        HIGH,
        "The field of the value that determines the day: milliseconds since 1970, or ISO 8601."
            + " Empty: the record's timestamp.");
    d.text(
        DELAY_FIELD,
        "",
        null,
        LOW,
        "A field to add to each document: the delay in milliseconds between the time in"
            + " index.time.field and the record's timestamp in Kafka. Empty: none.");
    d.text(
        REPEAT_FIELD,
        "",
        null,
        LOW,
        "A field to add, with the value true, to a document whose id was already among the task's"
            + " latest 16384 records. Empty: none.");
    d.text(
        MAPPING,
        ConfigDef.NO_DEFAULT_VALUE,
        null,
        HIGH,
        "The mapping: positions, requests, plans or states, which are built in, or a JSON object"
            + " with \"properties\". \"dynamic\" defaults to false.");
    d.text(
        SETTINGS,
        "{\"index\":{\"number_of_shards\":\"1\",\"auto_expand_replicas\":\"0-1\"}}",
        null,
        MEDIUM,
        "The settings of new indices, as a JSON object.");
    d.number(
        RETENTION,
        0,
        between(0, 36_500),
        HIGH,
        "The number of days to keep besides today. Older indices are deleted and older records are"
            + " skipped. 0: keep all.");

    d.group("Erased ids");
    d.text(
        ERASED_TOPIC,
        "",
        null,
        MEDIUM,
        "A compacted topic whose keys are the erased ids, which must not be indexed again. Empty:"
            + " none.");
    d.list(
        ERASED_FIELDS,
        List.of(),
        MEDIUM,
        "Fields of the value: a record with an erased id in one of them, or as its document's id,"
            + " is skipped.");

    d.group("Traces");
    d.text(
        TRACING_ENDPOINT,
        "",
        null,
        LOW,
        "The address of a collector that takes OTLP over HTTP, such as http://collector:4318: a"
            + " span for the first document of each trace that the records' headers traceparent"
            + " name. Empty: no traces.");
    d.define(
        TRACING_RATIO,
        Type.DOUBLE,
        1.0,
        between(0, 1),
        LOW,
        "The part of all traces that is recorded, from 0 to 1. The trace's id decides.");
    d.internal(TASK_NUMBER, 0);
    return d.definition();
  }
}
