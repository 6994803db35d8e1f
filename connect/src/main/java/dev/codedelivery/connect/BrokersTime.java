package dev.codedelivery.connect;

import java.time.Instant;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * What the timestamps of records say about the time, so that the clock of this worker alone, which
 * may be ahead or behind by days, neither skips a record nor calls it one of the future. Pure; used
 * by the task's thread only.
 */
final class BrokersTime {
  /** The newest timestamp of a record, whoever set it. */
  private long newest = Long.MIN_VALUE;

  /** The newest time at which a broker took a record. */
  private long appended = Long.MIN_VALUE;

  void see(SinkRecord record) {
    Long timestamp = record.timestamp();
    if (timestamp == null || timestamp < 0) {
      return;
    }
    newest = Math.max(newest, timestamp);
    if (record.timestampType() == TimestampType.LOG_APPEND_TIME) {
      appended = Math.max(appended, timestamp);
    }
  }

  /** It is no earlier than this, as far as is known: what is old by it has expired. */
  long earliest(Instant now) {
    long clock = now.toEpochMilli();
    return newest == Long.MIN_VALUE ? clock : Math.min(clock, newest);
  }

  /** It is no later than this; a producer's own time does not count. */
  long latest(Instant now) {
    return Math.max(now.toEpochMilli(), appended);
  }
}
