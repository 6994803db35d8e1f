//! The proof behind `verify --purchases`: reads services, mail server and log, judges, and waits a while for what is only late.

use std::collections::HashSet;
use std::process::ExitCode;
use std::time::Duration;

use delivery_verify::purchases::{PurchasesReport, PurchasesVerdict, judge};
use tokio::time::{Instant, sleep};

use super::books::Servers;
use super::records::{Collected, PurchasesQuery};
use super::verdict;
use crate::base::Error;
use crate::base::colour;
use crate::base::output::{Format, write_stdout};
use crate::cluster::connection::Connection;
use crate::cluster::installation::InstallationError;
use crate::cluster::server::{Kind, Server};
use crate::cluster::services::EntranceArguments;
use crate::log::execute;
use crate::log::source::LogSource;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const MAX_PAUSE: Duration = Duration::from_secs(4);

/// What is proved, and how.
pub(crate) struct Proof<'a> {
    pub(crate) entrance: &'a EntranceArguments,
    pub(crate) installation_namespace: Option<&'a str>,
    /// The address of a mail server with Mailpit's API.
    pub(crate) mail_server: Option<&'a str>,
    /// How long to wait for what is late.
    pub(crate) wait: Duration,
    pub(crate) output: Format,
}

impl Proof<'_> {
    /// Proves it, and prints the result. The exit code is 1 if anything is wrong or missing.
    pub(crate) async fn run(&self, connection: &Connection, source: &LogSource) -> Result<ExitCode, Error> {
        let services = self.entrance.find(connection, self.installation_namespace).await?;
        let namespace = self.installation_namespace.unwrap_or("of the operator").to_owned();
        let invoices = services.invoices.ok_or(InstallationError::NoService(namespace, Kind::Invoices))?;
        let mail = self.mail_server.map(|address| Server::at(Kind::Mail, address, "")).transpose()?;
        let servers = Servers { purchases: &services.purchases, invoices: &invoices, mail: mail.as_ref() };
        let report = prove(&servers, source, self.wait).await?;
        if self.output.is_document() {
            write_stdout(&self.output.document(&report)?)?;
        } else if report.purchases == 0 && report.verdict == PurchasesVerdict::Complete {
            eprintln!("No purchases found.");
        } else {
            write_stdout(
                &(colour::table(verdict::table(&report)) + &verdict::sentences(&report, self.output == Format::Wide)),
            )?;
        }
        Ok(if report.verdict == PurchasesVerdict::Complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Reads and judges, until there is nothing left to wait for or the time is up.
///
/// What is bought meanwhile must be right, but need not be through: only the purchases of the first list are waited for.
async fn prove(servers: &Servers<'_>, source: &LogSource, wait: Duration) -> Result<PurchasesReport, Error> {
    let deadline = Instant::now() + wait;
    let mut pause = FIRST_PAUSE;
    let mut awaited: Option<HashSet<String>> = None;
    loop {
        let mut books = servers.read().await?;
        let awaited = awaited.get_or_insert_with(|| books.approved());
        let mut collected = Collected::default();
        let since = execute::query(source, &PurchasesQuery, |record| {
            collected.take(record);
            Ok(())
        })
        .await?;
        (books.events, books.issued) = collected.parts(since);
        let again = books.to_read_again();
        servers.read_again(&mut books, again).await?;
        books.newer = books.approved().difference(awaited).cloned().collect();
        let report = judge(&books);
        let now = Instant::now();
        if !report.may_settle() || now >= deadline {
            return Ok(report);
        }
        if pause == FIRST_PAUSE {
            eprintln!("Waiting up to {} s: {}", wait.as_secs(), verdict::first(&report));
        }
        sleep(pause.min(deadline - now)).await;
        pause = (pause * 2).min(MAX_PAUSE);
    }
}
