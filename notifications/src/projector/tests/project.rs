use std::collections::BTreeSet;

use delivery_kafka::NextOffsets;
use delivery_messages::{Purchase, StatePhase};
use delivery_observability::locks::lock;
use futures::executor::block_on;
use prometheus_client::registry::Registry;
use proptest::prelude::*;

use super::*;
use crate::domain::ids::{NotificationId, RecipientId};
use crate::domain::testing::NOW;
use crate::domain::text::{Category, Content};
use crate::domain::use_cases::{Request, UseCases};
use crate::group::Record;
use crate::projector::fold::Fold;
use crate::projector::kind::Kind;
use crate::projector::news::id;
use crate::projector::testing::{Heard, Kept, customer, invoice, plan, purchase, purchase_id, record_of, state};

/// What happens to a delivered purchase, but for the kinds that are late or go wrong.
const WAY: [Kind; 6] =
    [Kind::Approved, Kind::Invoiced, Kind::Accepted, Kind::UnderWay, Kind::NearlyThere, Kind::Finished];

/// One process that reads all partitions.
struct Process {
    fold: Fold,
    projector: Projector<Kept, Heard>,
}

impl Process {
    /// Starts one on a store, which an earlier one may have left.
    fn start(store: &Kept, heard: &Heard) -> Self {
        let mut fold = Fold::default();
        fold.begin(block_on(store.under_way()).unwrap());
        let metrics = Metrics::new(&mut Registry::default());
        Self { fold, projector: Projector { store: store.clone(), outlet: heard.clone(), metrics } }
    }

    /// Reads records, so many at a time.
    fn read(&mut self, records: &[Record], batch: usize) {
        for batch in records.chunks(batch) {
            for record in batch {
                self.fold.take(record, NOW).unwrap();
            }
            let (work, _) = self.fold.finish(NextOffsets::new(), NOW);
            block_on(self.projector.carry_out(&work));
        }
    }
}

/// All records of some purchases and their deliveries, in the order in which they are written.
fn records(purchases: u32) -> Vec<Record> {
    let of = |number| {
        let running = |seq, progress| record_of(&state(number, seq, progress, StatePhase::Running));
        let begin = [record_of(&purchase(number)), record_of(&invoice(number)), record_of(&plan(number))];
        let finished = record_of(&state(number, 9, 1.0, StatePhase::Finished));
        begin.into_iter().chain([running(-1, 0.0), running(4, 0.5), running(8, 0.95), finished])
    };
    (1..=purchases).flat_map(of).collect()
}

/// The ids of all news about some purchases.
fn expected(purchases: u32) -> BTreeSet<String> {
    (1..=purchases).flat_map(|number| WAY.map(|kind| id(&purchase_id(number), kind).to_string())).collect()
}

/// How many notifications come of it, by the rules of the service that reads the topic.
fn notifications(heard: &Heard) -> usize {
    let service = UseCases::new(crate::domain::testing::InMemory::default(), true, Box::new(|_| {}));
    let sent = heard.all().into_iter().map(|message| Request {
        id: NotificationId::read("notificationId", message.notification_id.as_deref().unwrap()).unwrap(),
        recipient: RecipientId::read("recipientId", &message.recipient_id).unwrap(),
        content: Content::new(message.content).unwrap(),
        category: Category::new(message.category).unwrap(),
        link: None,
        at: NOW,
        trace: None,
    });
    let sent = sent.map(|request| block_on(service.send(request)).unwrap());
    sent.filter(|sent| matches!(sent, crate::domain::use_cases::Sent::New(_))).count()
}

#[test]
fn a_customer_is_told_the_whole_way_of_a_purchase_in_its_order() {
    let (store, heard) = (Kept::default(), Heard::default());
    Process::start(&store, &heard).read(&records(1), 1);
    let told: Vec<String> = heard.all().into_iter().map(|message| message.content).collect();
    assert_eq!(
        told,
        [
            "Your purchase of R$ 39.80 was approved.",
            "The invoice 000.000.001 of your purchase was issued.",
            "Your delivery was accepted and will leave soon.",
            "Your delivery is on its way.",
            "Your delivery is nearly there.",
            "Your delivery has arrived.",
        ]
    );
}

proptest! {
    /// In whatever order topics are read, and in batches of any size.
    #[test]
    fn any_order_of_records_gives_the_same_news(records in Just(records(2)).prop_shuffle(), batch in 1..15_usize) {
        let (store, heard) = (Kept::default(), Heard::default());
        Process::start(&store, &heard).read(&records, batch);
        prop_assert_eq!(heard.ids(), expected(2));
        prop_assert_eq!(heard.all().len(), expected(2).len(), "each is told once");
    }

    /// The process is killed after it has kept what some records tell, and before it has told it.
    #[test]
    fn what_was_kept_and_not_told_is_told_when_its_record_is_read_again(
        killed_at in 0..15_usize,
        batch in 1..15_usize,
    ) {
        let (store, heard, records) = (Kept::default(), Heard::default(), records(2));
        let mut killed = Fold::default();
        for record in records.iter().take(killed_at) {
            killed.take(record, NOW).unwrap();
        }
        for (subject, step) in killed.finish(NextOffsets::new(), NOW).0.steps {
            store.keep_and_die(&subject, step.facts);
        }
        Process::start(&store, &heard).read(&records, batch);
        prop_assert_eq!(heard.ids(), expected(2));
    }

    /// The process is killed at any record, with or without having noted what it has told; the group's offsets are lost, and everything is
    /// read again from the beginning.
    #[test]
    fn reading_everything_again_makes_no_second_notification(
        killed_at in 0..15_usize,
        lost_marks in 0..9_usize,
        batch in 1..5_usize,
        times in 1..3_usize,
    ) {
        let (store, heard, records) = (Kept::default(), Heard::default(), records(2));
        *delivery_observability::locks::lock(&store.lost_marks) = lost_marks;
        Process::start(&store, &heard).read(records.get(..killed_at).unwrap_or(&records), batch);
        for _ in 0..times {
            Process::start(&store, &heard).read(&records, batch);
        }
        prop_assert_eq!(heard.ids(), expected(2));
        prop_assert_eq!(notifications(&heard), expected(2).len());
    }
}

#[test]
fn of_who_was_erased_nothing_is_told_again_when_everything_is_read_again() {
    let (store, heard) = (Kept::default(), Heard::default());
    Process::start(&store, &heard).read(&records(2), 5);
    let before = heard.all().len();
    let of_the_erased = |id: &str| id == customer(1).to_string();
    // As the store forgets a recipient: nothing is left of the orders.
    lock(&store.orders).retain(|_, order| order.recipient() != Some(customer(1)));
    store.recipients.erase(customer(1), NOW);
    let mut process = Process::start(&store, &heard);
    process.read(&records(2), 5);
    assert!(heard.all()[before..].iter().all(|message| !of_the_erased(&message.recipient_id)));
    assert!(!lock(&store.orders).values().any(|order| order.recipient() == Some(customer(1))));
    assert_eq!(block_on(store.recipient(customer(1))), Ok(None));
    assert!(block_on(store.recipient(customer(2))).unwrap().is_some());

    // Who buys again is a customer again.
    let again = Purchase { purchase_id: purchase_id(7), created_at: NOW + 1, ..purchase(1) };
    process.read(&[record_of(&again)], 1);
    let told = heard.all().last().unwrap().clone();
    assert!(of_the_erased(&told.recipient_id) && told.category == "purchase", "{told:?}");
    assert!(block_on(store.recipient(customer(1))).unwrap().is_some());
}
