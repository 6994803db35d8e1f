//! What an invoice is, and how it follows from a purchase: its amounts, its access key, the state of its e-mail.
//!
//! Pure. Which number an invoice gets is left to `numbering`. Imports `config` alone.

pub(crate) mod money;
pub(crate) mod purchase;
pub(crate) mod access_key;
pub(crate) mod email;
pub(crate) mod invoice;
pub(crate) mod page;

/// What every invoice says of itself, in both languages: it is a demonstration's.
pub(crate) const NO_FISCAL_VALUE: &str = "SEM VALOR FISCAL / NO FISCAL VALUE";
