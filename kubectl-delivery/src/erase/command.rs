//! The command `erase`: its flags, its question, and the order of things.

use super::elsewhere::Elsewhere;
use super::find::Find;
use super::follow::{Follow, Left, Stand};
use super::found::Findings;
use super::list::{self, List};
use super::print;
use super::report::{Report, Told, places};
use super::who::Who;
use crate::cluster::Connection;
use crate::error::Error;
use crate::gateway::GatewayArguments;
use crate::installation;
use crate::leftovers::Leftovers;
use crate::output::{Format, counted, duration, say};
use crate::question;
use crate::source::{KafkaArguments, Source};
use clap::ArgGroup;
use delivery_messages::Millis;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const POLL: Duration = Duration::from_secs(1);
/// A request that was being served when its id was listed is a delivery by then, and found.
const SETTLED: Duration = Duration::from_secs(2);

/// Flags of `erase`.
#[derive(Clone, Debug, clap::Args)]
#[command(group = ArgGroup::new("person").required(true).args(["courier", "client"]))]
pub struct Erase {
    /// All deliveries of this courier, to the letter.
    #[arg(long, value_name = "NAME", value_parser = name)]
    courier: Option<String>,
    /// All deliveries that this client asked for, to the letter.
    #[arg(long, value_name = "ID", value_parser = name)]
    client: Option<String>,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
    /// Show what would be erased, and what Kafka would still hold; change nothing.
    #[arg(long)]
    dry_run: bool,
    /// How long to wait until every place has erased it, such as 5m.
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = duration_or_none)]
    timeout: SignedDuration,
    /// The form of the output.
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    #[command(flatten)]
    gateway: GatewayArguments,
    /// What a reader in the cluster is to do.
    #[arg(long, value_enum, hide = true)]
    step: Option<Step>,
    #[arg(long, hide = true)]
    delivery_id: Vec<String>,
    #[arg(long, hide = true)]
    request_id: Vec<String>,
    #[arg(long, hide = true, default_value_t)]
    erased_at: Millis,
    #[arg(long, hide = true)]
    earliest: Option<Millis>,
    /// Answer in lines of JSON; how a reader in the cluster answers.
    #[arg(long, hide = true)]
    stream: bool,
    #[command(flatten)]
    kafka: KafkaArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Step {
    Find,
    List,
    Follow,
}

fn name(text: &str) -> Result<String, String> {
    // What has no courier has the empty one.
    if text.is_empty() { Err("it is empty; give the name to the letter".to_owned()) } else { Ok(text.to_owned()) }
}

fn duration_or_none(text: &str) -> Result<SignedDuration, String> {
    if text == "0s" { Ok(SignedDuration::ZERO) } else { duration(text) }
}

/// The ids as arguments of a reader in the cluster.
pub(super) fn ids(deliveries: &[String], requests: &[String]) -> Vec<String> {
    let deliveries = deliveries.iter().map(|id| format!("--delivery-id={id}"));
    deliveries.chain(requests.iter().map(|id| format!("--request-id={id}"))).collect()
}

impl Erase {
    fn who(&self) -> Result<Who, Error> {
        match (&self.courier, &self.client) {
            (Some(name), None) => Ok(Who::Courier(name.clone())),
            (None, Some(id)) => Ok(Who::Client(id.clone())),
            _ => Err(Error::Invalid("Name either --courier or --client.".to_owned())),
        }
    }

    fn patience(&self) -> Duration {
        Duration::try_from(self.timeout).unwrap_or_default()
    }

    fn follow<'a>(&self, who: &'a Who, deliveries: &'a [String], requests: &'a [String]) -> Follow<'a> {
        Follow { who, deliveries, requests, earliest: self.earliest, patience: self.patience() }
    }
}

/// Runs the command. The exit code is 1 when something is left, or could not be asked.
///
/// # Errors
/// When what there is cannot be found, or the list cannot be written.
pub async fn run(arguments: &Erase, connection: &Connection, leftovers: &Leftovers) -> Result<ExitCode, Error> {
    let who = arguments.who()?;
    let source = arguments.kafka.source(connection, leftovers).await?;
    if arguments.stream {
        return serve(arguments, &who, &source).await.map(|()| ExitCode::SUCCESS);
    }
    let elsewhere = elsewhere(arguments, connection).await?;
    let (mut found, mut problems) = find(&who, &source, &elsewhere).await?;
    problems.dedup();
    let json = arguments.output == Format::Json;
    if found.is_empty() {
        eprintln!("Nothing of {who} was found.");
        for problem in &problems {
            eprintln!("Not asked: {problem}");
        }
        return Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if !json {
        say(&print::found(&who, &found, Timestamp::now()))?;
    }
    if !arguments.dry_run {
        if !arguments.yes && !confirmed(&who)? {
            eprintln!("Nothing was changed.");
            return Ok(ExitCode::FAILURE);
        }
        let at = Timestamp::now().as_millisecond();
        list::list(&source, &who, &found, at).await?;
        sleep(SETTLED).await;
        let (again, _) = find(&who, &source, &elsewhere).await?;
        let late = again.without(&found);
        if !late.is_empty() {
            list::list(&source, &who, &late, at).await?;
            found.merge(late);
        }
    }
    let (places, stand) = if arguments.dry_run {
        (Vec::new(), look(arguments, &who, &source, &found, Duration::ZERO).await?)
    } else {
        wait(arguments, &who, &source, &elsewhere, &found).await?
    };
    let complete = !arguments.dry_run && problems.is_empty() && places.iter().all(|place| place.done);
    let report = Report {
        deliveries: found.deliveries().cloned().collect(),
        requests: found.request_ids().len(),
        dry_run: arguments.dry_run,
        places,
        held: stand.held,
        problems,
        complete,
    };
    say(&if json { serde_json::to_string_pretty(&report)? + "\n" } else { print::report(&report) })?;
    Ok(if report.complete || report.dry_run { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Does one step for a command that runs elsewhere.
async fn serve(arguments: &Erase, who: &Who, source: &Source) -> Result<(), Error> {
    let (deliveries, requests) = (&arguments.delivery_id, &arguments.request_id);
    match arguments.step {
        Some(Step::List) => question::serve(source, &List { who, deliveries, requests, at: arguments.erased_at }).await,
        Some(Step::Follow) => question::serve(source, &arguments.follow(who, deliveries, requests)).await,
        Some(Step::Find) | None => question::serve(source, &Find(who)).await,
    }
}

async fn elsewhere(arguments: &Erase, connection: &Connection) -> Result<Elsewhere, Error> {
    let cluster = connection.cluster().await?;
    let installation = installation::find(&cluster, arguments.kafka.installation_namespace.as_deref()).await;
    let (namespace, mut namespaces) = match installation {
        Ok(found) => (found.namespace, found.config.watch_namespaces),
        // With --bootstrap-servers it need not be found.
        Err(_) if arguments.kafka.bootstrap_servers.is_some() => (cluster.namespace.clone(), Vec::new()),
        Err(error) => return Err(error),
    };
    if namespaces.is_empty() {
        namespaces.push(cluster.namespace.clone());
    }
    let gateway = arguments.gateway.find(&cluster, &namespace).await.map_err(|error| error.to_string());
    Ok(Elsewhere { cluster, namespaces, gateway })
}

/// Looks in all places.
async fn find(who: &Who, source: &Source, elsewhere: &Elsewhere) -> Result<(Findings, Vec<String>), Error> {
    let mut found = Findings::default();
    question::ask(source, &Find(who), |one| {
        found.add(one);
        Ok(())
    })
    .await?;
    let (past, problems) = elsewhere.past(who).await;
    for one in elsewhere.objects(who).await?.into_iter().chain(past) {
        found.add(one);
    }
    Ok((found, problems))
}

fn confirmed(who: &Who) -> Result<bool, Error> {
    if !std::io::stdin().is_terminal() {
        return Err(Error::Invalid(
            "Nobody can be asked here; say --yes to erase it, or --dry-run to look.".to_owned(),
        ));
    }
    let mut output = std::io::stderr();
    write!(output, "Erase all of this of {who} for good? Type yes: ")?;
    output.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

/// Asks the log, and waits for it so long.
async fn look(
    arguments: &Erase,
    who: &Who,
    source: &Source,
    found: &Findings,
    patience: Duration,
) -> Result<Stand, Error> {
    let (deliveries, requests) = (found.delivery_ids(), found.request_ids());
    let follow = Follow { earliest: found.earliest(), patience, ..arguments.follow(who, &deliveries, &requests) };
    let mut said = None;
    question::ask(source, &follow, |Left { plans, states }| {
        let left = plans + states;
        if patience > Duration::ZERO && left > 0 && said.replace(left) != Some(left) {
            let count = |count: usize, one, many| counted(u64::try_from(count).unwrap_or(u64::MAX), one, many);
            let (plans, states) = (count(plans, "plan", "plans"), count(states, "state", "states"));
            eprintln!("Waiting until {plans} and {states} are removed from the log.");
        }
        Ok(())
    })
    .await
}

/// Waits until every place has erased it, or the time is over, and tells how they stand.
async fn wait(
    arguments: &Erase,
    who: &Who,
    source: &Source,
    elsewhere: &Elsewhere,
    found: &Findings,
) -> Result<(Vec<super::report::PlaceReport>, Stand), Error> {
    let deadline = Instant::now() + arguments.patience();
    let ids = found.delivery_ids();
    let all: HashSet<String> = ids.iter().cloned().collect();
    let mut said = usize::MAX;
    let objects = loop {
        let left = elsewhere.objects_left(&all).await?;
        if left == 0 || Instant::now() >= deadline {
            break left;
        }
        if std::mem::replace(&mut said, left) != left {
            let left = counted(u64::try_from(left).unwrap_or(u64::MAX), "object is", "objects are");
            eprintln!("Waiting until {left} deleted.");
        }
        sleep(POLL).await;
    };
    let rest = deadline.saturating_duration_since(Instant::now());
    let stand = look(arguments, who, source, found, rest).await?;
    let history = until_gone(deadline, "the gateway and MongoDB", ids.clone(), async |ids: &[String]| {
        elsewhere.history_left(ids).await
    })
    .await;
    let index = until_gone(deadline, "the index", ids, async |ids: &[String]| elsewhere.index_left(ids).await).await;
    Ok((places(all.len(), objects, stand.left, &history, &index), stand))
}

/// Asks again for what was left, until nothing is, or the time is over.
async fn until_gone(
    deadline: Instant,
    place: &str,
    mut ids: Vec<String>,
    ask: impl AsyncFn(&[String]) -> Told,
) -> Told {
    let mut said = false;
    loop {
        let told = ask(&ids).await;
        let over = Instant::now() >= deadline;
        match told {
            Told::Off => return Told::Off,
            Told::Left(left) if left.is_empty() || over => return Told::Left(left),
            Told::Unknown(why) if over => return Told::Unknown(why),
            Told::Left(left) => ids = left,
            Told::Unknown(_) => {}
        }
        if !std::mem::replace(&mut said, true) {
            eprintln!("Waiting for {place}.");
        }
        sleep(POLL).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        erase: Erase,
    }

    fn parse(line: &str) -> Result<Erase, clap::Error> {
        Line::try_parse_from(line.split(' ')).map(|line| line.erase)
    }

    #[test]
    fn one_person_is_named_and_not_by_an_empty_name() {
        assert_eq!(parse("erase --courier ana").unwrap().who().unwrap(), Who::Courier("ana".into()));
        assert_eq!(parse("erase --client c-1 --yes").unwrap().who().unwrap(), Who::Client("c-1".into()));
        assert!(parse("erase --courier ana --client c-1").is_err());
        let message = parse("erase").err().unwrap().to_string();
        assert!(message.contains("--courier <NAME>|--client <ID>"), "{message}");
        let message = parse("erase --courier=").err().unwrap().to_string();
        assert!(message.contains("it is empty"), "{message}");
    }

    #[test]
    fn what_a_reader_in_the_cluster_is_told_is_what_was_asked() {
        let who = Who::Courier("ana maria".into());
        let (deliveries, requests) = (vec!["d-1".to_owned()], vec!["--odd".to_owned()]);
        let list = List { who: &who, deliveries: &deliveries, requests: &requests, at: 7 };
        let follow = Follow {
            who: &who,
            deliveries: &deliveries,
            requests: &requests,
            earliest: Some(5),
            patience: Duration::ZERO,
        };
        let read = |words: Vec<String>| {
            let words = words.into_iter().chain(["--stream".to_owned()]);
            Line::try_parse_from(words).unwrap().erase
        };
        let listed = read(question::Question::arguments(&list));
        assert_eq!((listed.step, listed.erased_at, listed.who().unwrap()), (Some(Step::List), 7, who.clone()));
        assert_eq!((&listed.delivery_id, &listed.request_id), (&deliveries, &requests));
        let followed = read(question::Question::arguments(&follow));
        assert_eq!(
            (followed.step, followed.earliest, followed.patience()),
            (Some(Step::Follow), Some(5), Duration::ZERO)
        );
        assert_eq!(read(question::Question::arguments(&Find(&who))).step, Some(Step::Find));
    }

    #[tokio::test]
    async fn a_place_that_is_away_is_asked_until_the_time_is_over_and_only_for_what_is_left() {
        let now = Instant::now();
        let away =
            until_gone(now, "x", vec!["a".into()], async |_: &[String]| Told::Unknown("It is away.".into())).await;
        assert_eq!(away, Told::Unknown("It is away.".into()));
        let later = now + Duration::from_mins(1);
        let ids = vec!["a".to_owned(), "b".to_owned()];
        let asked = until_gone(later, "x", ids, async |ids: &[String]| {
            Told::Left(if ids.len() == 2 { vec!["b".to_owned()] } else { Vec::new() })
        });
        assert_eq!(asked.await, Told::Left(Vec::new()));
    }
}
