package dev.codedelivery.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PutTemplatesTest {
  @Test
  void theTemplateOfAFileOfOptionsIsPut(@TempDir Path folder) throws IOException {
    try (StubServer server = new StubServer(StubServer::fine)) {
      Path file =
          Files.writeString(
              folder.resolve("positions.properties"),
              "connection.url=" + server.url + "\nindex=positions\nindex.mapping=positions\n");
      PutTemplates.main(new String[] {file.toString()});
      List<StubServer.Request> puts =
          server.requests.stream().filter(r -> r.method().equals("PUT")).toList();
      assertEquals(
          List.of("/_index_template/positions"),
          puts.stream().map(StubServer.Request::path).toList());
      var template = Mapping.object(puts.get(0).body());
      assertEquals("positions-*", template.at("/index_patterns/0").asText());
      assertEquals(
          "geo_point", template.at("/template/mappings/properties/position/type").asText());
      assertTrue(template.at("/template/aliases").has("positions"));
      assertEquals(209, template.path("priority").asInt());
    }
  }
}
