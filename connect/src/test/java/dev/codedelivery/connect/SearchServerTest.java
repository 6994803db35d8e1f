package dev.codedelivery.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.function.Function;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SearchServerTest {
  @TempDir Path folder;

  private static SearchServer client(StubServer server, String... options) {
    String[] all = new String[options.length + 2];
    all[0] = "connection.url";
    all[1] = server.url;
    System.arraycopy(options, 0, all, 2, options.length);
    return new SearchServer(Fixtures.config(all).connection());
  }

  @Test
  void credentialsOrAnApiKeyAreSentWithTheFirstRequest() throws IOException {
    try (StubServer server = new StubServer(StubServer::fine);
        SearchServer user =
            client(server, "connection.username", "writer", "connection.password", "olá:1");
        SearchServer key = client(server, "connection.api.key", "aWQ6a2V5");
        SearchServer anonymous = client(server)) {
      user.get("/");
      key.get("/");
      anonymous.get("/");
      assertEquals(
          java.util.Arrays.asList("Basic d3JpdGVyOm9sw6E6MQ==", "ApiKey aWQ6a2V5", null),
          server.requests.stream().map(StubServer.Request::authorization).toList());
    }
  }

  @Test
  void aBulkRequestIsCompressedOnRequest() throws IOException {
    try (StubServer server = new StubServer(StubServer::fine);
        SearchServer client = client(server)) {
      List<Operation> operations = List.of(Fixtures.operation(0, 100));
      client.bulk(BulkRequest.path(operations, false), BulkRequest.body(operations, true), true);
      client.bulk(BulkRequest.path(operations, false), BulkRequest.body(operations, false), false);
      assertEquals(
          List.of(true, false),
          server.requests.stream().map(StubServer.Request::compressed).toList());
      assertEquals(server.requests.get(1).body(), server.requests.get(0).body());
    }
  }

  @Test
  void theNextNodeIsUsedWhenOneDoesNotRespond() throws IOException {
    try (StubServer server = new StubServer(StubServer::fine);
        SearchServer client =
            client(server, "connection.url", "http://127.0.0.1:1," + server.url)) {
      assertEquals(404, client.get("/").status());
    }
  }

  @Test
  void anAnswerBeyondTheLimitIsNotReadAndOneOfTheLimitIs() throws IOException {
    byte[] longest = new byte[SearchServer.MAX_ANSWER];
    java.util.Arrays.fill(longest, (byte) 'A');
    String body = new String(longest, java.nio.charset.StandardCharsets.US_ASCII);
    Function<StubServer.Request, StubServer.Reply> answer =
        request -> new StubServer.Reply(200, request.path().equals("/all") ? body : body + "A");
    try (StubServer server = new StubServer(answer);
        SearchServer client = client(server)) {
      assertEquals(200, client.get("/all").status());
      String message =
          assertThrows(UnavailableException.class, () -> client.get("/more")).getMessage();
      assertTrue(message.contains("its answer is larger than 32768 KiB"), message);
    }
  }

  @Test
  void aServerThatIsDownIsUnavailableWithAReason() throws IOException {
    StubServer server = new StubServer(StubServer::fine);
    server.close();
    try (SearchServer client = client(server)) {
      String message = assertThrows(UnavailableException.class, () -> client.get("/")).getMessage();
      assertTrue(message.contains(server.url) && message.contains("connection refused"), message);
    }
    try (SearchServer client = client(server, "connection.url", "http://no-such-host.invalid:1")) {
      String message = assertThrows(UnavailableException.class, () -> client.get("/")).getMessage();
      assertTrue(message.contains("the host does not resolve"), message);
    }
  }

  @Test
  void onlyTheAuthoritiesInTheTruststoreAreTrusted() throws Exception {
    SSLContext mine = identity("mine");
    SSLContext other = identity("other");
    try (StubServer right = new StubServer(mine, StubServer::fine);
        StubServer wrong = new StubServer(other, StubServer::fine);
        SearchServer toRight =
            client(
                right,
                "elastic.https.ssl.truststore.location",
                folder.resolve("mine.pem").toString());
        SearchServer toWrong =
            client(
                wrong,
                "elastic.https.ssl.truststore.location",
                folder.resolve("mine.pem").toString());
        SearchServer withStore =
            client(
                right,
                "elastic.https.ssl.truststore.location",
                folder.resolve("mine.p12").toString(),
                "elastic.https.ssl.truststore.type",
                "PKCS12",
                "elastic.https.ssl.truststore.password",
                "secret")) {
      assertEquals(404, toRight.get("/").status());
      String message = assertThrows(ConnectException.class, () -> toWrong.get("/")).getMessage();
      assertTrue(
          message.contains("PKIX path") && message.contains("Add its certificate authority"),
          message);
      assertEquals(0, wrong.requests.size());
      assertEquals(404, withStore.get("/").status());
    }
  }

  @Test
  void aTruststoreWithoutCertificatesIsRejectedWithAMessage() throws IOException {
    Path file = Files.writeString(folder.resolve("empty.pem"), "nothing");
    String message =
        assertThrows(ConfigException.class, () -> Truststore.context(file.toString(), "PEM", ""))
            .getMessage();
    assertTrue(message.contains("empty.pem"), message);
  }

  /** A server's key for localhost; its certificate is in name.pem. */
  private SSLContext identity(String name) throws Exception {
    Path store = folder.resolve(name + ".p12");
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    run(
        keytool,
        "-genkeypair",
        "-alias",
        "a",
        "-keyalg",
        "EC",
        "-dname",
        "CN=localhost",
        "-ext",
        "SAN=dns:localhost",
        "-storetype",
        "PKCS12",
        "-keystore",
        store.toString(),
        "-storepass",
        "secret");
    run(
        keytool,
        "-exportcert",
        "-rfc",
        "-alias",
        "a",
        "-keystore",
        store.toString(),
        "-storepass",
        "secret",
        "-file",
        folder.resolve(name + ".pem").toString());
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, "secret".toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, "secret".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  private static void run(String... command) throws IOException, InterruptedException {
    assertEquals(0, new ProcessBuilder(command).redirectErrorStream(true).start().waitFor());
  }
}
