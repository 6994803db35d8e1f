//! The connections to the mail server (RFC 5321), one e-mail at a time on each.
//!
//! Each step has a time limit, and so has the whole. A connection is used again only when every answer on it has been read: after one that
//! did not come in time, the next e-mail would be told what became of the last one.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use delivery_observability::locks::lock;
use lettre::Address;
use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use tokio::time::{Instant, timeout, timeout_at};

use crate::bounded::Bounded;
use crate::failure::{Failure, Step};
use crate::settings::{Security, Server, SettingsError, tls};

/// How often the time limit of one answer an e-mail may take in all.
const ANSWERS: u32 = 4;
/// The longest that one e-mail may take: less than senders leave a claimed one to its claimant.
const LONGEST: Duration = Duration::from_secs(90);
/// How long a connection is kept without an e-mail; less than servers commonly keep theirs.
const IDLE: Duration = Duration::from_secs(30);
/// How long to wait for the answer to a farewell.
const FAREWELL: Duration = Duration::from_secs(2);

/// A mail server; a clone shares the connections.
#[derive(Clone)]
pub struct Smtp(Arc<Shared>);

struct Shared {
    server: Server,
    /// How this client calls itself.
    name: ClientId,
    tls: Option<TlsParameters>,
    login: Option<Credentials>,
    kept: Mutex<Vec<Kept>>,
}

/// A connection that waits for the next e-mail.
struct Kept {
    connection: AsyncSmtpConnection,
    since: Instant,
}

impl Smtp {
    /// The server of a configuration. It need not be reachable yet.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub async fn open(server: Server, login: Option<Credentials>) -> Result<Self, SettingsError> {
        if login.is_some() && server.security == Security::None {
            return Err(SettingsError::PasswordInPlainText);
        }
        let tls = tls(&server).await?;
        Ok(Self(Arc::new(Shared { server, name: ClientId::default(), tls, login, kept: Mutex::default() })))
    }

    /// Hands an e-mail over.
    ///
    /// # Errors
    /// When the server did not take it, or did not say so.
    pub async fn send(&self, envelope: &Envelope, raw: &[u8]) -> Result<(), Failure> {
        let end = self.end();
        let mut connection = self.connection(end).await?;
        let sent = self.hand_over(&mut connection, envelope, raw, end).await;
        // After a refusal the server must be told that there will be no content.
        let is_clean = match &sent {
            Ok(()) => true,
            Err(Failure::Refused(_)) => self.step(Step::Before, end, connection.command(Rset)).await.is_ok(),
            Err(_) => false,
        };
        if is_clean {
            self.keep(connection);
        }
        sent
    }

    /// Whether the server responds.
    ///
    /// # Errors
    /// What is wrong and what to check, as sentences.
    pub async fn ping(&self) -> Result<(), String> {
        match self.connection(self.end()).await {
            Ok(connection) => {
                self.keep(connection);
                Ok(())
            }
            Err(failure) => {
                let text = failure.into_text();
                Err(format!("The mail server cannot be used: {text}. Check smtp.host, smtp.port and the login."))
            }
        }
    }

    /// When an attempt that begins now is given up.
    fn end(&self) -> Instant {
        Instant::now() + (self.0.server.answer * ANSWERS).min(LONGEST)
    }

    /// A connection on which an e-mail may begin.
    async fn connection(&self, end: Instant) -> Result<AsyncSmtpConnection, Failure> {
        while let Some(mut kept) = self.take() {
            // The server may have closed it.
            if self.step(Step::Before, end, kept.command(Noop)).await.is_ok() {
                return Ok(kept);
            }
        }
        self.connect(end).await
    }

    async fn connect(&self, end: Instant) -> Result<AsyncSmtpConnection, Failure> {
        let Shared { server, name, tls, login, .. } = &*self.0;
        let at_once = tls.clone().filter(|_| server.security == Security::Tls);
        let connecting = async {
            let stream = Bounded::connect((server.host.as_str(), server.port), server.answer, at_once).await?;
            AsyncSmtpConnection::connect_with_transport(Box::new(stream), name).await
        };
        let mut connection = self.step(Step::Before, end, connecting).await?;
        if server.security == Security::Starttls
            && let Some(tls) = tls
        {
            self.step(Step::Before, end, connection.starttls(tls.clone(), name)).await?;
        }
        if let Some(login) = login {
            self.step(Step::Before, end, connection.auth(DEFAULT_MECHANISMS, login)).await?;
        }
        Ok(connection)
    }

    async fn hand_over(
        &self,
        connection: &mut AsyncSmtpConnection,
        envelope: &Envelope,
        raw: &[u8],
        end: Instant,
    ) -> Result<(), Failure> {
        let parameters = parameters(connection, envelope, raw)?;
        let sender = Mail::new(envelope.from().cloned(), parameters);
        self.step(Step::Before, end, connection.command(sender)).await?;
        for recipient in envelope.to() {
            let recipient = Rcpt::new(recipient.clone(), Vec::new());
            self.step(Step::Recipient, end, connection.command(recipient)).await?;
        }
        self.step(Step::Recipient, end, connection.command(Data)).await?;
        self.step(Step::Content, end, connection.message(raw)).await.map(drop)
    }

    /// One step, within the time limit of an answer; the content takes as long as its size asks for.
    async fn step<T>(
        &self,
        step: Step,
        end: Instant,
        asked: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Failure> {
        let answer = if step == Step::Content { end } else { end.min(Instant::now() + self.0.server.answer) };
        match timeout_at(answer, asked).await {
            Ok(answered) => {
                answered.map_err(|error| Failure::of(step, error.status().map(u16::from), &error.to_string()))
            }
            Err(_) => Err(Failure::of(step, None, "it did not answer in time")),
        }
    }

    /// A connection that was kept; says farewell on those that were kept for too long.
    fn take(&self) -> Option<AsyncSmtpConnection> {
        let mut kept = lock(&self.0.kept);
        let all = std::mem::take(&mut *kept).into_iter();
        let (fresh, old): (Vec<Kept>, Vec<Kept>) = all.partition(|one| one.since.elapsed() < IDLE);
        *kept = fresh;
        for one in old {
            leave(one.connection);
        }
        kept.pop().map(|one| one.connection)
    }

    /// Keeps a connection for the next e-mail, if there are not enough of them.
    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut kept = lock(&self.0.kept);
        if kept.len() < self.0.server.connections {
            kept.push(Kept { connection, since: Instant::now() });
        } else {
            leave(connection);
        }
    }
}

/// Closes a connection on which every answer has been read.
fn leave(mut connection: AsyncSmtpConnection) {
    tokio::spawn(async move { timeout(FAREWELL, connection.quit()).await.map(drop) });
}

/// What the server must know before an e-mail (RFC 6152, RFC 6531).
///
/// # Errors
/// When the server lacks what the e-mail needs.
fn parameters(
    connection: &AsyncSmtpConnection,
    envelope: &Envelope,
    raw: &[u8],
) -> Result<Vec<MailParameter>, Failure> {
    let is_ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
    let needs = [
        (
            !envelope.from().into_iter().chain(envelope.to()).all(is_ascii),
            Extension::SmtpUtfEight,
            MailParameter::SmtpUtfEight,
        ),
        (!raw.is_ascii(), Extension::EightBitMime, MailParameter::Body(MailBodyParameter::EightBitMime)),
    ];
    let mut parameters = Vec::new();
    for (is_needed, extension, parameter) in needs {
        if !is_needed {
            continue;
        }
        if !connection.server_info().supports_feature(extension) {
            return Err(Failure::NotTaken(format!("it does not support {parameter}, which the mail needs")));
        }
        parameters.push(parameter);
    }
    Ok(parameters)
}

#[cfg(test)]
#[path = "tests/smtp.rs"]
mod tests;
