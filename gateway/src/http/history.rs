//! The answers about what was: reads a question, has it asked, and says what is wrong.

use std::sync::Arc;
use std::time::Instant;

use delivery_messages::Millis;
use jiff::Timestamp;
use serde::Serialize;
use warp::reply::Reply;

use super::Answer;
use super::problem::Problem;
use crate::gateway::shared::Gateway;
use crate::position_index::ask;
use crate::position_index::extent::Extent;
use crate::position_index::heat::{self, Heat};
use crate::position_index::index::{Index, SearchError};
use crate::position_index::near::{self, Near};
use crate::position_index::parameters::{Invalid, Parameters};
use crate::position_index::past::{self, Past};
use crate::position_index::positions::{self, Positions};
use crate::position_index::summary::{self, Summary};
use crate::position_index::titles::Titles;
use crate::position_index::traces::{self, Traces};

/// The part of a URL after `?`.
pub type Given = Vec<(String, String)>;

/// Which question is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// `GET /history`.
    Extent,
    /// `GET /history/summary`.
    Summary,
    /// `GET /history/near`.
    Near,
    /// `GET /history/heat`.
    Heat,
    /// `GET /history/deliveries`.
    Deliveries,
    /// `GET /history/deliveries/:id/positions`.
    Positions(String),
    /// `GET /history/traces`.
    Traces,
}

impl Question {
    /// Its name in metrics.
    const fn name(&self) -> &'static str {
        match self {
            Self::Extent => "extent",
            Self::Summary => "summary",
            Self::Near => "near",
            Self::Heat => "heat",
            Self::Deliveries => "deliveries",
            Self::Positions(_) => "positions",
            Self::Traces => "traces",
        }
    }
}

/// Answers a question.
///
/// # Errors
/// 404 without Elasticsearch, 400 for a parameter that is none, 503 when there is no answer.
pub async fn answer(gateway: &Gateway, question: Question, given: &Given) -> Answer {
    let Some(index) = &gateway.search else {
        let message = "This installation keeps no history of positions: the gateway was given no Elasticsearch.";
        return Err(Problem::not_found("HistoryOff", message));
    };
    let (name, begun) = (question.name(), Instant::now());
    let answer = ask(gateway, index, question, given).await;
    let outcome = answer.as_ref().map_or_else(|problem| problem.reason, |_| "answered");
    gateway.metrics.searched(name, outcome, begun.elapsed());
    answer
}

async fn ask(gateway: &Gateway, index: &Index, question: Question, given: &Given) -> Answer {
    let (scope, now) = (&gateway.scope, now());
    let titles = || Titles(Arc::clone(gateway.live.published().catalogue()));
    match question {
        Question::Extent => {
            Parameters::read(given, &[])?;
            told(ask::extent(index, &Extent::of(scope)).await)
        }
        Question::Summary => {
            let question = Summary::read(&Parameters::read(given, summary::PARAMETERS)?, scope, now)?;
            told(ask::summary(index, &question, &titles()).await)
        }
        Question::Near => {
            let question = Near::read(&Parameters::read(given, near::PARAMETERS)?, scope, now)?;
            told(ask::near(index, &question, &titles()).await)
        }
        Question::Heat => {
            let question = Heat::read(&Parameters::read(given, heat::PARAMETERS)?, scope, now)?;
            told(ask::heat(index, &question).await)
        }
        Question::Deliveries => {
            let question = Past::read(&Parameters::read(given, past::PARAMETERS)?, scope, now)?;
            told(ask::past(index, &question, &titles()).await)
        }
        Question::Positions(id) => {
            let question = Positions::read(&id, &Parameters::read(given, positions::PARAMETERS)?, scope)?;
            told(ask::positions(index, question).await)
        }
        Question::Traces => {
            let question = Traces::read(&Parameters::read(given, traces::PARAMETERS)?, scope)?;
            told(ask::traces(index, &question).await)
        }
    }
}

fn now() -> Millis {
    Timestamp::now().as_millisecond()
}

fn told<T: Serialize>(answer: Result<T, SearchError>) -> Answer {
    Ok(warp::reply::json(&answer?).into_response())
}

impl From<Invalid> for Problem {
    fn from(Invalid(message): Invalid) -> Self {
        Self::bad_request("InvalidParameter", message)
    }
}

impl From<SearchError> for Problem {
    fn from(error: SearchError) -> Self {
        Self::unavailable(error.reason(), error.to_string())
    }
}
