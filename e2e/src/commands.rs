//! The commands in pages for users, and what the pages say about testing them. Pure; `tests/docs.rs` runs them.
//!
//! Commands are in the fenced blocks whose language is `sh`, `bash` or `console`; in a `console` block each follows a `$ `, and the other
//! lines are output. HTML comments before a block, which no reader sees, say what a test has to know:
//!
//! - `<!-- test: skip because REASON -->`: the block is not run;
//! - ``<!-- test: skip `COMMAND` because REASON -->``: its commands that begin so are not run;
//! - ``<!-- test: silent `COMMAND` because REASON -->``: its commands that begin so may print nothing;
//! - `<!-- test: NAME is primeiro -->`: what to put in the place of a placeholder.

use anyhow::{Context, Result, bail, ensure};

/// Commands that are run in one shell, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The page's path, from the root of the repository.
    pub page: String,
    /// The commands, also those that are not run.
    pub commands: Vec<Command>,
}

/// One command, which may have several lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The number of its first line in the page.
    pub line: usize,
    /// What a user types, with the placeholders replaced.
    pub text: String,
    /// What it must do.
    pub expected: Expected,
}

/// What a command must do to pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// End with success, and print what it has found.
    Output,
    /// End with success.
    Success,
    /// Print something, and not end by itself.
    Endless,
    /// Nothing, because it is not run; the reason.
    Skipped(String),
}

impl Command {
    /// A command of which nothing else is said.
    #[must_use]
    pub fn new(line: usize, text: String) -> Self {
        let expected = if is_endless(&text) {
            Expected::Endless
        } else if is_silent(&text) {
            Expected::Success
        } else {
            Expected::Output
        };
        Self { line, text, expected }
    }
}

/// What a comment says about the commands of the block below it.
enum Note {
    /// Those that begin with this are not run.
    Skip { beginning: String, reason: String },
    /// Those that begin with this may print nothing.
    Silent { beginning: String },
    /// A placeholder, and what to put in its place.
    Placeholder { name: String, value: String },
}

/// The blocks of commands of a page. `is_whole` tells whether a shell takes a text for whole commands.
///
/// # Errors
/// A comment that is not understood, has no reason, or concerns no command; a command that does not end within its block.
pub fn blocks(page: &str, text: &str, is_whole: impl Fn(&str) -> bool) -> Result<Vec<Block>> {
    let mut blocks = Vec::new();
    let mut notes: Vec<Note> = Vec::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        let line = line.trim();
        if let Some(comment) = line.strip_prefix("<!-- test:") {
            let note = comment.strip_suffix("-->").and_then(|comment| read(comment.trim()));
            notes.push(note.with_context(|| format!("{page}:{number} is not understood, or gives no reason: {line}"))?);
        } else if let Some(language) = line.strip_prefix("```") {
            let content: Vec<(usize, &str)> = lines.by_ref().take_while(|(_, line)| line.trim() != "```").collect();
            let typed: Vec<(usize, &str)> = match language {
                "sh" | "bash" => content,
                "console" => content.iter().filter_map(|(at, line)| Some((*at, line.strip_prefix("$ ")?))).collect(),
                _ => Vec::new(),
            };
            if typed.is_empty() {
                ensure!(notes.is_empty(), "{page}:{number} has a comment for tests, but no commands");
                continue;
            }
            let mut commands = commands(&typed, &is_whole)
                .with_context(|| format!("{page}:{number}: the last command of this block has no end"))?;
            for note in notes.drain(..) {
                apply(&note, &mut commands).with_context(|| format!("{page}:{number}"))?;
            }
            blocks.push(Block { page: page.to_owned(), commands });
        } else if !line.is_empty() {
            ensure!(notes.is_empty(), "{page}:{number} separates a comment for tests from its block of commands");
        }
    }
    Ok(blocks)
}

/// The commands in these lines, each with the number of its first line; none if the last one has no end.
fn commands(lines: &[(usize, &str)], is_whole: impl Fn(&str) -> bool) -> Option<Vec<Command>> {
    let mut commands = Vec::new();
    let mut begun: Option<(usize, String)> = None;
    for (number, line) in lines {
        let (first, text) = match begun.take() {
            Some((first, text)) => (first, format!("{text}\n{line}")),
            None if line.trim().is_empty() || line.trim_start().starts_with('#') => continue,
            None => (*number, (*line).to_owned()),
        };
        if !text.ends_with('\\') && is_whole(&text) {
            commands.push(Command::new(first, text));
        } else {
            begun = Some((first, text));
        }
    }
    begun.is_none().then_some(commands)
}

fn read(comment: &str) -> Option<Note> {
    if let Some((name, value)) = comment.split_once(" is ")
        && !name.is_empty()
        && name.chars().all(|letter| letter.is_ascii_uppercase())
    {
        return Some(Note::Placeholder { name: name.to_owned(), value: value.to_owned() });
    }
    let (subject, reason) = comment.split_once("because ")?;
    let subject = subject.trim();
    let (verb, beginning) = subject.split_once(' ').unwrap_or((subject, "``"));
    let beginning = beginning.strip_prefix('`')?.strip_suffix('`')?.to_owned();
    match (verb, reason) {
        (_, "") => None,
        ("skip", reason) => Some(Note::Skip { beginning, reason: reason.to_owned() }),
        ("silent", _) => Some(Note::Silent { beginning }),
        _ => None,
    }
}

fn apply(note: &Note, commands: &mut [Command]) -> Result<()> {
    let mut applied = 0_usize;
    for command in commands {
        match note {
            Note::Skip { beginning, reason } if command.text.starts_with(beginning) => {
                command.expected = Expected::Skipped(reason.clone());
            }
            Note::Silent { beginning } if command.text.starts_with(beginning) => command.expected = Expected::Success,
            Note::Placeholder { name, value } if command.text.contains(name) => {
                command.text = command.text.replace(name, value);
            }
            _ => continue,
        }
        applied += 1;
    }
    let what = match note {
        Note::Skip { beginning, .. } | Note::Silent { beginning } => format!("that begins with {beginning:?}"),
        Note::Placeholder { name, .. } => format!("with the placeholder {name}"),
    };
    if applied == 0 {
        bail!("a comment for tests concerns a command {what}, but the block below it has none");
    }
    Ok(())
}

/// Whether it goes on until it is interrupted.
fn is_endless(command: &str) -> bool {
    let words: Vec<&str> = command.split_whitespace().collect();
    let has = |word: &str| words.contains(&word);
    let plugin = |name: &str| words.starts_with(&["kubectl", "delivery", name]);
    has("port-forward")
        || has("--watch")
        || has("-w")
        || has("--follow")
        || (has("logs") && has("-f"))
        || words.starts_with(&["watch"])
        || (plugin("watch") && !has("--until-finished"))
        || (plugin("map") && !has("--gateway"))
}

/// Whether it only changes the shell, such as an assignment.
fn is_silent(command: &str) -> bool {
    let word = command.split_whitespace().next().unwrap_or_default();
    let assigned = word.split_once('=').map(|(name, _)| name);
    ["cd", "eval", "export"].contains(&word)
        || assigned.is_some_and(|name| name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_'))
}
