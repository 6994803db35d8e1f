package dev.codedelivery.connect;

import static dev.codedelivery.connect.BulkResponse.Outcome.FORBIDDEN;
import static dev.codedelivery.connect.BulkResponse.Outcome.NO_INDEX;
import static dev.codedelivery.connect.BulkResponse.Outcome.REJECTED;
import static dev.codedelivery.connect.BulkResponse.Outcome.RETRY;
import static dev.codedelivery.connect.BulkResponse.Outcome.SERVER_ERROR;
import static dev.codedelivery.connect.BulkResponse.Outcome.STALE;
import static dev.codedelivery.connect.BulkResponse.Outcome.WRITTEN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BulkResponseTest {
  private static List<BulkResponse.Item> read(String json, int count) throws IOException {
    return BulkResponse.read(json.getBytes(StandardCharsets.UTF_8), count);
  }

  private static String item(int status, String type) {
    return "{\"index\":{\"status\":"
        + status
        + ",\"error\":{\"type\":\""
        + type
        + "\",\"reason\":\"because\"}}}";
  }

  @Test
  void withoutErrorsAllAreWritten() throws IOException {
    assertEquals(
        List.of(BulkResponse.Item.WRITTEN, BulkResponse.Item.WRITTEN),
        read("{\"took\":3,\"items\":[{},{}],\"errors\":false}", 2));
  }

  @Test
  void eachItemHasItsOwnOutcome() throws IOException {
    String items =
        Stream.of(
                "{\"index\":{\"status\":201}}",
                "{\"delete\":{\"status\":404}}",
                item(409, "version_conflict_engine_exception"),
                item(404, "index_not_found_exception"),
                item(429, "es_rejected_execution_exception"),
                item(403, "cluster_block_exception"),
                item(503, "unavailable_shards_exception"),
                item(500, "null_pointer_exception"),
                item(400, "mapper_parsing_exception"),
                item(403, "security_exception"))
            .collect(Collectors.joining(",", "{\"errors\":true,\"items\":[", "]}"));
    assertEquals(
        List.of(
            WRITTEN,
            WRITTEN,
            STALE,
            NO_INDEX,
            RETRY,
            RETRY,
            RETRY,
            SERVER_ERROR,
            REJECTED,
            FORBIDDEN),
        read(items, 10).stream().map(BulkResponse.Item::outcome).toList());
  }

  @Test
  void aClosedIndexOrAnAliasDuringAReindexIsRetried() throws IOException {
    String transit =
        item(400, "illegal_argument_exception")
            .replace("because", "no write index is defined for alias [a]");
    String items =
        "{\"errors\":true,\"items\":[" + item(400, "index_closed_exception") + "," + transit + "]}";
    assertEquals(
        List.of(RETRY, RETRY), read(items, 2).stream().map(BulkResponse.Item::outcome).toList());
  }

  @Test
  void theReasonIsTheServersErrorWithItsCauses() throws IOException {
    String error =
        "{\"errors\":true,\"items\":[{\"index\":{\"status\":400,\"error\":{\"type\":\"mapper_parsing_exception\",\"reason\":\"failed"
            + " to parse field [speed]\",\"caused_by\":{\"type\":\"x\",\"reason\":\"For input"
            + " string: \\\"fast\\\"\"}}}}]}";
    assertEquals(
        "mapper_parsing_exception: failed to parse field [speed]; For input string: \"fast\"",
        read(error, 1).get(0).reason());
  }

  @Test
  void aBodyThatIsNotABulkResponseIsRejected() {
    for (String body :
        List.of(
            "",
            "<html>",
            "[]",
            "{}",
            "{\"errors\":true,\"items\":[]}",
            "{\"errors\":true,\"items\":[{}]}",
            "{\"errors\":true,\"items\":[7]}",
            "{\"errors\":true,\"items\":[{\"index\":{}}]}",
            "{\"errors\":true,\"items\":[{\"index\":{\"status\":\"created\"}}]}",
            "{\"errors\":\"yes\"}")) {
      assertThrows(IOException.class, () -> read(body, 1), body);
    }
  }
}
