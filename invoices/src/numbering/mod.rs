//! Which invoice gets which number: the decision, without the store.
//!
//! Pure. Carrying it out is left to `issuing`. Imports `domain` alone.

pub(crate) mod series;
