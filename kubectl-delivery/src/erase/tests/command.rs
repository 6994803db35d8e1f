use clap::Parser;

use super::*;
use crate::log::query::Query;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    erase: Erase,
}

fn parse(line: &str) -> Result<Erase, clap::Error> {
    Line::try_parse_from(line.split(' ')).map(|line| line.erase)
}

#[test]
fn exactly_one_person_is_named_and_not_by_an_empty_name() {
    assert_eq!(parse("erase --courier ana").unwrap().person().unwrap(), Person::Courier("ana".into()));
    assert_eq!(parse("erase --client c-1 --yes").unwrap().person().unwrap(), Person::Client("c-1".into()));
    assert!(parse("erase --courier ana --client c-1").is_err());
    let message = parse("erase").err().unwrap().to_string();
    assert!(message.contains("--courier <NAME>|--client <ID>"), "{message}");
    let message = parse("erase --courier=").err().unwrap().to_string();
    assert!(message.contains("it is empty"), "{message}");
}

#[test]
fn a_job_in_the_cluster_gets_the_same_query() {
    let person = Person::Courier("ana maria".into());
    let (deliveries, requests) = (vec!["d-1".to_owned()], vec!["--odd".to_owned()]);
    let list = ListQuery { person: &person, deliveries: &deliveries, requests: &requests, at: 7 };
    let follow = FollowQuery {
        person: &person,
        deliveries: &deliveries,
        requests: &requests,
        earliest: Some(5),
        patience: Duration::ZERO,
    };
    let read = |words: Vec<String>| {
        let words = words.into_iter().chain(["--stream".to_owned()]);
        Line::try_parse_from(words).unwrap().erase
    };
    let listed = read(Query::arguments(&list));
    assert_eq!((listed.step, listed.erased_at, listed.person().unwrap()), (Some(Step::List), 7, person.clone()));
    assert_eq!((&listed.delivery_id, &listed.request_id), (&deliveries, &requests));
    let followed = read(Query::arguments(&follow));
    assert_eq!((followed.step, followed.earliest, followed.patience()), (Some(Step::Follow), Some(5), Duration::ZERO));
    assert_eq!(read(Query::arguments(&FindQuery(&person))).step, Some(Step::Find));
}

#[test]
fn a_customer_is_named_by_the_address_or_the_id_and_a_job_never_gets_the_address() {
    let id = "bb4c2658-f93b-8cd3-ba20-ac6eeb66555c";
    let person = parse("erase --customer Customer7@example.com").unwrap().person().unwrap();
    assert_eq!(person, Person::Customer { name: "Customer7@example.com".into(), id: id.into() });
    assert_eq!(
        parse(&format!("erase --customer {}", id.to_uppercase())).unwrap().person().unwrap().customer(),
        Some(id)
    );
    for wrong in ["customer7", "@example.com", "customer7@"] {
        let message = parse(&format!("erase --customer {wrong}")).err().unwrap().to_string();
        assert!(message.contains("neither an e-mail address nor a customer's id"), "{message}");
    }
    let words = Query::arguments(&ForgetQuery { person: &person, at: 7 });
    assert!(words.iter().all(|word| !word.contains('@')), "{words:?}");
    let job = Line::try_parse_from(words).unwrap().erase;
    assert_eq!((job.step, job.erased_at, job.person().unwrap().customer()), (Some(Step::Forget), 7, Some(id)));
}

#[tokio::test]
async fn an_unavailable_store_is_checked_until_the_time_is_over_and_only_for_what_is_left() {
    let now = Instant::now();
    let away =
        until_gone(now, "x", vec!["a".into()], async |_: &[String]| Remaining::Unknown("It is unavailable.".into()))
            .await;
    assert_eq!(away, Remaining::Unknown("It is unavailable.".into()));
    let later = now + Duration::from_mins(1);
    let ids = vec!["a".to_owned(), "b".to_owned()];
    let asked = until_gone(later, "x", ids, async |ids: &[String]| {
        Remaining::Ids(if ids.len() == 2 { vec!["b".to_owned()] } else { Vec::new() })
    });
    assert_eq!(asked.await, Remaining::Ids(Vec::new()));
}
