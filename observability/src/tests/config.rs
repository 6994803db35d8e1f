use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    #[expect(dead_code, reason = "it is never read")]
    mongodb: Section,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Section {
    #[expect(dead_code, reason = "it is never read")]
    uri_file: PathBuf,
}

#[test]
fn what_is_wrong_is_said_without_the_value() {
    let path = std::env::temp_dir().join(format!("config-{}.yaml", std::process::id()));
    for (text, said) in [
        ("mongodb: mongodb://me:hunter2@db/x", "mongodb: invalid type: a text"),
        ("mongodb: {uri: 'mongodb://me:hunter2@db/x'}", "unknown field `uri`"),
    ] {
        std::fs::write(&path, text).unwrap();
        let error = load::<Config>(&path).unwrap_err();
        let printed = format!("{error} {error:?}");
        assert!(printed.contains(said) && !printed.contains("hunter2"), "{printed}");
    }
    std::fs::remove_file(path).unwrap();
}
