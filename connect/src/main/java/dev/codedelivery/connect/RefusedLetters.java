package dev.codedelivery.connect;

import java.lang.management.ManagementFactory;
import java.util.OptionalDouble;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** Connect's own count of the dead letters of a task that its producer could not send. */
final class RefusedLetters {
  private static final String ATTRIBUTE = "deadletterqueue-produce-failures";

  private final String connector;
  private final int task;
  private ObjectName name;

  RefusedLetters(String connector, int task) {
    this.connector = connector;
    this.task = task;
  }

  /** The number up to now; empty where Connect does not expose its metrics over JMX. */
  OptionalDouble count() {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    try {
      if (name == null) {
        name = find(server);
      }
      if (name != null && server.getAttribute(name, ATTRIBUTE) instanceof Number number) {
        return OptionalDouble.of(number.doubleValue());
      }
    } catch (JMException e) {
      name = null; // the task was restarted, or the metric does not exist
    }
    return OptionalDouble.empty();
  }

  private ObjectName find(MBeanServer server) throws JMException {
    ObjectName all = new ObjectName("kafka.connect:type=task-error-metrics,task=" + task + ",*");
    return server.queryNames(all, null).stream()
        .filter(
            found ->
                found.getKeyProperty("connector").equals(connector)
                    || found.getKeyProperty("connector").equals(ObjectName.quote(connector)))
        .findFirst()
        .orElse(null);
  }
}
