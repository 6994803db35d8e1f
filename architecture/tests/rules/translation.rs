//! README.pt-BR.md follows README.md: the same headings by level, the same commands, tables of the same length and links to the same
//! places. Whether the sentences say the same is left to readers.

/// Where the translation does not follow; empty if it does.
pub(crate) fn differences(original: &str, translation: &str) -> Vec<String> {
    let (original, translation) = (Outline::of(original), Outline::of(translation));
    let mut found = Vec::new();
    for (what, ours, theirs) in [
        ("headings", &original.headings, &translation.headings),
        ("lines of code", &original.code, &translation.code),
        ("first columns of tables", &original.rows, &translation.rows),
        ("links", &original.links, &translation.links),
    ] {
        let first = ours.iter().zip(theirs).position(|(ours, theirs)| ours != theirs);
        let first = first.or_else(|| (ours.len() != theirs.len()).then(|| ours.len().min(theirs.len())));
        if let Some(first) = first {
            let line = |lines: &[String]| lines.get(first).cloned().unwrap_or_else(|| "nothing".to_owned());
            found.push(format!(
                "The {what} differ: README.md has {:?}, README.pt-BR.md {:?}.",
                line(ours),
                line(theirs)
            ));
        }
    }
    found
}

#[derive(Default)]
struct Outline {
    /// The levels of the headings: `#`, `##`.
    headings: Vec<String>,
    /// The lines of the blocks of code, without comments.
    code: Vec<String>,
    /// The code in the first cells of the tables' rows; without code, only that there is a row.
    rows: Vec<String>,
    /// The targets of the links, in their order.
    links: Vec<String>,
}

impl Outline {
    fn of(text: &str) -> Self {
        let mut outline = Self::default();
        let mut in_code = false;
        for line in text.lines() {
            if line.starts_with("```") {
                in_code = !in_code;
                outline.code.push(line.to_owned());
            } else if in_code {
                let command = line.split(" #").next().unwrap_or_default().trim_end();
                outline.code.push(command.to_owned());
            } else if line.starts_with('#') {
                outline.headings.push(line.split(' ').next().unwrap_or_default().to_owned());
            } else if let Some(row) = line.strip_prefix("| ") {
                let cell = row.split(" |").next().unwrap_or_default();
                outline.rows.push(cell.split('`').skip(1).step_by(2).collect::<Vec<_>>().join(" "));
            }
            // The links between the two languages.
            if !in_code && !line.contains("(README") {
                outline
                    .links
                    .extend(line.split("](").skip(1).filter_map(|rest| rest.split(')').next()).map(str::to_owned));
            }
        }
        outline
    }
}

#[test]
fn a_translation_that_lacks_a_command_a_heading_a_row_or_a_link_is_found() {
    let original = "# A\n\n[b](b.md)\n\n```sh\nmake demo    # it starts\n```\n\n| `x` | one |\n\n## C\n";
    assert_eq!(differences(original, &original.replace("it starts", "inicia")), Vec::<String>::new());
    for (there, here, what) in [
        ("make demo", "make", "lines of code"),
        ("## C", "C", "headings"),
        ("| `x` | one |\n", "", "first columns of tables"),
        ("(b.md)", "(c.md)", "links"),
    ] {
        let found = differences(original, &original.replace(there, here));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(&format!("The {what} differ")), "{found:?}");
    }
}
