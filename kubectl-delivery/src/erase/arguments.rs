//! The flags of `erase`, and those by which a Job in the cluster is given its part.

use std::time::Duration;

use clap::ArgGroup;
use delivery_messages::Millis;
use delivery_messages::sales::customer::customer_id;
use jiff::SignedDuration;
use uuid::Uuid;

use super::person::Person;
use crate::base::Problem;
use crate::base::duration::{self, InvalidDuration};
use crate::base::output::Format;
use crate::cluster::gateway::GatewayArguments;
use crate::cluster::services::EntranceArguments;
use crate::log::source::KafkaArguments;

#[derive(Clone, Debug, clap::Args)]
#[command(group = ArgGroup::new("person").required(true).args(["courier", "client", "customer"]))]
pub(crate) struct Erase {
    /// Erase all deliveries of this courier; the exact name.
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub(crate) courier: Option<String>,
    /// Erase all deliveries that this client requested; the exact id.
    #[arg(long, value_name = "ID", value_parser = name)]
    pub(crate) client: Option<String>,
    /// Erase a customer: in purchases, invoices and notifications, and the deliveries of the purchases. The e-mail address, or the
    /// customer's id.
    #[arg(long, value_name = "EMAIL", value_parser = customer)]
    pub(crate) customer: Option<Customer>,
    /// Do not ask for confirmation.
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Show what would be erased, and what Kafka would retain; change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How long to wait until everything is erased everywhere, such as 5m.
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = duration_or_zero)]
    pub(crate) timeout: SignedDuration,
    /// The output format.
    #[arg(short, long, value_enum, default_value_t)]
    pub(crate) output: Format,
    #[command(flatten)]
    pub(crate) gateway: GatewayArguments,
    #[command(flatten)]
    pub(crate) entrance: EntranceArguments,
    /// The part of a Job in the cluster.
    #[arg(long, value_enum, hide = true)]
    pub(crate) step: Option<Step>,
    #[arg(long, hide = true)]
    pub(crate) delivery_id: Vec<String>,
    #[arg(long, hide = true)]
    pub(crate) request_id: Vec<String>,
    #[arg(long, hide = true, default_value_t)]
    pub(crate) erased_at: Millis,
    #[arg(long, hide = true)]
    pub(crate) earliest: Option<Millis>,
    /// Answer in lines of JSON; for a Job in the cluster.
    #[arg(long, hide = true)]
    pub(crate) stream: bool,
    #[command(flatten)]
    pub(crate) kafka: KafkaArguments,
}

/// The part of a Job in the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Step {
    Find,
    Forget,
    List,
    Follow,
}

/// An empty name, which would select every delivery without a courier.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("it is empty; give the exact name")]
struct EmptyName;

/// A customer, by the address or by the id that follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Customer {
    /// As it was given.
    pub(crate) name: String,
    pub(crate) id: String,
}

/// What names no customer.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("it is neither an e-mail address nor a customer's id; write it as in the purchase")]
struct NoCustomer;

/// None of `--courier`, `--client` and `--customer`.
#[derive(Debug, thiserror::Error)]
#[error("Name one of --courier, --client and --customer.")]
pub(crate) struct NoPerson;

impl Problem for NoPerson {
    fn reason(&self) -> &'static str {
        "NoPerson"
    }
}

fn name(text: &str) -> Result<String, EmptyName> {
    if text.is_empty() { Err(EmptyName) } else { Ok(text.to_owned()) }
}

fn customer(text: &str) -> Result<Customer, NoCustomer> {
    let name = text.trim();
    let is_address = name.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    let id = if is_address {
        customer_id(name)
    } else {
        Uuid::try_parse(name).map_err(|_| NoCustomer)?.hyphenated().to_string()
    };
    Ok(Customer { name: name.to_owned(), id })
}

fn duration_or_zero(text: &str) -> Result<SignedDuration, InvalidDuration> {
    if text == "0s" { Ok(SignedDuration::ZERO) } else { duration::parse(text) }
}

/// Ids as arguments for a Job in the cluster.
pub(crate) fn ids(deliveries: &[String], requests: &[String]) -> Vec<String> {
    let deliveries = deliveries.iter().map(|id| format!("--delivery-id={id}"));
    deliveries.chain(requests.iter().map(|id| format!("--request-id={id}"))).collect()
}

impl Erase {
    pub(crate) fn person(&self) -> Result<Person, NoPerson> {
        match (&self.courier, &self.client, &self.customer) {
            (Some(name), None, None) => Ok(Person::Courier(name.clone())),
            (None, Some(id), None) => Ok(Person::Client(id.clone())),
            (None, None, Some(Customer { name, id })) => Ok(Person::Customer { name: name.clone(), id: id.clone() }),
            _ => Err(NoPerson),
        }
    }

    pub(crate) fn patience(&self) -> Duration {
        Duration::try_from(self.timeout).unwrap_or_default()
    }
}
