//! What README.md, README.pt-BR.md and docs/ tell a user to type works in the demo: every command ends with success and finds something. So do
//! the examples in the plugin's help.
//!
//! The commands of a block run in one shell, from the root of the repository, as a user's do. One that never ends runs until its block
//! has ended, and must print something. [`delivery_e2e::commands`] says how a page names what cannot be run, and why.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use std::{env, fs, process, thread};

use delivery_e2e::commands::{Block, Command, Expected, blocks};
use delivery_e2e::unique;
use serde_json::Value;

/// Seconds that a block may take.
const LIMIT: &str = "600";
/// How often a block is tried, and how long after it failed: other tests disturb pods for a moment.
const ATTEMPTS: usize = 6;
const PAUSE: Duration = Duration::from_secs(15);
/// The Delivery that the commands name. It is made anew before each block that does, so that it is under way: for some 45 seconds, because
/// one command waits for its end.
const NAMED: &str = "primeiro";
const FRESH: &str = r"sed '/^spec:/a\  intervalMilliseconds: 200' crds/examples/delivery.yaml | kubectl replace --force -f - &&
kubectl wait delivery/primeiro --for=condition=Ready --timeout=180s";

const PRELUDE: &str = r#"
# By itself, curl takes an answer such as 404 for a success.
curl() { command curl --fail-with-body --silent --show-error "$@"; }
# Ends what still runs, with all that it has started.
trap 'trap "" TERM; kill 0' EXIT
"#;

/// The examples in the plugin's help that are not run, by their beginnings.
const NOT_RUN: [(&str, &str); 9] = [
    ("kubectl delivery start primeiro --speed-kmh 40 --wait", "the test of the plugin waits for a delivery"),
    ("kubectl delivery watch primeiro segundo --until-finished", "the test of the plugin waits for a delivery"),
    ("kubectl delivery purchase --customer", "the test of the plugin waits for a delivery"),
    ("kubectl delivery verify --delivery primeiro --strict", "the delivery is still under way"),
    ("kubectl delivery erase --client", "it erases"),
    ("kubectl delivery erase --customer", "it erases, and asks first"),
    ("kubectl delivery check", "other tests break on purpose what it checks; the test of the plugin runs it"),
    ("kubectl delivery map --open", "there is no desktop with a browser"),
    ("kubectl delivery dead-letters --follow", "there may be no dead letter while it runs"),
];
/// Those that may find nothing.
const MAY_FIND_NOTHING: [&str; 3] = [
    "kubectl delivery dead-letters --since 1h",
    "kubectl delivery dead-letters -o json",
    "kubectl delivery history --near -47.92923,-15.82594 --radius 1000",
];
/// The plugin's commands whose help has examples; what starts a delivery or buys comes before what finds it.
const WITH_EXAMPLES: [&str; 12] = [
    "start",
    "list",
    "watch",
    "suspend",
    "map",
    "dead-letters",
    "erase",
    "check",
    "top",
    "history",
    "purchase",
    "verify",
];

/// The two tests below change the same Delivery.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn every_command_of_the_readmes_and_the_docs_finds_something() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut failures = Vec::new();
    let mut done = BTreeSet::new();
    let mut count = 0;
    for page in pages() {
        let text = fs::read_to_string(root().join(&page)).unwrap();
        for block in blocks(&page, &text, is_whole).unwrap_or_else(|error| panic!("{error:#}")) {
            // README.pt-BR.md has the commands of README.md, which a test of the crate architecture holds it to.
            if done.insert(without_comments(&block)) {
                count += block.commands.iter().filter(|command| runs(command)).count();
                failures.extend(tried(&block));
            }
        }
    }
    assert!(count >= 20, "only {count} commands were found in README.md and docs/");
    assert!(failures.is_empty(), "{} of {count} commands fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_example_in_the_plugins_help_finds_something() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut failures = Vec::new();
    let mut skipped = BTreeSet::new();
    for name in WITH_EXAMPLES {
        let help = process::Command::new("kubectl").args(["delivery", name, "--help"]).output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        let commands: Vec<Command> = (1..)
            .zip(help.lines().map(str::trim))
            .filter(|(_, line)| line.starts_with("kubectl delivery "))
            .map(|(number, line)| {
                let mut command = Command::new(number, line.to_owned());
                if let Some((beginning, reason)) = NOT_RUN.iter().find(|(beginning, _)| line.starts_with(beginning)) {
                    skipped.insert(*beginning);
                    command.expected = Expected::Skipped((*reason).to_owned());
                } else if MAY_FIND_NOTHING.iter().any(|beginning| line.starts_with(beginning)) {
                    command.expected = Expected::Success;
                }
                command
            })
            .collect();
        assert!(!commands.is_empty(), "kubectl delivery {name} --help has no examples");
        failures.extend(tried(&Block { page: format!("kubectl delivery {name} --help"), commands }));
    }
    let all: BTreeSet<&str> = NOT_RUN.iter().map(|(beginning, _)| *beginning).collect();
    assert_eq!(skipped, all, "an exception concerns no example");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The repository.
fn root() -> PathBuf {
    Path::new(&env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("..").canonicalize().unwrap()
}

/// The pages for users, from the root.
fn pages() -> Vec<String> {
    let mut pages = vec!["README.md".to_owned(), "README.pt-BR.md".to_owned()];
    let mut folders = vec!["docs".to_owned()];
    while let Some(folder) = folders.pop() {
        let mut names: Vec<_> =
            fs::read_dir(root().join(&folder)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        for name in names {
            let path = format!("{folder}/{}", name.to_str().unwrap());
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if Path::new(&path).extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages
}

/// Whether bash takes the text for whole commands.
fn is_whole(text: &str) -> bool {
    let checked = process::Command::new("bash").args(["-n", "-c", text]).output().unwrap();
    checked.status.success() && checked.stderr.is_empty()
}

fn runs(command: &Command) -> bool {
    !matches!(command.expected, Expected::Skipped(_))
}

fn without_comments(block: &Block) -> String {
    let lines = block.commands.iter().flat_map(|command| command.text.lines());
    lines.map(|line| line.split(" #").next().unwrap_or_default().trim_end()).collect::<Vec<_>>().join("\n")
}

/// Runs a block, again if it fails, and returns what fails at last.
fn tried(block: &Block) -> Vec<String> {
    let mut failures = Vec::new();
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            thread::sleep(PAUSE);
        }
        failures = failures_of(block);
        if failures.is_empty() {
            break;
        }
    }
    failures
}

/// Runs a block once, and returns what fails, each with its page and line.
fn failures_of(block: &Block) -> Vec<String> {
    let running = || block.commands.iter().filter(|command| runs(command));
    if running().any(|command| command.text.split_whitespace().any(|word| word.contains(NAMED))) {
        let fresh = Block { page: "its preparation".to_owned(), commands: vec![Command::new(1, FRESH.to_owned())] };
        let failures = Session::run(&fresh).failures(&fresh);
        if !failures.is_empty() {
            return failures;
        }
    }
    if running().next().is_none() { Vec::new() } else { Session::run(block).failures(block) }
}

/// What the commands of a block have done: a file for what each printed, and one for its exit code.
struct Session {
    results: PathBuf,
    /// What the shell itself had to say.
    complaints: String,
}

impl Session {
    fn run(block: &Block) -> Self {
        let results = Path::new(env!("CARGO_TARGET_TMPDIR")).join(unique("docs"));
        fs::create_dir_all(&results).unwrap();
        let script = results.join("script.sh");
        fs::write(&script, script_of(block)).unwrap();
        // It ends itself if a command does not, with all processes of the block: timeout has a group of its own.
        let shell = process::Command::new("timeout")
            .args(["--kill-after=10", LIMIT, "bash"])
            .arg(&script)
            .env("RESULTS", &results)
            .current_dir(root())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Self { results, complaints: String::from_utf8_lossy(&shell.stderr).into_owned() }
    }

    fn failures(&self, block: &Block) -> Vec<String> {
        let commands = block.commands.iter().enumerate();
        let failures = commands.filter_map(|(number, command)| {
            let (code, out, err) = (self.read(number, "code"), self.read(number, "out"), self.read(number, "err"));
            let wrong = match (&command.expected, code.trim()) {
                (Expected::Skipped(_), _) => return None,
                (Expected::Endless, _) => (!finds_something(&out)).then(|| "prints nothing".to_owned()),
                (_, "") => Some(format!("has not ended; the block was given {LIMIT} s")),
                (Expected::Output, "0") => (!finds_something(&out)).then(|| "finds nothing".to_owned()),
                (_, "0") => None,
                (_, code) => Some(format!("fails with {code}")),
            }?;
            let said = [&out, &err, &self.complaints].map(|text| last_lines(text)).join("");
            Some(format!("{}:{}: {}\n    {wrong}\n{said}", block.page, command.line, command.text))
        });
        failures.collect()
    }

    fn read(&self, number: usize, what: &str) -> String {
        let bytes = fs::read(self.results.join(format!("{number}.{what}"))).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.results).unwrap_or_default();
    }
}

/// The block as a script for bash.
fn script_of(block: &Block) -> String {
    let mut script = PRELUDE.to_owned();
    for (number, Command { text, expected, .. }) in block.commands.iter().enumerate() {
        let printed = format!(r#">"$RESULTS/{number}.out" 2>"$RESULTS/{number}.err" </dev/null"#);
        let written = match expected {
            Expected::Skipped(_) => Ok(()),
            // It goes on beside the commands after it, which may need it.
            Expected::Endless => writeln!(
                script,
                "{{\n{text}\n}} {printed} &\nfor ((i = 0; i < 600; i++)); do [[ ! -s $RESULTS/{number}.out ]] || break; sleep 0.1; done"
            ),
            Expected::Output | Expected::Success => {
                writeln!(script, "{{\n{text}\n}} {printed}\necho $? >\"$RESULTS/{number}.code\"")
            }
        };
        written.unwrap();
    }
    script
}

/// Whether there is more in an output than that there is nothing: in JSON, a list that is not empty, if it has lists.
fn finds_something(output: &str) -> bool {
    let lists_of = |document: &Value| -> Vec<bool> {
        let lists = document.as_object().into_iter().flat_map(|fields| fields.values()).filter_map(Value::as_array);
        lists.map(Vec::is_empty).collect()
    };
    match serde_json::from_str::<Value>(output) {
        Ok(Value::Array(list)) => !list.is_empty(),
        Ok(document) => {
            let lists = lists_of(&document);
            lists.is_empty() || lists.contains(&false)
        }
        Err(_) => !output.trim().is_empty(),
    }
}

/// The end of what was printed, for a message.
fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines.iter().skip(lines.len().saturating_sub(5));
    last.fold(String::new(), |all, line| format!("{all}    | {line}\n"))
}

const PAGE: &str = "\
# A page

<!-- test: NAME is primeiro -->
<!-- test: skip `make demo` because the test needs it -->

```sh
make demo          # it starts
# only a comment
for i in 1 2; do
  kubectl get delivery NAME \\
    -o yaml
done
kubectl port-forward service/a 1 &
port=1
```

```console
$ kubectl get deliveries -w
NAME
```

<!-- test: silent `true` because that is what it does -->
```sh
true
```

```yaml
kind: Delivery
```
";

#[test]
fn blocks_are_read_with_their_lines_and_with_what_the_comments_say() {
    let read = blocks("a.md", PAGE, is_whole).unwrap();
    let found: Vec<Vec<(usize, &str, &Expected)>> = read
        .iter()
        .map(|block| block.commands.iter().map(|one| (one.line, one.text.as_str(), &one.expected)).collect())
        .collect();
    let skipped = Expected::Skipped("the test needs it".to_owned());
    assert_eq!(
        found,
        [
            vec![
                (7, "make demo          # it starts", &skipped),
                (9, "for i in 1 2; do\n  kubectl get delivery primeiro \\\n    -o yaml\ndone", &Expected::Output),
                (13, "kubectl port-forward service/a 1 &", &Expected::Endless),
                (14, "port=1", &Expected::Success),
            ],
            vec![(18, "kubectl get deliveries -w", &Expected::Endless)],
            vec![(24, "true", &Expected::Success)],
        ]
    );
}

#[test]
fn comments_for_tests_that_are_wrong_are_named() {
    let block = "```sh\ntrue\n```\n";
    for (page, says) in [
        (format!("<!-- test: skip -->\n{block}"), "a.md:1 is not understood, or gives no reason"),
        (format!("<!-- test: skip because -->\n{block}"), "a.md:1 is not understood, or gives no reason"),
        (
            format!("<!-- test: skip `false` because it fails -->\n{block}"),
            "begins with \"false\", but the block below it has none",
        ),
        (format!("<!-- test: NAME is a -->\n{block}"), "the placeholder NAME, but the block below it has none"),
        (format!("<!-- test: skip because it fails -->\nText.\n{block}"), "a.md:2 separates a comment"),
        (
            "<!-- test: skip because it fails -->\n```yaml\na: 1\n```\n".to_owned(),
            "a.md:2 has a comment for tests, but no",
        ),
        ("```sh\necho \"open\n```\n".to_owned(), "a.md:1: the last command of this block has no end"),
    ] {
        let error = format!("{:#}", blocks("a.md", &page, is_whole).unwrap_err());
        assert!(error.contains(says), "{says:?} is not in {error:?}");
    }
}

#[test]
fn what_fails_finds_nothing_or_prints_nothing_is_found_and_variables_last() {
    let page = "```sh\nword=found\necho $word\nfalse\ntrue\necho '{\"deliveries\": []}'\n\
        tail -f /dev/null --follow\n```\n\
        ```sh\n{ echo begun; exec sleep 600; } # --watch\n```\n";
    let blocks = blocks("a.md", page, is_whole).unwrap();
    let failures: Vec<String> = blocks.iter().flat_map(|block| Session::run(block).failures(block)).collect();
    let heads: Vec<&str> = failures.iter().filter_map(|failure| failure.lines().next()).collect();
    assert_eq!(
        heads,
        ["a.md:4: false", "a.md:5: true", "a.md:6: echo '{\"deliveries\": []}'", "a.md:7: tail -f /dev/null --follow"],
        "{failures:#?}"
    );
    assert!(failures.first().is_some_and(|failure| failure.contains("fails with 1")), "{failures:?}");
}
