//! Hands e-mails to an SMTP server, and says what came of each.
//!
//! [`settings`] is how to reach the server, [`failure`] what an answer means, which is pure, `bounded` a stream whose answers end, and
//! [`smtp`] the connections. What an e-mail says, and when it is sent again, is left to the services.

pub mod settings;
pub mod failure;
mod bounded;
pub mod smtp;

pub use failure::Failure;
pub use settings::{PASSWORD_VARIABLE, Security, Server, SettingsError, USERNAME_VARIABLE, login};
pub use smtp::Smtp;
