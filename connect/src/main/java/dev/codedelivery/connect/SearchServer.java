package dev.codedelivery.connect;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.connect.errors.ConnectException;

/** Sends HTTP requests to the server's nodes; if one does not respond, to the next. */
final class SearchServer implements AutoCloseable {
  /** The connection settings. An empty string means not set. */
  record Connection(
      List<String> urls,
      String username,
      String password,
      String apiKey,
      Duration connectTimeout,
      Duration readTimeout,
      String truststore,
      String truststoreType,
      String truststorePassword) {}

  /**
   * The maximum number of bytes of an answer: several times what the largest bulk request is
   * answered with when each of its documents is refused at length.
   */
  static final int MAX_ANSWER = 32 << 20;

  private final List<String> nodes;
  private final AtomicInteger current = new AtomicInteger();
  private final Duration readTimeout;
  private final String authorization;
  private final ExecutorService threads;
  private final HttpClient client;

  SearchServer(Connection connection) {
    nodes = connection.urls().stream().map(url -> url.strip().replaceAll("/+$", "")).toList();
    readTimeout = connection.readTimeout();
    authorization = authorization(connection);
    threads =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "elasticsearch-http");
              thread.setDaemon(true);
              return thread;
            });
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(connection.connectTimeout())
            .executor(threads);
    if (!connection.truststore().isEmpty()) {
      builder.sslContext(
          Truststore.context(
              connection.truststore(),
              connection.truststoreType(),
              connection.truststorePassword()));
    }
    client = builder.build();
  }

  private static String authorization(Connection connection) {
    if (!connection.apiKey().isEmpty()) {
      return "ApiKey " + connection.apiKey();
    }
    if (connection.username().isEmpty()) {
      return "";
    }
    String user = connection.username() + ":" + connection.password();
    return "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
  }

  Response get(String path) {
    return call("GET", path, "", BodyPublishers.noBody(), false);
  }

  Response delete(String path) {
    return call("DELETE", path, "", BodyPublishers.noBody(), false);
  }

  Response put(String path, Object json) {
    return call("PUT", path, "application/json", BodyPublishers.ofString(json.toString()), false);
  }

  Response post(String path, Object json) {
    return call("POST", path, "application/json", BodyPublishers.ofString(json.toString()), false);
  }

  /** Sends a bulk request. */
  Response bulk(String path, List<BulkRequest.Piece> body, boolean compressed) {
    BodyPublisher pieces =
        BodyPublishers.concat(
            body.stream()
                .map(
                    piece ->
                        BodyPublishers.ofByteArray(piece.bytes(), piece.from(), piece.length()))
                .toArray(BodyPublisher[]::new));
    return call("POST", path, "application/x-ndjson", pieces, compressed);
  }

  /**
   * Sends a request to one node after the other until one responds.
   *
   * @throws UnavailableException when none does
   * @throws ConnectException when a node's certificate is not trusted: a retry would not help
   */
  private Response call(
      String method, String path, String type, BodyPublisher body, boolean compressed) {
    int first = current.get();
    IOException problem = null;
    for (int i = 0; i < nodes.size(); i++) {
      int node = Math.floorMod(first + i, nodes.size());
      try {
        Response response = send(nodes.get(node), method, path, type, body, compressed);
        current.set(node);
        return response;
      } catch (IOException e) {
        failIfUntrusted(nodes.get(node), e);
        problem = e;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new UnavailableException("The request was interrupted because the task is stopping.");
      }
    }
    throw new UnavailableException(
        "The server " + String.join(", ", nodes) + " does not respond (" + cause(problem) + ").",
        !(problem instanceof java.net.ConnectException
            || problem instanceof HttpConnectTimeoutException));
  }

  private Response send(
      String node, String method, String path, String type, BodyPublisher body, boolean compressed)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(node + path))
            .timeout(readTimeout)
            .header("User-Agent", "code-delivery-connect/" + Version.VALUE)
            .method(method, body);
    if (!type.isEmpty()) {
      request.header("Content-Type", type);
    }
    if (compressed) {
      request.header("Content-Encoding", "gzip");
    }
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    HttpResponse<byte[]> response =
        client.send(request.build(), head -> new BoundedBody(MAX_ANSWER));
    return new Response(node, response.statusCode(), response.body());
  }

  private static void failIfUntrusted(String node, IOException problem) {
    for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateException) {
        throw new ConnectException(
            "The certificate of "
                + node
                + " is not trusted ("
                + cause.getMessage()
                + "). Add its certificate authority to the file in "
                + Options.TRUSTSTORE
                + ", and use a host name that the certificate contains.");
      }
    }
  }

  /** Java has no message for a refused connection or a host that does not resolve. */
  private static String cause(IOException problem) {
    if (problem.getCause() instanceof UnresolvedAddressException
        || problem.getCause() != null
            && problem.getCause().getCause() instanceof UnresolvedAddressException) {
      return "the host does not resolve";
    }
    if (problem instanceof HttpTimeoutException) {
      return "timed out";
    }
    if (problem instanceof java.net.ConnectException && problem.getMessage() == null) {
      return "connection refused";
    }
    return problem.getMessage() == null ? problem.getClass().getSimpleName() : problem.getMessage();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
