//! Hands a mail to the mail server. Connections are left to `delivery-mail`.

use delivery_mail::Smtp;
use lettre::Message;

use super::retry::MailError;

/// Takes mails.
pub(crate) trait Mailer: Send + Sync {
    /// Hands a mail over.
    fn send(&self, mail: Message) -> impl Future<Output = Result<(), MailError>> + Send;
}

impl Mailer for Smtp {
    async fn send(&self, mail: Message) -> Result<(), MailError> {
        Ok(Self::send(self, mail.envelope(), &mail.formatted()).await?)
    }
}
