//! The health check for Argo CD, a script that nothing here can run: what it names must exist.

/// The healths that Argo CD knows and that an object which exists can have.
const HEALTHS: [&str; 4] = ["Healthy", "Progressing", "Degraded", "Suspended"];

/// Where the names are from.
#[derive(Clone, Copy)]
pub(crate) struct Sources<'a> {
    /// The source of the conditions' types.
    pub conditions: &'a str,
    /// The page with the table of reasons.
    pub reasons: &'a str,
    /// The definitions of the kinds.
    pub definitions: &'a str,
}

/// What the script names and nobody knows.
pub(crate) fn unknown_names(script: &str, sources: Sources<'_>) -> Vec<String> {
    let code: String =
        script.lines().filter(|line| !line.trim_start().starts_with("--")).flat_map(|line| [line, "\n"]).collect();
    let is_condition = |name: &str| sources.conditions.contains(&format!("= \"{name}\";"));
    let conditions = words_after(&code, "conditions.").filter(|name| !is_condition(name));
    let is_field = |name: &str| sources.definitions.contains(&format!(" {name}:\n"));
    let fields = ["obj.", " status."].into_iter().flat_map(|before| words_after(&code, before));
    let fields = fields.filter(|name| !["kind", "metadata"].contains(name) && !is_field(name));
    let is_known = |word: &str| {
        let is_kind = sources.definitions.contains(&format!(" kind: {word}\n"));
        let is_reason = sources.reasons.contains(&format!("| `{word}` |"));
        word == "True" || is_kind || is_reason || HEALTHS.contains(&word)
    };
    // Sentences are for people.
    let texts = code.split('"').skip(1).step_by(2).filter(|text| !text.contains(' ') && !is_known(text));
    let unknown = conditions.map(|name| ("condition", name));
    let unknown = unknown.chain(fields.map(|name| ("field", name))).chain(texts.map(|text| ("word", text)));
    unknown.map(|(what, name)| format!("the script names the {what} {name}, which does not exist")).collect()
}

/// The words that directly follow a text.
fn words_after<'a>(code: &'a str, before: &str) -> impl Iterator<Item = &'a str> {
    let starts: Vec<usize> = code.match_indices(before).map(|(at, _)| at + before.len()).collect();
    starts.into_iter().filter_map(move |start| {
        let rest = code.get(start..)?;
        rest.split(|letter: char| !letter.is_ascii_alphanumeric()).next().filter(|word| !word.is_empty())
    })
}

#[test]
fn a_name_that_does_not_exist_is_found() {
    let sources = Sources {
        conditions: "pub const READY: &str = \"Ready\";",
        reasons: "| `Suspended` | `Ready` | Paused. |",
        definitions: "    kind: Delivery\n          status:\n            conditions:\n",
    };
    let script = "-- Of conditions.Old\nlocal status = obj.status or {}\nfor _, c in ipairs( status.conditions or {}) do\n\
                  if conditions.Ready.status == \"True\" and obj.kind == \"Delivery\" then\n\
                  return { status = \"Healthy\", message = \"All is well.\" }";
    assert_eq!(unknown_names(script, sources), Vec::<String>::new());
    let wrong = script
        .replace("conditions.Ready", "conditions.Redy")
        .replace("\"Healthy\"", "\"Fine\"")
        .replace("obj.status", "obj.state")
        .replace("\"Delivery\"", "\"Route\"");
    let found = unknown_names(&wrong, sources);
    let expected = ["condition Redy", "field state", "word Route", "word Fine"];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    assert!(found.iter().zip(expected).all(|(found, expected)| found.contains(expected)), "{found:?}");
}
