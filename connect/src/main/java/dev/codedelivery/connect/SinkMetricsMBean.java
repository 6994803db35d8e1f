package dev.codedelivery.connect;

/** What a task has done since it started, and what it holds; exposed over JMX. */
public interface SinkMetricsMBean {
  /**
   * Documents written to the index, including repeats and deletions.
   *
   * @return a count
   */
  long getRecordsIndexed();

  /**
   * Records that the index already had in a newer version, or, if documents never change, from an
   * earlier record.
   *
   * @return a count
   */
  long getRecordsOlder();

  /**
   * Of these, records that say something else than the earlier one, which the index keeps.
   *
   * @return a count
   */
  long getRecordsContradicting();

  /**
   * Bad records, reported to the dead-letter topic.
   *
   * @return a count
   */
  long getRecordsRejected();

  /**
   * Records skipped because their id is erased.
   *
   * @return a count
   */
  long getRecordsErased();

  /**
   * Records skipped because their day has expired.
   *
   * @return a count
   */
  long getRecordsExpired();

  /**
   * Tombstones that were ignored.
   *
   * @return a count
   */
  long getTombstonesIgnored();

  /**
   * Bulk requests that got a response.
   *
   * @return a count
   */
  long getRequests();

  /**
   * The total duration of these requests in milliseconds.
   *
   * @return a sum
   */
  long getRequestMilliseconds();

  /**
   * The total size of their documents in bytes, before compression.
   *
   * @return a sum
   */
  long getRequestBytes();

  /**
   * Requests that are retried in whole or in part.
   *
   * @return a count
   */
  long getRetries();

  /**
   * Index templates restored after they were removed or changed.
   *
   * @return a count
   */
  long getTemplatesRepaired();

  /**
   * Indices deleted because their day had expired.
   *
   * @return a count
   */
  long getIndicesExpired();

  /**
   * Records that the task holds.
   *
   * @return a number
   */
  long getBufferedRecords();

  /**
   * Their size in bytes of documents.
   *
   * @return a number
   */
  long getBufferedBytes();

  /**
   * Ids on the list of erased ids.
   *
   * @return a number
   */
  long getErasedIds();

  /**
   * Documents deleted because their id was erased.
   *
   * @return a count
   */
  long getDocumentsErased();

  /**
   * Erased ids whose documents are still to be deleted.
   *
   * @return a number
   */
  long getErasuresWaiting();

  /**
   * Why the task is waiting.
   *
   * @return a sentence; empty when it is not waiting
   */
  String getWaitingFor();

  /**
   * For how long the task has been waiting.
   *
   * @return seconds; 0 when it is not waiting
   */
  long getWaitingSeconds();
}
