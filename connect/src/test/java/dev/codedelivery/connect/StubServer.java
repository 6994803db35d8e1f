package dev.codedelivery.connect;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLContext;

/**
 * A server with scripted responses, for what is hard to provoke on a real one: being too busy,
 * requiring a password, failing half way.
 */
final class StubServer implements AutoCloseable {
  record Request(
      String method, String path, String authorization, boolean compressed, String body) {
    boolean bulk() {
      return path.contains("/_bulk");
    }

    /** The response to a bulk request that wrote every document. */
    Reply taken() {
      return new Reply(200, "{\"errors\":false}");
    }
  }

  record Reply(int status, String body) {}

  final List<Request> requests = new CopyOnWriteArrayList<>();
  final String url;
  private final HttpServer server;

  StubServer(SSLContext tls, Function<Request, Reply> answer) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    if (tls == null) {
      server = HttpServer.create(address, 0);
    } else {
      HttpsServer secure = HttpsServer.create(address, 0);
      secure.setHttpsConfigurator(new HttpsConfigurator(tls));
      server = secure;
    }
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", exchange -> handle(exchange, answer));
    server.start();
    url =
        (tls == null ? "http://127.0.0.1:" : "https://localhost:") + server.getAddress().getPort();
  }

  StubServer(Function<Request, Reply> answer) throws IOException {
    this(null, answer);
  }

  /** How a healthy server responds. */
  static Reply fine(Request request) {
    return request.bulk()
        ? request.taken()
        : new Reply(request.method().equals("GET") ? 404 : 200, "{}");
  }

  private void handle(HttpExchange exchange, Function<Request, Reply> answer) throws IOException {
    try (exchange) {
      boolean compressed = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
      byte[] body =
          (compressed ? new GZIPInputStream(exchange.getRequestBody()) : exchange.getRequestBody())
              .readAllBytes();
      Request request =
          new Request(
              exchange.getRequestMethod(),
              exchange.getRequestURI().toString(),
              exchange.getRequestHeaders().getFirst("Authorization"),
              compressed,
              new String(body, StandardCharsets.UTF_8));
      requests.add(request);
      Reply reply = answer.apply(request);
      byte[] bytes = reply.body().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(reply.status(), bytes.length == 0 ? -1 : bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
