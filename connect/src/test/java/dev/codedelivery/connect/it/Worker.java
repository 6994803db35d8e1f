package dev.codedelivery.connect.it;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** A Connect worker with the sink as a plugin. */
final class Worker extends Program {
  private final String url;
  private final int jmx = freePort();
  private final List<String> command;

  /** Starts a worker with additional JVM arguments. */
  Worker(KafkaServer kafka, String... java) throws IOException, InterruptedException {
    super("connect");
    int port = freePort();
    url = "http://127.0.0.1:" + port;
    Path plugin = Files.createDirectories(folder.resolve("plugins/sink"));
    try (var built = Files.list(Path.of("target"))) {
      for (Path jar :
          built
              .filter(
                  p -> p.getFileName().toString().matches("code-delivery-connect-[0-9.]+\\.jar"))
              .toList()) {
        Files.copy(jar, plugin.resolve(jar.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    for (String topic : List.of("configs", "offsets", "status")) {
      kafka.create("connect-" + topic, 1, Map.of("cleanup.policy", "compact"));
    }
    Files.writeString(
        folder.resolve("worker.properties"),
        """
        bootstrap.servers=%s
        group.id=connect
        listeners=%s
        key.converter=org.apache.kafka.connect.storage.StringConverter
        value.converter=org.apache.kafka.connect.json.JsonConverter
        value.converter.schemas.enable=false
        config.storage.topic=connect-configs
        offset.storage.topic=connect-offsets
        status.storage.topic=connect-status
        config.storage.replication.factor=1
        offset.storage.replication.factor=1
        status.storage.replication.factor=1
        offset.flush.interval.ms=2000
        scheduled.rebalance.max.delay.ms=1000
        plugin.path=%s/plugins
        plugin.discovery=service_load
        """
            .formatted(kafka.address, url, folder));
    command = new ArrayList<>(List.of(java(), "-XX:+UseSerialGC"));
    command.addAll(List.of(java));
    command.addAll(
        List.of(
            "-Dcom.sun.management.jmxremote.port=" + jmx,
            "-Dcom.sun.management.jmxremote.host=127.0.0.1",
            "-Dcom.sun.management.jmxremote.rmi.port=" + jmx,
            "-Djava.rmi.server.hostname=127.0.0.1",
            "-Dcom.sun.management.jmxremote.authenticate=false",
            "-Dcom.sun.management.jmxremote.ssl=false"));
    command.addAll(
        List.of(
            "-Dlog4j2.configurationFile=" + servers().resolve("log4j2.properties"),
            "-cp",
            servers().resolve("connect") + "/*"));
    command.addAll(
        List.of("org.apache.kafka.connect.cli.ConnectDistributed", folder + "/worker.properties"));
    begin();
  }

  /** Starts it, or restarts it. */
  void begin() throws IOException {
    // As in the image: with shared arenas, threads leave less memory unused.
    start(command, Map.of("MALLOC_ARENA_MAX", "2"));
    await(() -> Http.call("GET", url + "/connectors", null).status() == 200);
  }

  /** Creates or updates a connector; returns the worker's response. */
  Http.Reply configure(String name, Map<String, String> options) {
    Map<String, String> all = new HashMap<>(options);
    all.put("connector.class", "dev.codedelivery.connect.ElasticsearchSinkConnector");
    try {
      String json = Http.JSON.writeValueAsString(all);
      Http.Reply[] reply = new Http.Reply[1];
      Await.until(
          "The worker keeps responding 409, as during a rebalance",
          () -> {
            reply[0] = Http.call("PUT", url + "/connectors/" + name + "/config", json);
            return reply[0].status() != 409;
          });
      return reply[0];
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  void delete(String name) {
    Await.until(
        "The connector " + name + " cannot be deleted",
        () ->
            List.of(204, 404)
                .contains(Http.call("DELETE", url + "/connectors/" + name, null).status()));
  }

  void restart(String name) {
    Await.until(
        "The connector " + name + " cannot be restarted",
        () ->
            List.of(200, 202, 204)
                .contains(
                    Http.call(
                            "POST",
                            url + "/connectors/" + name + "/restart?includeTasks=true",
                            null)
                        .status()));
  }

  /** The state of the first task, with its trace. */
  JsonNode task(String name) {
    return Http.call("GET", url + "/connectors/" + name + "/status", null)
        .body()
        .path("tasks")
        .path(0);
  }

  /** An attribute of a task's metrics. */
  Object metric(String connector, String attribute) throws IOException, JMException {
    JMXServiceURL service =
        new JMXServiceURL("service:jmx:rmi:///jndi/rmi://127.0.0.1:" + jmx + "/jmxrmi");
    try (JMXConnector client = JMXConnectorFactory.connect(service)) {
      MBeanServerConnection beans = client.getMBeanServerConnection();
      return beans.getAttribute(
          new ObjectName(
              "dev.codedelivery.connect:type=sink-task,connector="
                  + ObjectName.quote(connector)
                  + ",task=0"),
          attribute);
    }
  }
}
