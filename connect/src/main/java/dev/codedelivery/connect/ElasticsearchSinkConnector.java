package dev.codedelivery.connect;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/** The connector: validates its options and passes them to the tasks. */
public class ElasticsearchSinkConnector extends SinkConnector {
  /**
   * Not an option: a value in the result of a validation, which says what the running tasks wait
   * for. Nothing else of a task that waits can be seen through Connect's REST API.
   */
  static final String WAITING = "status.waiting";

  private Map<String, String> properties = Map.of();

  /** Called by Connect. */
  public ElasticsearchSinkConnector() {}

  @Override
  public String version() {
    return Version.VALUE;
  }

  @Override
  public ConfigDef config() {
    return Options.DEFINITION;
  }

  /**
   * Validates each option by itself, then reports contradicting options, hosts that do not resolve,
   * and unknown options. Beside that it says what the tasks on this worker wait for, which is no
   * error: the options may be the cure.
   */
  @Override
  public Config validate(Map<String, String> given) {
    Config config = super.validate(given);
    Map<String, ConfigValue> values = new HashMap<>();
    config.configValues().forEach(value -> values.put(value.name(), value));
    boolean readable = config.configValues().stream().allMatch(v -> v.errorMessages().isEmpty());
    Map<String, String> problems = new HashMap<>(UnknownOptions.in(given.keySet()));
    if (readable) {
      problems.putAll(OptionChecks.of(Options.parse(given)));
      problems.putAll(Addresses.hosts(Options.parse(given)));
    }
    problems.forEach(
        (option, sentence) -> {
          ConfigValue value = values.get(option);
          if (value == null) {
            value = new ConfigValue(option);
            value.value(given.get(option));
            config.configValues().add(value);
          }
          value.addErrorMessage(sentence);
        });
    String reason = Metrics.longWait(given.getOrDefault("name", ""));
    if (!reason.isEmpty()) {
      ConfigValue waiting = new ConfigValue(WAITING);
      waiting.value(reason);
      config.configValues().add(waiting);
    }
    return config;
  }

  @Override
  public void start(Map<String, String> given) {
    properties = Map.copyOf(given);
  }

  @Override
  public Class<? extends Task> taskClass() {
    return ElasticsearchSinkTask.class;
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    return IntStream.range(0, maxTasks)
        .mapToObj(
            number -> {
              Map<String, String> task = new HashMap<>(properties);
              task.put(Options.TASK_NUMBER, Integer.toString(number));
              return task;
            })
        .toList();
  }

  @Override
  public void stop() {
    properties = Map.of();
  }
}
