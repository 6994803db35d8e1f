package dev.codedelivery.connect;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/**
 * Puts the index template that a connector's options describe, for installations that use another
 * connector class: {@code java -cp … dev.codedelivery.connect.PutTemplates FILE}.
 */
public final class PutTemplates {
  private PutTemplates() {}

  /**
   * Reads the options in each Java properties file and puts the template.
   *
   * @param files the files
   * @throws IOException when a file cannot be read
   */
  public static void main(String[] files) throws IOException {
    if (files.length == 0) {
      System.err.println(
          "error: no file given. Name a properties file with the sink's options, such as"
              + " connection.url, index and index.mapping.");
      System.exit(2);
    }
    for (String file : files) {
      Properties properties = new Properties();
      try (Reader reader = Files.newBufferedReader(Path.of(file))) {
        properties.load(reader);
      }
      Map<String, String> options = new HashMap<>();
      properties.forEach((name, value) -> options.put(name.toString(), value.toString()));
      SinkConfig config = new SinkConfig(options);
      try (SearchServer server = new SearchServer(config.connection())) {
        new Indices(server, config, new Metrics()).ensureTemplate(config.alias(""));
        System.out.println("The index template " + config.alias("") + " is in place.");
      } catch (RuntimeException e) {
        System.err.println("error: " + e.getMessage());
        System.exit(1);
      }
    }
  }
}
