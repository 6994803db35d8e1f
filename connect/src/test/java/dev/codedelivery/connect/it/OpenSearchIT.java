package dev.codedelivery.connect.it;

import java.io.IOException;
import org.junit.jupiter.api.BeforeAll;

/** The contract with OpenSearch. */
final class OpenSearchIT extends SinkContract {
  private static SearchNode server;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    startKafka();
    server = new SearchNode("opensearch");
  }

  @Override
  SearchNode server() {
    return server;
  }
}
