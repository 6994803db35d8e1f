package dev.codedelivery.connect;

/** What a record becomes: something to write, or a reason why there is nothing to write. */
sealed interface Translation permits Operation, Translation.Skip {
  /** Why a record is left out, with nothing wrong. */
  enum Skip implements Translation {
    /** It has no value, and the sink is told to ignore such. */
    TOMBSTONE,
    /** Its id is on the list of erased ids. */
    ERASED,
    /** It is of a day that is deleted already. */
    EXPIRED
  }
}
