//! The invoice as a PDF: A4, as many pages as its items need, with the access key as text and as a barcode.
//!
//! Pure: the same invoice always has the same bytes, so no PDF is stored. The fonts are the standard ones that every reader has, so the text
//! is in the encoding `WinAnsi` ([`winansi`]); what it lacks is shown as a visible substitute. Imports `config` and `domain`.

mod code128;
mod document;
mod layout;
mod logo;
mod sheet;
mod winansi;
mod words;

pub(crate) use document::document;
