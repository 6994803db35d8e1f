//! The report of `check`: lines under headings, or JSON. Pure.

use serde_json::{Value, json};

use super::finding::{Category, Finding, Report, Verdict};
use crate::base::output::counted;
use crate::base::table::printable;

/// The report, with a sentence at its end.
pub(crate) fn text(report: &Report) -> String {
    let categories: String = report.categories.iter().map(category).collect();
    format!("{categories}{}\n", summary(report))
}

fn category(category: &Category) -> String {
    let lines: String = category.checks.iter().map(line).collect();
    format!("{}\n{lines}\n", category.name)
}

fn line(finding: &Finding) -> String {
    let mark = match finding.result {
        Verdict::Right => '✓',
        Verdict::Warning => '!',
        Verdict::Wrong => '✗',
        Verdict::Skipped => '-',
    };
    let way_out = finding.way_out.as_ref().map(|way_out| format!("      {}\n", printable(way_out)));
    format!("  {mark} {}\n{}", printable(&finding.message), way_out.unwrap_or_default())
}

/// What the report comes to, in a sentence.
pub(crate) fn summary(report: &Report) -> String {
    let (wrong, warnings) = (report.count(Verdict::Wrong), report.count(Verdict::Warning));
    let warned = counted(warnings, "warning", "warnings");
    match (wrong, warnings) {
        (0, 0) => "Everything is right.".to_owned(),
        (0, _) => format!("Nothing is wrong; {warned}."),
        (_, 0) => format!("{}.", counted(wrong, "thing is wrong", "things are wrong")),
        _ => format!("{}; {warned}.", counted(wrong, "thing is wrong", "things are wrong")),
    }
}

pub(crate) fn json(report: &Report) -> Value {
    json!({
        "right": report.is_right(),
        "wrong": report.count(Verdict::Wrong),
        "warnings": report.count(Verdict::Warning),
        "categories": report.categories,
    })
}

#[cfg(test)]
#[path = "tests/view.rs"]
mod tests;
