package dev.codedelivery.connect;

import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import javax.management.InstanceAlreadyExistsException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.StandardMBean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The counters of a task, exposed over JMX while registered. */
final class Metrics implements SinkMetricsMBean {
  private static final Logger LOG = LoggerFactory.getLogger(Metrics.class);

  /** A shorter wait is not worth a word outside of the log, in seconds. */
  private static final long LONG_WAIT = 10;

  final LongAdder indexed = new LongAdder();
  final LongAdder older = new LongAdder();
  final LongAdder contradicting = new LongAdder();
  final LongAdder rejected = new LongAdder();
  final LongAdder erased = new LongAdder();
  final LongAdder expired = new LongAdder();
  final LongAdder tombstones = new LongAdder();
  final LongAdder requests = new LongAdder();
  final LongAdder requestMilliseconds = new LongAdder();
  final LongAdder requestBytes = new LongAdder();
  final LongAdder retries = new LongAdder();
  final LongAdder templatesRepaired = new LongAdder();
  final LongAdder indicesExpired = new LongAdder();
  final LongAdder documentsErased = new LongAdder();
  LongSupplier bufferedRecords = () -> 0;
  LongSupplier bufferedBytes = () -> 0;
  LongSupplier erasedIds = () -> 0;
  LongSupplier erasuresWaiting = () -> 0;
  Supplier<String> waitingFor = () -> "";
  LongSupplier waitingSeconds = () -> 0;
  private ObjectName name;

  /** Registers them as {@code dev.codedelivery.connect:type=sink-task,connector=…,task=…}. */
  void register(String connector, int task) {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    try {
      name = name(connector, Integer.toString(task));
      StandardMBean bean = new StandardMBean(this, SinkMetricsMBean.class);
      try {
        server.registerMBean(bean, name);
      } catch (
          InstanceAlreadyExistsException e) { // left by an earlier task that has not stopped yet
        server.unregisterMBean(name);
        server.registerMBean(bean, name);
      }
    } catch (JMException e) {
      name = null;
      LOG.warn("Cannot expose the metrics of {}-{} over JMX.", connector, task, e);
    }
  }

  private static ObjectName name(String connector, String task) throws JMException {
    return new ObjectName(
        "dev.codedelivery.connect:type=sink-task,connector="
            + ObjectName.quote(connector)
            + ",task="
            + task);
  }

  /**
   * Why a task of the connector in this process has been waiting for ten seconds or more; empty if
   * none has.
   */
  static String longWait(String connector) {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    String reason = "";
    long longest = LONG_WAIT - 1;
    try {
      for (ObjectName task : server.queryNames(name(connector, "*"), null)) {
        long seconds = (Long) server.getAttribute(task, "WaitingSeconds");
        if (seconds > longest) {
          longest = seconds;
          reason = (String) server.getAttribute(task, "WaitingFor");
        }
      }
    } catch (JMException e) {
      LOG.debug("A task of {} has just ended.", connector, e);
    }
    return reason;
  }

  /** Unregisters them. */
  void unregister() {
    try {
      MBeanServer server = ManagementFactory.getPlatformMBeanServer();
      if (name != null && server.isRegistered(name)) {
        server.unregisterMBean(name);
      }
    } catch (JMException e) {
      LOG.debug("The metrics were no longer registered.", e);
    }
  }

  @Override
  public long getRecordsIndexed() {
    return indexed.sum();
  }

  @Override
  public long getRecordsOlder() {
    return older.sum();
  }

  @Override
  public long getRecordsContradicting() {
    return contradicting.sum();
  }

  @Override
  public long getRecordsRejected() {
    return rejected.sum();
  }

  @Override
  public long getRecordsErased() {
    return erased.sum();
  }

  @Override
  public long getRecordsExpired() {
    return expired.sum();
  }

  @Override
  public long getTombstonesIgnored() {
    return tombstones.sum();
  }

  @Override
  public long getRequests() {
    return requests.sum();
  }

  @Override
  public long getRequestMilliseconds() {
    return requestMilliseconds.sum();
  }

  @Override
  public long getRequestBytes() {
    return requestBytes.sum();
  }

  @Override
  public long getRetries() {
    return retries.sum();
  }

  @Override
  public long getTemplatesRepaired() {
    return templatesRepaired.sum();
  }

  @Override
  public long getIndicesExpired() {
    return indicesExpired.sum();
  }

  @Override
  public long getBufferedRecords() {
    return bufferedRecords.getAsLong();
  }

  @Override
  public long getBufferedBytes() {
    return bufferedBytes.getAsLong();
  }

  @Override
  public long getErasedIds() {
    return erasedIds.getAsLong();
  }

  @Override
  public long getDocumentsErased() {
    return documentsErased.sum();
  }

  @Override
  public long getErasuresWaiting() {
    return erasuresWaiting.getAsLong();
  }

  @Override
  public String getWaitingFor() {
    return waitingFor.get();
  }

  @Override
  public long getWaitingSeconds() {
    return waitingSeconds.getAsLong();
  }
}
