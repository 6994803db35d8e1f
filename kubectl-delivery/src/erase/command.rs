//! The command `erase`: finds, asks, lists, and waits.

use std::collections::HashSet;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use delivery_messages::Millis;
use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::arguments::{Erase, Step};
use super::customer::CustomerStores;
use super::find::FindQuery;
use super::follow::FollowQuery;
use super::found::Findings;
use super::list::{self, ForgetQuery, ListQuery};
use super::person::Person;
use super::report::{LogRemainder, PendingTombstones, PlaceReport, Remaining, Report, places};
use super::stores::Stores;
use super::view;
use crate::base::output::{counted, write_stdout};
use crate::base::{Error, Problem};
use crate::cluster::cleanup::Cleanup;
use crate::cluster::connection::Connection;
use crate::cluster::installation;
use crate::log::execute;
use crate::log::source::LogSource;

const POLL: Duration = Duration::from_secs(1);
/// After this time, a start request that was being served when its id was listed is a delivery, and can be found.
const SETTLE: Duration = Duration::from_secs(2);

/// Confirmation is needed, and there is no terminal.
#[derive(Debug, thiserror::Error)]
#[error(
    "Cannot ask for confirmation: standard input is not a terminal. Use --yes to erase, or --dry-run to look first."
)]
struct NoTerminal;

impl Problem for NoTerminal {
    fn reason(&self) -> &'static str {
        "NoTerminal"
    }
}

/// Runs the command. The exit code is 1 if anything is left, or could not be checked.
pub(crate) async fn run(arguments: &Erase, connection: &Connection, cleanup: &Cleanup) -> Result<ExitCode, Error> {
    let person = arguments.person()?;
    let source = arguments.kafka.source(connection, cleanup).await?;
    if arguments.stream {
        return serve(arguments, &person, &source).await.map(|()| ExitCode::SUCCESS);
    }
    let stores = stores(arguments, connection).await?;
    let customer = match person.customer() {
        Some(id) => Some(customer(id, arguments, connection).await),
        None => None,
    };
    let (mut found, mut problems) = find(&person, &source, &stores).await?;
    problems.dedup();
    let json = arguments.output.is_document();
    // Of a customer there may be what is still to be read.
    if found.is_empty() && customer.is_none() {
        eprintln!("No data of {person} was found.");
        for problem in &problems {
            eprintln!("Not checked: {problem}");
        }
        return Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if !json {
        write_stdout(&view::found(&person, &found, Timestamp::now()))?;
    }
    if let Some(customer) = &customer {
        let holdings = customer.look(Timestamp::now().as_millisecond()).await;
        if !json {
            write_stdout(&format!("{}\n", holdings.sentence()))?;
        }
        if arguments.dry_run {
            problems.extend(holdings.problems());
            problems.dedup();
        }
    }
    let mut erased_at = None;
    if !arguments.dry_run {
        if !arguments.yes && !confirm(&person)? {
            eprintln!("Nothing was changed.");
            return Ok(ExitCode::FAILURE);
        }
        let at = Timestamp::now().as_millisecond();
        list_all(&person, &source, &stores, &mut found, at).await?;
        erased_at = Some(at);
    }
    let deadline = Instant::now() + arguments.patience();
    let (mut places, log) = if arguments.dry_run {
        (Vec::new(), follow_log(arguments, &person, &source, &found, Duration::ZERO).await?)
    } else {
        wait(arguments, &person, &source, &stores, &found).await?
    };
    let mut kept = Vec::new();
    if let (Some(customer), Some(at)) = (customer, erased_at) {
        let holdings = customer.until_gone(at, deadline).await;
        places.extend(holdings.places());
        kept = holdings.kept();
    }
    let complete = !arguments.dry_run && problems.is_empty() && places.iter().all(|place| place.done);
    let report = Report {
        deliveries: found.deliveries().cloned().collect(),
        requests: found.request_ids().len(),
        dry_run: arguments.dry_run,
        places,
        held: log.held,
        kept,
        problems,
        complete,
    };
    write_stdout(&if json { arguments.output.document(&report)? } else { view::report(&report) })?;
    Ok(if report.complete || report.dry_run { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Adds everything to the lists of what is erased: the person, if it is a customer, what was found, and what came in the meantime.
async fn list_all(
    person: &Person,
    source: &LogSource,
    stores: &Stores,
    found: &mut Findings,
    at: Millis,
) -> Result<(), Error> {
    if person.customer().is_some() {
        // First, so that nobody tells the customer that the deliveries are cancelled.
        execute::query(source, &ForgetQuery { person, at }, |()| Ok(())).await?;
        sleep(SETTLE).await;
    }
    list::list(source, person, found, at).await?;
    sleep(SETTLE).await;
    let (now, _) = find(person, source, stores).await?;
    let late = now.without(found);
    if !late.is_empty() {
        list::list(source, person, &late, at).await?;
        found.merge(late);
    }
    Ok(())
}

/// Serves one step, as a Job in the cluster.
async fn serve(arguments: &Erase, person: &Person, source: &LogSource) -> Result<(), Error> {
    let (deliveries, requests) = (&arguments.delivery_id, &arguments.request_id);
    match arguments.step {
        Some(Step::List) => {
            execute::serve(source, &ListQuery { person, deliveries, requests, at: arguments.erased_at }).await
        }
        Some(Step::Forget) => execute::serve(source, &ForgetQuery { person, at: arguments.erased_at }).await,
        Some(Step::Follow) => execute::serve(source, &follow(arguments, person, deliveries, requests)).await,
        Some(Step::Find) | None => execute::serve(source, &FindQuery(person)).await,
    }
}

fn follow<'a>(
    arguments: &Erase,
    person: &'a Person,
    deliveries: &'a [String],
    requests: &'a [String],
) -> FollowQuery<'a> {
    FollowQuery { person, deliveries, requests, earliest: arguments.earliest, patience: arguments.patience() }
}

/// The services that have a customer's purchases and what follows from them.
async fn customer(id: &str, arguments: &Erase, connection: &Connection) -> CustomerStores {
    let services = arguments.entrance.find(connection, arguments.kafka.installation_namespace.as_deref()).await;
    CustomerStores { id: id.to_owned(), services }
}

async fn stores(arguments: &Erase, connection: &Connection) -> Result<Stores, Error> {
    let cluster = connection.cluster().await?;
    let installation = installation::find(&cluster, arguments.kafka.installation_namespace.as_deref()).await;
    let (namespace, mut namespaces) = match installation {
        Ok(found) => (found.namespace, found.config.watch_namespaces),
        // With --bootstrap-servers, no installation is needed.
        Err(_) if arguments.kafka.bootstrap_servers.is_some() => (cluster.namespace.clone(), Vec::new()),
        Err(error) => return Err(error),
    };
    if namespaces.is_empty() {
        namespaces.push(cluster.namespace.clone());
    }
    let gateway = arguments.gateway.find(&cluster, &namespace).await;
    Ok(Stores { cluster, namespaces, gateway })
}

/// Searches everywhere; also returns what could not be searched.
async fn find(person: &Person, source: &LogSource, stores: &Stores) -> Result<(Findings, Vec<String>), Error> {
    let mut found = Findings::default();
    execute::query(source, &FindQuery(person), |one| {
        found.add(one);
        Ok(())
    })
    .await?;
    let (past, problems) = stores.past(person).await;
    for one in stores.objects(person).await?.into_iter().chain(past) {
        found.add(one);
    }
    Ok((found, problems))
}

fn confirm(person: &Person) -> Result<bool, Error> {
    if !std::io::stdin().is_terminal() {
        return Err(NoTerminal.into());
    }
    let mut output = std::io::stderr();
    write!(output, "Erase all this data of {person} permanently? Type yes: ")?;
    output.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

/// Waits up to `patience` until the log has tombstones, and counts what it still holds.
async fn follow_log(
    arguments: &Erase,
    person: &Person,
    source: &LogSource,
    found: &Findings,
    patience: Duration,
) -> Result<LogRemainder, Error> {
    let (deliveries, requests) = (found.delivery_ids(), found.request_ids());
    let query =
        FollowQuery { earliest: found.earliest(), patience, ..follow(arguments, person, &deliveries, &requests) };
    let mut reported = None;
    execute::query(source, &query, |PendingTombstones { plans, states }| {
        let left = plans + states;
        if patience > Duration::ZERO && left > 0 && reported.replace(left) != Some(left) {
            let count = |count: usize, one, many| counted(u64::try_from(count).unwrap_or(u64::MAX), one, many);
            let (plans, states) = (count(plans, "plan", "plans"), count(states, "state", "states"));
            eprintln!("Waiting until {plans} and {states} are removed from the log.");
        }
        Ok(())
    })
    .await
}

/// Waits until everything is erased everywhere, or the time is up.
async fn wait(
    arguments: &Erase,
    person: &Person,
    source: &LogSource,
    stores: &Stores,
    found: &Findings,
) -> Result<(Vec<PlaceReport>, LogRemainder), Error> {
    let deadline = Instant::now() + arguments.patience();
    let ids = found.delivery_ids();
    let all: HashSet<String> = ids.iter().cloned().collect();
    let mut reported = usize::MAX;
    let objects = loop {
        let left = stores.objects_left(&all).await?;
        if left == 0 || Instant::now() >= deadline {
            break left;
        }
        if std::mem::replace(&mut reported, left) != left {
            let left = counted(u64::try_from(left).unwrap_or(u64::MAX), "object is", "objects are");
            eprintln!("Waiting until {left} deleted.");
        }
        sleep(POLL).await;
    };
    let rest = deadline.saturating_duration_since(Instant::now());
    let log = follow_log(arguments, person, source, found, rest).await?;
    let delivery_store = until_gone(deadline, "the gateway and MongoDB", ids.clone(), async |ids: &[String]| {
        stores.delivery_store_left(ids).await
    })
    .await;
    let position_index =
        until_gone(deadline, "the index", ids, async |ids: &[String]| stores.position_index_left(ids).await).await;
    Ok((places(all.len(), objects, log.left, &delivery_store, &position_index), log))
}

/// Checks repeatedly what is left, until nothing is, or the time is up.
async fn until_gone(
    deadline: Instant,
    place: &str,
    mut ids: Vec<String>,
    check: impl AsyncFn(&[String]) -> Remaining,
) -> Remaining {
    let mut reported = false;
    loop {
        let remaining = check(&ids).await;
        let over = Instant::now() >= deadline;
        match remaining {
            Remaining::NotInstalled => return Remaining::NotInstalled,
            Remaining::Ids(left) if left.is_empty() || over => return Remaining::Ids(left),
            Remaining::Unknown(why) if over => return Remaining::Unknown(why),
            Remaining::Ids(left) => ids = left,
            Remaining::Unknown(_) => {}
        }
        if !std::mem::replace(&mut reported, true) {
            eprintln!("Waiting for {place}.");
        }
        sleep(POLL).await;
    }
}

#[cfg(test)]
#[path = "tests/command.rs"]
mod tests;
