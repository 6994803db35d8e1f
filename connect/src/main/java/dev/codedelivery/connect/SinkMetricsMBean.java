package dev.codedelivery.connect;

/** What a task did since it started, and what it holds; by JMX. */
public interface SinkMetricsMBean {
  /**
   * Documents that are in the index, repeats and deletions counted as well.
   *
   * @return a count
   */
  long getRecordsIndexed();

  /**
   * Records of which a newer version was in the index already.
   *
   * @return a count
   */
  long getRecordsOlder();

  /**
   * Bad records, reported to the dead-letter topic.
   *
   * @return a count
   */
  long getRecordsRejected();

  /**
   * Records left out because their id is on the list of erased ids.
   *
   * @return a count
   */
  long getRecordsErased();

  /**
   * Records left out because their day is over.
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
   * Bulk requests that were answered.
   *
   * @return a count
   */
  long getRequests();

  /**
   * Milliseconds that these took.
   *
   * @return a sum
   */
  long getRequestMilliseconds();

  /**
   * Bytes of their documents, before compression.
   *
   * @return a sum
   */
  long getRequestBytes();

  /**
   * Requests that were, or will be, repeated in whole or in part.
   *
   * @return a count
   */
  long getRetries();

  /**
   * Index templates that somebody else removed or changed, and that were put right.
   *
   * @return a count
   */
  long getTemplatesRepaired();

  /**
   * Indices deleted because their day was over.
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
   * The same in bytes of documents.
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
   * Documents removed because their id was put on that list.
   *
   * @return a count
   */
  long getDocumentsErased();

  /**
   * Ids on that list whose documents are still to be removed.
   *
   * @return a number
   */
  long getErasuresWaiting();

  /**
   * Why the task waits, in a sentence.
   *
   * @return a sentence; empty when it does not wait
   */
  String getWaitingFor();
}
