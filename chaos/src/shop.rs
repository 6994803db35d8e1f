//! The purchases of a run: orders from its beginning until it says that it is enough, and the promises about them at its end.

use std::time::Duration;

use delivery_kafka::KafkaConfig;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::evidence::purchases;
use crate::load::orders::Orders;
use crate::verdict::judge::Promise;
use crate::verdict::purchases as promises;

/// How long what was bought may take to be through. An e-mail is left for two minutes to a sender that was killed, and for one more when
/// the mail server has not taken it.
const SETTLE_LIMIT: Duration = Duration::from_mins(5);
/// How long the customers' notifications may take then.
const NEWS_LIMIT: Duration = Duration::from_mins(4);

/// Orders that are being sent.
pub(crate) struct Shop {
    pub(crate) orders: Orders,
    enough: watch::Sender<bool>,
    sending: JoinHandle<()>,
}

impl Shop {
    /// Begins to send orders, so many a second, until it is enough, and at least so many.
    pub(crate) fn open(run: &str, per_second: u32, at_least: usize) -> Self {
        let orders = Orders::new(run);
        let (enough, stop) = watch::channel(false);
        let sending = tokio::spawn(orders.clone().send(per_second, at_least, stop));
        Self { orders, enough, sending }
    }

    /// No more orders are needed than the least number.
    pub(crate) fn is_enough(&self) {
        let _ = self.enough.send(true);
    }

    /// Waits for the last answer and for everything that follows from the purchases, and judges it.
    pub(crate) async fn close(self, kafka: &KafkaConfig) -> Vec<Promise> {
        self.is_enough();
        let mut failures = Vec::new();
        if let Err(error) = self.sending.await {
            failures.push(format!("this program stopped sending orders: {error}"));
        }
        let mut bought = self.orders.with(|bought| bought.clone());
        bought.failures.extend(failures);
        let mut all = vec![promises::taken(&bought)];
        match Box::pin(purchases::prove(kafka, &bought.ids(), SETTLE_LIMIT)).await {
            Ok(proof) => {
                all.push(promises::paid(&bought, &proof.approved));
                all.push(promises::complete(&proof.report));
            }
            Err(error) => all.push(Promise::tried(promises::COMPLETE, String::new(), vec![format!("{error:#}")])),
        }
        match purchases::notifications(&promises::notifications_of(&bought), NEWS_LIMIT).await {
            Ok(found) => all.push(promises::told(&bought, &found)),
            Err(error) => all.push(Promise::tried("every customer is told", String::new(), vec![format!("{error:#}")])),
        }
        all
    }
}
