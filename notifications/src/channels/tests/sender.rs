use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use delivery_mail::Failure;
use delivery_observability::locks::lock;
use lettre::Message;
use prometheus_client::registry::Registry;

use super::*;
use crate::domain::ids::RecipientId;
use crate::domain::notification::Notification;
use crate::domain::recipient::{Customer, Recipient};
use crate::domain::repository::RepositoryError;
use crate::domain::testing::{self, id, notification};

/// A mail in the queue.
#[derive(Debug)]
struct Queued {
    due: Option<Millis>,
    claimed_by: Option<String>,
    attempts: u64,
    ends: Vec<MailEnd>,
}

/// The queue of one mail, to one recipient.
#[derive(Clone, Debug)]
struct Queue {
    mail: Arc<Mutex<Queued>>,
    /// How many notes are lost, because the process is killed or the database is away.
    lost: Arc<Mutex<usize>>,
    recipient: Option<Recipient>,
}

impl Queue {
    fn new(recipient: Option<Recipient>) -> Self {
        let mail = Queued { due: Some(0), claimed_by: None, attempts: 0, ends: Vec::new() };
        Self { mail: Arc::new(Mutex::new(mail)), lost: Arc::default(), recipient }
    }

    fn ends(&self) -> Vec<MailEnd> {
        lock(&self.mail).ends.clone()
    }
}

impl MailQueue for Queue {
    async fn due(&self, now: Millis) -> Result<Vec<NotificationId>, RepositoryError> {
        Ok(lock(&self.mail).due.filter(|due| *due <= now).map(|_| id(1)).into_iter().collect())
    }

    async fn claim(
        &self,
        _: NotificationId,
        by: &str,
        now: Millis,
        until: Millis,
    ) -> Result<Option<Claimed>, RepositoryError> {
        let mut mail = lock(&self.mail);
        if mail.due.is_none_or(|due| due > now) {
            return Ok(None);
        }
        let again = mail.claimed_by.replace(by.to_owned()).is_some();
        mail.due = Some(until);
        mail.attempts += 1;
        Ok(Some(Claimed { notification: notification(1), attempt: mail.attempts, again }))
    }

    async fn settle(&self, _: NotificationId, by: &str, end: &MailEnd) -> Result<(), RepositoryError> {
        let mut lost = lock(&self.lost);
        if *lost > 0 {
            *lost -= 1;
            return Err(RepositoryError::Unavailable);
        }
        let mut mail = lock(&self.mail);
        if mail.claimed_by.as_deref() == Some(by) {
            if !matches!(end, MailEnd::Later { in_doubt: true, .. }) {
                mail.claimed_by = None;
            }
            mail.due = if let MailEnd::Later { due, .. } = end { Some(*due) } else { None };
            mail.ends.push(end.clone());
        }
        Ok(())
    }
}

impl Recipients for Queue {
    async fn recipient(&self, _: RecipientId) -> Result<Option<Recipient>, RepositoryError> {
        Ok(self.recipient.clone())
    }

    async fn choose(&self, chosen: &Recipient) -> Result<Recipient, RepositoryError> {
        Ok(chosen.clone())
    }

    async fn bought(&self, _: &Customer) -> Result<(), RepositoryError> {
        Ok(())
    }

    async fn erased(&self, _: &[RecipientId]) -> Result<BTreeMap<RecipientId, Millis>, RepositoryError> {
        Ok(BTreeMap::new())
    }
}

/// A queue of many mails, of which each look finds a page.
#[derive(Clone, Debug)]
struct Pages(Arc<Mutex<Vec<NotificationId>>>);

impl MailQueue for Pages {
    async fn due(&self, _: Millis) -> Result<Vec<NotificationId>, RepositoryError> {
        Ok(lock(&self.0).iter().take(100).copied().collect())
    }

    async fn claim(
        &self,
        id: NotificationId,
        _: &str,
        _: Millis,
        _: Millis,
    ) -> Result<Option<Claimed>, RepositoryError> {
        Ok(Some(Claimed { notification: Notification { id, ..notification(1) }, attempt: 1, again: false }))
    }

    async fn settle(&self, id: NotificationId, _: &str, _: &MailEnd) -> Result<(), RepositoryError> {
        lock(&self.0).retain(|other| *other != id);
        Ok(())
    }
}

impl Recipients for Pages {
    async fn recipient(&self, _: RecipientId) -> Result<Option<Recipient>, RepositoryError> {
        Ok(Some(testing::recipient()))
    }

    async fn choose(&self, chosen: &Recipient) -> Result<Recipient, RepositoryError> {
        Ok(chosen.clone())
    }

    async fn bought(&self, _: &Customer) -> Result<(), RepositoryError> {
        Ok(())
    }

    async fn erased(&self, _: &[RecipientId]) -> Result<BTreeMap<RecipientId, Millis>, RepositoryError> {
        Ok(BTreeMap::new())
    }
}

/// A mail server that answers what it is told to, and keeps what it takes.
#[derive(Clone, Debug, Default)]
struct Server {
    errors: Arc<Mutex<Vec<MailError>>>,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Mailer for Server {
    async fn send(&self, mail: Message) -> Result<(), MailError> {
        if let Some(error) = lock(&self.errors).pop() {
            return Err(error);
        }
        lock(&self.taken).push(String::from_utf8(mail.formatted()).unwrap());
        Ok(())
    }
}

fn sender<Q: Clone>(queue: &Q, server: &Server) -> Sender<Q, Server> {
    let letterhead = Letterhead { from: "shop@code-delivery.example".parse().unwrap(), public_url: None };
    let metrics = Metrics::new(&mut Registry::default());
    let heartbeat = Heartbeat::new(std::time::Duration::from_mins(5));
    Sender { queue: queue.clone(), mailer: server.clone(), letterhead, metrics, heartbeat }
}

/// Makes the mail due now, as time does.
fn wait(queue: &Queue) {
    lock(&queue.mail).due = Some(0);
}

#[tokio::test]
async fn a_mail_is_sent_once_however_often_it_is_asked_for() {
    let (queue, server) = (Queue::new(Some(testing::recipient())), Server::default());
    let (one, other) = (sender(&queue, &server), sender(&queue, &server));
    for sender in [&one, &other, &one] {
        sender.serve(id(1)).await;
    }
    assert_eq!(lock(&server.taken).len(), 1);
    assert!(matches!(queue.ends()[..], [MailEnd::Sent { .. }]));
}

#[tokio::test]
async fn while_the_server_is_away_the_mail_waits_and_is_sent_afterwards() {
    let (queue, server) = (Queue::new(Some(testing::recipient())), Server::default());
    lock(&server.errors).extend(vec![MailError::from(Failure::NotTaken("away".to_owned())); 3]);
    let sender = sender(&queue, &server);
    for _ in 0..4 {
        sender.serve(id(1)).await;
        if lock(&queue.mail).due.is_some() {
            wait(&queue);
        }
    }
    let ends = queue.ends();
    assert_eq!(ends.len(), 4);
    assert!(ends[..3].iter().all(|end| matches!(end, MailEnd::Later { .. })), "{ends:?}");
    assert!(matches!(ends[3], MailEnd::Sent { .. }));
    assert!(!lock(&server.taken)[0].contains("X-Code-Delivery-Resent"), "it is known that none was sent before");
}

#[tokio::test]
async fn a_mail_that_the_server_may_have_taken_is_sent_once_more_and_says_so() {
    let (queue, server) = (Queue::new(Some(testing::recipient())), Server::default());
    lock(&server.errors).push(Failure::InDoubt("the connection broke".to_owned()).into());
    let sender = sender(&queue, &server);
    sender.serve(id(1)).await;
    wait(&queue);
    sender.serve(id(1)).await;
    assert!(lock(&server.taken)[0].contains("X-Code-Delivery-Resent: true"));
}

#[tokio::test]
async fn an_address_that_the_server_refuses_is_a_bounce_and_is_not_tried_again() {
    let (queue, server) = (Queue::new(Some(testing::recipient())), Server::default());
    lock(&server.errors).push(Failure::Refused("no such user".to_owned()).into());
    let sender = sender(&queue, &server);
    sender.serve(id(1)).await;
    sender.serve(id(1)).await;
    assert!(matches!(&queue.ends()[..], [MailEnd::Bounced { error }] if error.contains("no such user")));
    assert!(lock(&server.taken).is_empty());
}

#[tokio::test]
async fn a_recipient_who_was_erased_gets_no_mail() {
    let (queue, server) = (Queue::new(None), Server::default());
    sender(&queue, &server).serve(id(1)).await;
    assert!(matches!(queue.ends()[..], [MailEnd::Bounced { .. }]));
    assert!(lock(&server.taken).is_empty());
}

#[tokio::test]
async fn after_a_kill_between_sending_and_noting_it_there_is_one_more_which_says_so() {
    let (queue, server) = (Queue::new(Some(testing::recipient())), Server::default());
    let first = sender(&queue, &server);
    let claimed = queue.claim(id(1), "killed", 0, LEASE).await.unwrap().unwrap();
    assert!(matches!(first.send(&claimed).await, MailEnd::Sent { .. }), "and the process is killed here");
    let second = sender(&queue, &server);
    wait(&queue);
    second.serve(id(1)).await;
    second.serve(id(1)).await;
    let taken = lock(&server.taken).clone();
    assert_eq!(taken.len(), 2);
    assert!(!taken[0].contains("X-Code-Delivery-Resent") && taken[1].contains("X-Code-Delivery-Resent: true"));
    let id = |mail: &str| mail.lines().find(|line| line.starts_with("Message-ID")).map(str::to_owned);
    assert_eq!(id(&taken[0]), id(&taken[1]), "the same mail to whoever looks at its id");
}

#[tokio::test(start_paused = true)]
async fn a_note_is_repeated_until_the_database_is_back() {
    let (queue, server) = (Queue::new(Some(testing::recipient())), Server::default());
    *lock(&queue.lost) = 5;
    sender(&queue, &server).serve(id(1)).await;
    assert!(matches!(queue.ends()[..], [MailEnd::Sent { .. }]));
    assert_eq!(lock(&server.taken).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_due_is_found_without_being_told() {
    let (queue, server) = (Queue::new(Some(testing::recipient())), Server::default());
    let (tell, fresh) = mpsc::channel(1);
    let running = tokio::spawn(sender(&queue, &server).run(fresh));
    while queue.ends().is_empty() {
        sleep(Duration::from_millis(100)).await;
    }
    drop(tell);
    running.await.unwrap();
    assert_eq!(lock(&server.taken).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_has_piled_up_is_sent_page_after_page_without_a_pause() {
    let (queue, server) = (Pages(Arc::new(Mutex::new((0..1_000).map(id).collect()))), Server::default());
    let (tell, fresh) = mpsc::channel(1);
    let begun = tokio::time::Instant::now();
    let running = tokio::spawn(sender(&queue, &server).run(fresh));
    while !lock(&queue.0).is_empty() {
        sleep(Duration::from_millis(10)).await;
    }
    assert!(begun.elapsed() < SWEEP, "{:?}", begun.elapsed());
    drop(tell);
    running.await.unwrap();
    assert_eq!(lock(&server.taken).len(), 1_000);
}
