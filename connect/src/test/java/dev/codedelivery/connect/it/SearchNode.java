package dev.codedelivery.connect.it;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;

/** A node of Elasticsearch or OpenSearch. */
final class SearchNode extends Program {
  final String url;
  private final String product;
  private final int port = freePort();
  private final int transport = freePort();

  SearchNode(String product) throws IOException, InterruptedException {
    super(product);
    this.product = product;
    url = "http://127.0.0.1:" + port;
    Path home = servers().resolve(product);
    for (String name : List.of("config", "data", "logs", "tmp")) {
      Files.createDirectories(folder.resolve(name));
    }
    Files.copy(
        home.resolve("log4j2.properties"),
        folder.resolve("config/log4j2.properties"),
        StandardCopyOption.REPLACE_EXISTING);
    Files.writeString(
        folder.resolve("config/" + product + ".yml"),
        """
        network.host: 127.0.0.1
        http.port: %d
        transport.port: %d
        discovery.type: single-node
        path.data: %s/data
        path.logs: %s/logs
        cluster.routing.allocation.disk.threshold_enabled: false
        indices.breaker.total.use_real_memory: false
        """
            .formatted(port, transport, folder, folder));
    begin();
  }

  /** Starts it, or restarts it with its data. */
  void begin() throws IOException, InterruptedException {
    Path home = servers().resolve(product);
    String tmp = folder.resolve("tmp").toString();
    String option = product.equals("elasticsearch") ? "-Des.path.conf=" : "-Dopensearch.path.conf=";
    start(
        unprivileged(
            List.of(
                java(),
                "@" + home.resolve("java.args"),
                "-Xms192m",
                "-Xmx192m",
                "-Djava.io.tmpdir=" + tmp,
                "-Djna.tmpdir=" + tmp,
                option + folder.resolve("config"),
                Files.readString(home.resolve("main.class")).strip())),
        Map.of(
            "HOME",
            folder.toString(),
            "ES_TMPDIR",
            tmp,
            "OPENSEARCH_TMPDIR",
            tmp,
            "LIBFFI_TMPDIR",
            tmp));
    await(
        () ->
            Http.call("GET", url + "/_cluster/health?wait_for_status=yellow&timeout=1s", null)
                    .status()
                == 200);
  }

  Http.Reply get(String path) {
    return Http.call("GET", url + path, null);
  }

  Http.Reply put(String path, String json) {
    return Http.call("PUT", url + path, json);
  }

  Http.Reply post(String path, String json) {
    return Http.call("POST", url + path, json);
  }

  Http.Reply delete(String path) {
    return Http.call("DELETE", url + path, null);
  }

  /** The number of documents behind an alias or index; -1 when it does not exist. */
  long count(String name) {
    Http.Reply reply = post("/" + name + "/_refresh", "");
    return reply.status() == 200 ? get("/" + name + "/_count").body().path("count").asLong(-1) : -1;
  }

  /** The document with an id. */
  JsonNode document(String name, String id) {
    post("/" + name + "/_refresh", "");
    String query = "{\"query\":{\"ids\":{\"values\":[\"" + id + "\"]}}}";
    return post("/" + name + "/_search", query).body().path("hits").path("hits").path(0);
  }
}
