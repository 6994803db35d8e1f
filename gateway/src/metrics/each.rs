//! What happens to every position and in every write to a client.

/// Whether it is counted; only in a measurement of what that costs it is not.
pub(super) const COUNTS_EACH: bool = !cfg!(feature = "unmeasured");
