//! Judges the frames of one run: the request is accepted, every position comes once and in order, and the end is told once. Pure.

use delivery_messages::Millis;

use crate::failure::Failure;
use crate::frames::{Delivery, Frame, Position};

/// What was seen, and how long it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// The request was accepted, so many milliseconds after it was sent.
    Accepted { after: Millis },
    /// The first position came, so many milliseconds after the request was sent.
    FirstPosition { after: Millis },
    /// A position came, so many milliseconds after it was due.
    Position { age: Millis },
}

/// How the end of the delivery was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Not yet.
    Untold,
    /// In the list after a new connection, for which the gateway may have sent the frame over the old one.
    Listed,
    /// In a frame of its own.
    Told,
}

/// What has been seen of one delivery.
#[derive(Debug)]
pub(crate) struct Watch {
    request_id: String,
    /// When the request was first sent.
    sent: Option<Millis>,
    /// Its delivery, once it is accepted.
    delivery: Option<String>,
    /// Positions that came before the request was accepted, with the time when they came: they may be of its delivery.
    early: Vec<(Position, Millis)>,
    /// The `seq` that is due next.
    next: u64,
    /// After a new connection: positions that have come already may come once more.
    resumes: bool,
    /// The last position has come.
    arrived: bool,
    end: End,
}

impl Watch {
    /// Of the delivery that this request becomes.
    pub(crate) const fn new(request_id: String) -> Self {
        Self {
            request_id,
            sent: None,
            delivery: None,
            early: Vec::new(),
            next: 0,
            resumes: false,
            arrived: false,
            end: End::Untold,
        }
    }

    /// The request was sent. Times are counted from the first time.
    pub(crate) fn sent(&mut self, now: Millis) {
        self.sent = self.sent.or(Some(now));
    }

    /// There is a new connection.
    pub(crate) const fn resume(&mut self) {
        self.resumes = true;
    }

    /// Whether the request has been accepted.
    pub(crate) const fn is_accepted(&self) -> bool {
        self.delivery.is_some()
    }

    /// Whether the last position and the end have come.
    pub(crate) fn is_complete(&self) -> bool {
        self.arrived && self.end != End::Untold
    }

    /// What is missing now that the time is over.
    pub(crate) fn late(&self) -> Failure {
        match &self.delivery {
            None => Failure::NotAccepted(self.request_id.clone()),
            Some(delivery) if self.next == 0 => Failure::NoPosition(delivery.clone()),
            Some(delivery) => Failure::NotFinished { delivery: delivery.clone(), next: self.next },
        }
    }

    /// Takes a frame that came now.
    ///
    /// An error when it is not what should come.
    pub(crate) fn see(&mut self, frame: &Frame, now: Millis) -> Result<Vec<Sight>, Failure> {
        match frame {
            Frame::Accepted { request_id, delivery_id } if *request_id == self.request_id => {
                self.accepted(delivery_id, now)
            }
            Frame::Rejected { request_id, reason, message } if request_id.as_ref() == Some(&self.request_id) => {
                Err(Failure::Rejected { reason: reason.clone(), message: message.clone() })
            }
            Frame::Position(position) => self.position(position, now),
            Frame::Listing { deliveries, .. } => {
                if let Some(ours) = deliveries.iter().find(|delivery| self.is_ours(&delivery.delivery_id)) {
                    self.listed(ours)?;
                }
                Ok(Vec::new())
            }
            Frame::Delivery(delivery) if self.is_ours(&delivery.delivery_id) && delivery.phase == "Failed" => {
                Err(ended(delivery))
            }
            Frame::Finished { delivery_id } if self.is_ours(delivery_id) => {
                if self.end == End::Told {
                    return Err(Failure::FinishedTwice(delivery_id.clone()));
                }
                self.end = End::Told;
                Ok(Vec::new())
            }
            Frame::Cancelled { delivery_id } if self.is_ours(delivery_id) => {
                Err(Failure::Ended { delivery: delivery_id.clone(), phase: "Cancelled".to_owned() })
            }
            _ => Ok(Vec::new()),
        }
    }

    fn is_ours(&self, delivery_id: &str) -> bool {
        self.delivery.as_deref() == Some(delivery_id)
    }

    fn since_sent(&self, now: Millis) -> Millis {
        now - self.sent.unwrap_or(now)
    }

    fn accepted(&mut self, delivery_id: &str, now: Millis) -> Result<Vec<Sight>, Failure> {
        if self.is_accepted() {
            return Ok(Vec::new());
        }
        self.delivery = Some(delivery_id.to_owned());
        let mut sights = vec![Sight::Accepted { after: self.since_sent(now) }];
        for (position, came) in std::mem::take(&mut self.early) {
            sights.extend(self.position(&position, came)?);
        }
        Ok(sights)
    }

    fn listed(&mut self, ours: &Delivery) -> Result<(), Failure> {
        match ours.phase.as_str() {
            "Finished" if self.end == End::Untold => self.end = End::Listed,
            "Failed" | "Cancelled" => return Err(ended(ours)),
            _ => {}
        }
        Ok(())
    }

    fn position(&mut self, position: &Position, now: Millis) -> Result<Vec<Sight>, Failure> {
        let Position { delivery_id, seq, at, finished } = position;
        let (delivery, seq) = (delivery_id.clone(), *seq);
        if !self.is_accepted() {
            self.early.push((position.clone(), now));
            return Ok(Vec::new());
        }
        if !self.is_ours(delivery_id) {
            return Ok(Vec::new());
        }
        if seq < self.next {
            if self.resumes {
                return Ok(Vec::new());
            }
            let last = self.next - 1;
            return Err(if seq == last {
                Failure::Repeated { delivery, seq }
            } else {
                Failure::Disordered { delivery, last, found: seq }
            });
        }
        if self.arrived {
            return Err(Failure::AfterTheEnd { delivery, seq });
        }
        if seq > self.next {
            return Err(Failure::Gap { delivery, due: self.next, found: seq });
        }
        self.resumes = false;
        self.next += 1;
        self.arrived = *finished;
        let age = Sight::Position { age: now - at };
        let first = (seq == 0).then(|| Sight::FirstPosition { after: self.since_sent(now) });
        Ok(first.into_iter().chain([age]).collect())
    }
}

fn ended(delivery: &Delivery) -> Failure {
    Failure::Ended { delivery: delivery.delivery_id.clone(), phase: delivery.phase.clone() }
}

#[cfg(test)]
#[path = "tests/watch.rs"]
mod tests;
