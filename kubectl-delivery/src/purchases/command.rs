//! The command `purchase`: buys, and follows what becomes of it.

use std::collections::HashMap;
use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

use delivery_api::Delivery;
use delivery_verify::purchases::PurchaseView;
use futures::{StreamExt as _, pin_mut, stream};
use jiff::{SignedDuration, Timestamp};
use kube::Api;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::followed::{Expected, Followed};
use super::look::{Sources, look};
use super::order::{LanguageArgument, Order};
use super::view;
use crate::base::duration;
use crate::base::output::{Format, write_stdout};
use crate::base::screen::{self, Frames};
use crate::base::{Error, Problem};
use crate::cluster::connection::Connection;
use crate::cluster::installation;
use crate::cluster::server::{Server, ServerError};
use crate::cluster::services::EntranceArguments;

/// Purchases that are made at the same time.
const CONCURRENCY: usize = 8;
/// How long one purchase is tried again while the service is away or busy.
const PATIENCE: Duration = Duration::from_secs(30);
/// The pause before it is tried again, and between two looks at what has become of it.
const PAUSE: Duration = Duration::from_millis(500);

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Purchase {
    /// How many purchases to make.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    count: u32,
    /// The customer's e-mail address. Default: each purchase has a customer of its own, from customer1@example.com on.
    #[arg(long, value_name = "EMAIL")]
    customer: Option<String>,
    /// With --customer: the customer's name. Default: what is before the @.
    #[arg(long, value_name = "NAME", requires = "customer")]
    name: Option<String>,
    /// The language of the invoice, the e-mail and the notifications.
    #[arg(long, value_enum, default_value_t)]
    language: LanguageArgument,
    /// The product's name.
    #[arg(long, default_value = "café")]
    product: String,
    /// How many of it.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    quantity: u32,
    /// The price of one, in cents.
    #[arg(long, value_name = "CENTS", default_value_t = 1_990, value_parser = clap::value_parser!(i64).range(0..=1_000_000_000))]
    unit_price_cents: i64,
    /// Have it delivered along the route with this id, the routeId of messages.
    #[arg(long, value_name = "ID")]
    route: Option<String>,
    /// Only buy; do not follow what becomes of it.
    #[arg(long, conflicts_with_all = ["until_finished", "timeout"])]
    no_wait: bool,
    /// With --route: also wait until the deliveries have finished.
    #[arg(long, requires = "route")]
    until_finished: bool,
    /// Stop following after this time, such as 10m. What was bought goes on.
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = duration::parse)]
    timeout: SignedDuration,
    /// The output format; json and yaml: one document at the end.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    /// The namespace of Code Delivery's operator; default: the current namespace, otherwise the one whose release serves it.
    #[arg(long, value_name = "NAMESPACE", env = "CODE_DELIVERY_INSTALLATION_NAMESPACE")]
    installation_namespace: Option<String>,
    #[command(flatten)]
    entrance: EntranceArguments,
}

/// Something is still missing when the time is up.
#[derive(Debug, thiserror::Error)]
#[error(
    "Not all purchases are through within --timeout: {0} They go on without this program; kubectl delivery topics shows the lag of \
     each service."
)]
struct NotThrough(String);

impl Problem for NotThrough {
    fn reason(&self) -> &'static str {
        "TimedOut"
    }

    fn is_answer(&self) -> bool {
        true
    }
}

/// Where progress is printed.
enum Screen {
    Frames(Frames),
    Lines { printed: HashMap<String, String>, said: String },
    Document { said: String },
}

/// Runs the command. The exit code is 1 if a payment, an e-mail or a delivery fails, or something is missing at the end.
pub(crate) async fn run(arguments: &Purchase, connection: &Connection) -> Result<ExitCode, Error> {
    let services = arguments.entrance.find(connection, arguments.installation_namespace.as_deref()).await?;
    let deliveries = if arguments.route.is_some() && !arguments.no_wait {
        Some(arguments.deliveries(connection).await?)
    } else {
        None
    };
    let mut followed = Followed::new(Expected {
        invoices: services.invoices.is_some(),
        notifications: services.notifications.is_some(),
        until_finished: arguments.until_finished,
    });
    let mut screen = Screen::new(arguments.output)?;
    buy(&services.purchases, &arguments.order(), arguments.count, |view| {
        followed.add(view);
        screen.show(&followed, None)
    })
    .await?;
    let sources = Sources { services, deliveries };
    if !arguments.no_wait {
        let limit = Duration::try_from(arguments.timeout).unwrap_or(Duration::MAX);
        // What is missing when the time is up is told below.
        if let Ok(problem) = timeout(limit, follow(&sources, &mut followed, &mut screen)).await {
            problem?;
        }
    }
    screen.end(&followed, arguments.output)?;
    if !arguments.no_wait && !followed.is_through() {
        return Err(NotThrough(view::summary(&followed)).into());
    }
    Ok(if followed.has_failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

impl Purchase {
    fn order(&self) -> Order {
        Order {
            customer: self.customer.clone(),
            name: self.name.clone(),
            language: self.language.into(),
            product: self.product.clone(),
            quantity: self.quantity,
            price: self.unit_price_cents,
            route: self.route.clone(),
        }
    }

    /// The Deliveries of the namespace in which requests become some.
    async fn deliveries(&self, connection: &Connection) -> Result<Api<Delivery>, Error> {
        let cluster = connection.cluster().await?;
        let found = installation::find(&cluster, self.installation_namespace.as_deref()).await?;
        let namespace = found.config.requests.map_or_else(|| cluster.namespace.clone(), |requests| requests.namespace);
        Ok(Api::namespaced(cluster.client.clone(), &namespace))
    }
}

/// Makes the purchases, some at the same time, and passes each to `bought`, in their order.
async fn buy(
    server: &Server,
    order: &Order,
    count: u32,
    mut bought: impl FnMut(PurchaseView) -> Result<(), Error>,
) -> Result<(), Error> {
    // A purchase that is tried again must not be made twice.
    let run = format!("kubectl-{:x}-{:x}", Timestamp::now().as_millisecond(), std::process::id());
    let requests = (1..=count).map(|number| (format!("{run}-{number}"), order.body(number)));
    let purchases = stream::iter(requests)
        .map(|(key, body)| async move { buy_one(server, &key, &body).await })
        .buffered(CONCURRENCY);
    pin_mut!(purchases);
    while let Some(purchase) = purchases.next().await {
        bought(purchase?)?;
    }
    Ok(())
}

/// Makes one purchase; while the service is away or busy, tries again.
async fn buy_one(server: &Server, key: &str, body: &Value) -> Result<PurchaseView, ServerError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = server.post("/purchases", key, body).await;
        let again = match &answer {
            Ok(reply) => reply.is_for_now(),
            Err(error) => error.is_passing(),
        };
        if again && Instant::now() + PAUSE < deadline {
            sleep(PAUSE).await;
            continue;
        }
        let reply = answer?;
        return if reply.status.is_success() { server.decoded(reply) } else { Err(reply.refused()) };
    }
}

/// Looks again and again until nothing is left to wait for.
async fn follow(sources: &Sources, followed: &mut Followed, screen: &mut Screen) -> Result<(), Error> {
    loop {
        let problem = look(sources, followed).await.map(|problem| problem.to_string());
        screen.show(followed, problem.as_deref())?;
        if followed.is_through() {
            return Ok(());
        }
        sleep(PAUSE).await;
    }
}

impl Screen {
    fn new(format: Format) -> Result<Self, Error> {
        Ok(match format {
            format if format.is_document() => Self::Document { said: String::new() },
            _ if std::io::stdout().is_terminal() => Self::Frames(Frames::begin()?),
            _ => Self::Lines { printed: HashMap::new(), said: String::new() },
        })
    }

    /// Shows what has changed.
    fn show(&mut self, followed: &Followed, problem: Option<&str>) -> Result<(), Error> {
        match self {
            Self::Frames(frames) => frames.draw(&view::frame(followed, problem, screen::size())),
            Self::Lines { printed, said } => {
                for purchase in followed.all() {
                    let line = view::line(purchase);
                    if printed.get(&purchase.view.id) != Some(&line) {
                        write_stdout(&format!("{:.0} {line}\n", Timestamp::now()))?;
                        printed.insert(purchase.view.id.clone(), line);
                    }
                }
                warn(said, problem);
                Ok(())
            }
            Self::Document { said } => {
                warn(said, problem);
                Ok(())
            }
        }
    }

    /// Shows how it has ended.
    fn end(&mut self, followed: &Followed, format: Format) -> Result<(), Error> {
        match self {
            Self::Frames(frames) => {
                frames.draw(&view::frame(followed, None, screen::size()))?;
                if format == Format::Wide { write_stdout(&view::table(followed, true)) } else { Ok(()) }
            }
            Self::Lines { .. } => write_stdout(&format!("{}\n", view::summary(followed))),
            Self::Document { .. } => write_stdout(&format.document(&view::document(followed))?),
        }
    }
}

/// Says once what is in the way.
fn warn(said: &mut String, problem: Option<&str>) {
    if let Some(problem) = problem.filter(|problem| *problem != said.as_str()) {
        eprintln!("warning: {problem}");
        problem.clone_into(said);
    }
}

#[cfg(test)]
#[path = "tests/command.rs"]
mod tests;
