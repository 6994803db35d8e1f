package dev.codedelivery.connect.it;

import java.io.IOException;
import org.junit.jupiter.api.BeforeAll;

/** The contract with Elasticsearch. */
final class ElasticsearchIT extends SinkContract {
  private static SearchNode server;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    startKafka();
    server = new SearchNode("elasticsearch");
  }

  @Override
  SearchNode server() {
    return server;
  }
}
