package dev.codedelivery.connect;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs in the background, with or without records: puts and checks the index templates, and deletes
 * expired days (only the first task does).
 */
final class Housekeeping implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
  private static final int SECONDS = 10;
  private static final int ROUNDS_PER_HOUR = 360;

  private final Indices indices;
  private final SinkConfig config;
  private final Consumer<RuntimeException> fail;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "elasticsearch-housekeeping");
            thread.setDaemon(true);
            return thread;
          });
  private int round;

  /** Starts immediately; {@code fail} receives errors that need an operator. */
  Housekeeping(Indices indices, SinkConfig config, Consumer<RuntimeException> fail) {
    this.indices = indices;
    this.config = config;
    this.fail = fail;
    timer.scheduleWithFixedDelay(this::round, 0, SECONDS, TimeUnit.SECONDS);
  }

  private void round() {
    try {
      if (config.oneAlias()) {
        indices.ensureTemplate(config.alias(""));
      }
      indices.checkTemplates();
      if (config.retentionDays > 0 && config.task == 0 && round % ROUNDS_PER_HOUR == 0) {
        indices.expire(LocalDate.now(ZoneOffset.UTC));
      }
      round++;
    } catch (UnavailableException e) {
      LOG.debug(
          "Housekeeping postponed: {}",
          e.getMessage()); // the workers log it when there are records
    } catch (RuntimeException e) {
      fail.accept(e);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
