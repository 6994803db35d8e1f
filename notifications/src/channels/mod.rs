//! E-mails: the channel that this service serves by itself; the page is served by [`crate::publish`] and the gateway.
//!
//! [`mail`] writes a mail, [`retry`] decides what follows from an attempt to send it; these are pure. [`mailer`] hands it to the mail server,
//! and [`sender`] takes what is due: it notes that a mail is being sent, sends it, and notes how that ended. If the process is killed in
//! between, another one sends the mail again after a while, and the mail says so. It may import `domain` and `metrics`.

pub(crate) mod mail;
pub(crate) mod retry;
pub(crate) mod mailer;
pub(crate) mod sender;
