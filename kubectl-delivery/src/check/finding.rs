//! What a check finds: sentences, each with its result and, unless it is right, the way out. Pure.

use serde::Serialize;

use crate::base::Error;

/// The result of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Right,
    /// Worth knowing; everything works.
    Warning,
    /// Something does not work, or will not.
    Wrong,
    /// There is nothing to check: it is switched off, or may not be read.
    Skipped,
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding {
    pub(crate) result: Verdict,
    /// A whole sentence that names the object.
    pub(crate) message: String,
    /// What to do: one or more sentences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) way_out: Option<String>,
}

impl Finding {
    pub(crate) fn right(message: impl Into<String>) -> Self {
        Self { result: Verdict::Right, message: message.into(), way_out: None }
    }

    pub(crate) fn skipped(message: impl Into<String>) -> Self {
        Self { result: Verdict::Skipped, message: message.into(), way_out: None }
    }

    pub(crate) fn warning(message: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self { result: Verdict::Warning, message: message.into(), way_out: Some(way_out.into()) }
    }

    pub(crate) fn wrong(message: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self { result: Verdict::Wrong, message: message.into(), way_out: Some(way_out.into()) }
    }

    /// What could not be read: a warning if this user may not read it.
    pub(crate) fn unreadable(error: &Error) -> Self {
        let message = format!("{}.", error.to_string().trim_end_matches('.'));
        if error.is_forbidden() {
            return Self::warning(message, "Ask an administrator for the permission, or to run the check.");
        }
        Self::wrong(message, "Run the check again when this is mended.")
    }
}

/// The findings about one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Category {
    pub(crate) name: &'static str,
    pub(crate) checks: Vec<Finding>,
}

impl Category {
    pub(crate) fn new(name: &'static str, checks: impl Into<Vec<Finding>>) -> Self {
        Self { name, checks: checks.into() }
    }
}

/// Everything that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) categories: Vec<Category>,
}

impl Report {
    pub(crate) fn count(&self, result: Verdict) -> u64 {
        let checks = self.categories.iter().flat_map(|category| &category.checks);
        checks.map(|check| u64::from(check.result == result)).sum()
    }

    /// Whether nothing is wrong; warnings do not count.
    pub(crate) fn is_right(&self) -> bool {
        self.count(Verdict::Wrong) == 0
    }
}
