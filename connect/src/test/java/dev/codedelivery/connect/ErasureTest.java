package dev.codedelivery.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ErasureTest {
  private static final StubServer.Reply DONE = reply(3, 0, "");

  private final List<String> news = new ArrayList<>();
  private final Offsets offsets = new Offsets();
  private final Metrics metrics = new Metrics();
  private StubServer server;
  private Erasure erasure;

  private static StubServer.Reply reply(int deleted, int conflicts, String failures) {
    return new StubServer.Reply(
        200,
        "{\"deleted\":%d,\"version_conflicts\":%d,\"failures\":[%s]}"
            .formatted(deleted, conflicts, failures));
  }

  private void start(Function<StubServer.Request, StubServer.Reply> answer) throws Exception {
    server = new StubServer(answer);
    SinkConfig config =
        Fixtures.config(
            "connection.url",
            server.url,
            "erased.topic",
            "erased",
            "erased.fields",
            "deliveryId",
            "erased.consumer.bootstrap.servers",
            "127.0.0.1:1",
            "retry.backoff.ms",
            "1");
    erasure =
        new Erasure(this::news, offsets, new SearchServer(config.connection()), config, metrics);
  }

  private List<String> news(int most) {
    List<String> found = List.copyOf(news);
    news.clear();
    return found;
  }

  private void advance() {
    erasure.advance(() -> Set.of("positions"));
  }

  private List<String> asked() {
    return server.requests.stream().map(r -> r.path().split("\\?")[0]).toList();
  }

  private void until(BooleanSupplier so) throws InterruptedException {
    while (!so.getAsBoolean()) {
      Thread.sleep(5);
      advance();
    }
  }

  @AfterEach
  void stop() {
    if (server != null) {
      erasure.close();
      server.close();
    }
  }

  @Test
  void recordsHeldWhenAnIdIsListedAreWrittenBeforeItsDocumentsAreDeleted() throws Exception {
    start(request -> DONE);
    Operation held = Fixtures.operation(10, 10);
    offsets.add(List.of(held));
    news.add("d1");
    advance();
    offsets.add(List.of(Fixtures.operation(11, 10)));
    for (int i = 0; i < 20; i++) {
      Thread.sleep(5);
      advance();
    }
    assertEquals(List.of(), asked(), "the request in flight may still write a document");
    assertEquals(1, metrics.getErasuresWaiting());
    held.settle();
    until(() -> metrics.getErasuresWaiting() == 0);
    assertEquals(List.of("/positions/_refresh", "/positions/_delete_by_query"), asked());
    assertEquals(3, metrics.getDocumentsErased());
  }

  @Test
  void failedDeletionsAreRetriedAndFailNothing() throws Exception {
    List<StubServer.Reply> replies =
        new ArrayList<>(
            List.of(
                new StubServer.Reply(503, ""),
                new StubServer.Reply(403, "{\"error\":{\"type\":\"security_exception\"}}"),
                new StubServer.Reply(200, "<html>"),
                reply(1, 2, ""),
                reply(1, 0, "{}"),
                DONE));
    start(request -> request.path().contains("_delete_by_query") ? replies.remove(0) : DONE);
    news.add("d1");
    until(() -> metrics.getErasuresWaiting() == 0 && !asked().isEmpty());
    assertTrue(replies.isEmpty());
    assertEquals(5, metrics.getDocumentsErased());
  }

  @Test
  void aMissingAliasHasNothingToDelete() throws Exception {
    start(request -> new StubServer.Reply(404, "{}"));
    news.add("d1");
    until(() -> metrics.getErasuresWaiting() == 0 && !asked().isEmpty());
    assertEquals(List.of("/positions/_refresh"), asked());
  }

  @Test
  void documentsAreFoundOnlyByTheirOwnIdOrByAField() {
    assertEquals(
        "{\"query\":{\"bool\":{\"should\":[{\"ids\":{\"values\":[\"d1\",\"r/0/1\"]}},"
            + "{\"terms\":{\"deliveryId\":[\"d1\",\"r/0/1\"]}},"
            + "{\"terms\":{\"requestId\":[\"d1\",\"r/0/1\"]}}]}}}",
        Erasure.query(List.of("d1", "r/0/1"), List.of("deliveryId", "requestId")).toString());
  }
}
