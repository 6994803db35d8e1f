package dev.codedelivery.connect;

/** What a record becomes: an operation to write, or a reason to skip it. */
sealed interface Translation permits Operation, Translation.Skip {
  /** Why a record is skipped without being bad. */
  enum Skip implements Translation {
    /** It has no value, and tombstones are ignored. */
    TOMBSTONE,
    /** Its id is erased. */
    ERASED,
    /** Its day has expired and was deleted. */
    EXPIRED
  }
}
