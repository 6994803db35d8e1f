package dev.codedelivery.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class BulkRequestTest {
  private static Operation operation(String index, String action, String document) {
    return new Operation(
        Fixtures.record(0, null, null), new Target("a", index), bytes(action), bytes(document));
  }

  private static byte[] bytes(String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void theTargetStandsInThePathAndOnlyWhatGoesElsewhereNamesItsOwn() {
    List<Operation> operations =
        List.of(
            operation("a-2026.11.22", "{\"index\":{\"_id\":\"d:{1\"}}", "{\"seq\":1}"),
            operation("a-2026.11.21", "{\"index\":{\"_id\":\"d:2\",\"version\":7}}", "{\"seq\":2}"),
            operation("a-2026.11.21", "{\"delete\":{\"_id\":\"d:3\"}}", null),
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
        new String(BulkRequest.body(operations, false), StandardCharsets.UTF_8));
  }
}
