package dev.codedelivery.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BulkRequestTest {
  private final BulkLines lines = new BulkLines();

  private Operation operation(String index, String... ownLines) {
    lines.begin();
    for (String line : ownLines) {
      lines.put(line).put("\n");
    }
    return lines.operation(Fixtures.record(0, null, null), new Target("a", index));
  }

  private static String text(List<BulkRequest.Piece> body) {
    return body.stream()
        .map(
            piece ->
                new String(piece.bytes(), piece.from(), piece.length(), StandardCharsets.UTF_8))
        .collect(Collectors.joining());
  }

  @Test
  void thePathNamesTheTargetAndOnlyOperationsWithAnotherTargetNameTheirOwn() {
    List<Operation> operations =
        List.of(
            operation("a-2026.11.22", "{\"index\":{\"_id\":\"d:{1\"}}", "{\"seq\":1}"),
            operation("a-2026.11.21", "{\"index\":{\"_id\":\"d:2\",\"version\":7}}", "{\"seq\":2}"),
            operation("a-2026.11.21", "{\"delete\":{\"_id\":\"d:3\"}}"),
            operation("a-2026.11.22", "{\"index\":{\"_id\":\"d:4\"}}", "{\"seq\":4}"));
    assertEquals(
        "/a-2026.11.22/_bulk?require_alias=true&filter_path=errors",
        BulkRequest.path(operations, false));
    assertEquals(
        "/a-2026.11.22/_bulk?require_alias=true&filter_path=errors,items.*.status,items.*.error",
        BulkRequest.path(operations, true));
    assertEquals(
        """
        {"index":{"_id":"d:{1"}}
        {"seq":1}
        {"index":{"_index":"a-2026.11.21","_id":"d:2","version":7}}
        {"seq":2}
        {"delete":{"_index":"a-2026.11.21","_id":"d:3"}}
        {"index":{"_id":"d:4"}}
        {"seq":4}
        """,
        text(BulkRequest.body(operations, false)));
  }

  @Test
  void adjacentOperationsAreOnePieceOfTheBody() {
    List<Operation> operations =
        IntStream.range(0, 1_000)
            .mapToObj(i -> operation("a", "{\"index\":{\"_id\":\"" + i + "\"}}", "x".repeat(100)))
            .toList();
    List<BulkRequest.Piece> body = BulkRequest.body(operations, false);
    assertEquals(2, body.size(), "one for each 64 KiB");
    String all = operations.stream().map(Operation::text).collect(Collectors.joining());
    assertEquals(all, text(body));
    List<Operation> odd =
        IntStream.range(0, 1_000).filter(i -> i % 2 == 1).mapToObj(operations::get).toList();
    assertEquals(
        odd.stream().map(Operation::text).collect(Collectors.joining()),
        text(BulkRequest.body(odd, false)));
  }
}
