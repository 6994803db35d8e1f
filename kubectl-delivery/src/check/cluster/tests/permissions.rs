use super::*;
use crate::check::finding::Verdict;

#[test]
fn what_is_forbidden_is_named_with_the_commands_that_need_it() {
    let reading = NEEDS.iter().find(|need| need.essential).unwrap();
    assert_eq!(judge(reading, "shop", &[]).message, "You may read Deliveries in the namespace shop.");
    let found = judge(reading, "shop", &reading.rights[1..2]);
    assert_eq!(found.result, Verdict::Wrong, "nothing is of use without it");
    assert_eq!(found.way_out.unwrap(), "Ask an administrator for list on deliveries.codedelivery.dev there.");

    let job = NEEDS.iter().find(|need| need.purpose.ends_with("a Job")).unwrap();
    let found = judge(job, "code-delivery", &[job.rights[1], job.rights[5]]);
    assert_eq!(found.result, Verdict::Warning);
    assert_eq!(
        found.message,
        "You may not read Kafka through a Job in the namespace code-delivery; where the brokers cannot be reached from here, \
         verify, topics, dead-letters and erase need it."
    );
    assert_eq!(found.way_out.unwrap(), "Ask an administrator for create on jobs.batch, get on pods/log there.");
}
