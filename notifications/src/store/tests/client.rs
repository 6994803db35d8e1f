use mongodb::error::CommandError;

use super::*;

/// What a server answers that refuses a command.
fn refused(code: i32, message: &str) -> RepositoryError {
    let answer = serde_json::json!({"code": code, "codeName": "Name", "errmsg": message});
    let refused: CommandError = serde_json::from_value(answer).unwrap();
    told(&Error::from(ErrorKind::Command(refused)))
}

#[test]
fn a_server_that_hands_over_to_another_is_waited_for_and_one_that_refuses_is_not() {
    for (code, message) in [(10_107, "not primary"), (11_600, "interrupted at shutdown"), (189, "stepping down")] {
        assert_eq!(refused(code, message), RepositoryError::Unavailable, "{message}");
    }
    for (code, message) in [(2, "bad value"), (121, "the document failed validation"), (DUPLICATE_KEY, "duplicate")] {
        assert!(matches!(refused(code, message), RepositoryError::Refused(_)), "{message}");
    }
}

#[test]
fn a_server_that_reads_no_index_but_that_of_the_ids_has_no_other_to_maintain() {
    assert!(indexes(&doc! {"version": "7.0.42", "ferretdbVersion": "v1.24.0"}).is_empty());
    assert_eq!(indexes(&doc! {"version": "7.0.77", "ferretdb": {"version": "v2.7.0"}}).len(), 4);
    assert_eq!(indexes(&doc! {"version": "8.0.4"}).len(), 4);
}

/// What no error may hold.
const PLANTED: [&str; 2] = ["hunter2", "secret"];

#[tokio::test]
async fn an_error_about_the_connection_string_holds_no_part_of_it() {
    let file = std::env::temp_dir().join(format!("mongodb-uri-{}", uuid::Uuid::new_v4()));
    let [first, second] = PLANTED;
    let mut refused = 0;
    for between in ["?", "/", "@", ":", "#", "%", "[", "]", "&", "=", ",", " ", "%zz", "://", "?tls=", "/?a&"] {
        for uri in [
            format!("mongodb://shop:{first}{between}{second}@mongodb:27017/shop"),
            format!("mongodb://{first}{between}{second}@mongodb:x/shop"),
            format!("mongodb://shop@mongodb:27017/shop?{first}{between}{second}"),
            format!("{first}{between}{second}"),
        ] {
            std::fs::write(&file, &uri).unwrap();
            let config = MongodbConfig { uri_file: file.clone(), database: "shop".to_owned() };
            let Err(error) = Store::open(&config).await else { continue };
            let text = format!("{error} {error:?}").to_lowercase();
            assert!(PLANTED.iter().all(|part| !text.contains(part)), "{uri}: {text}");
            refused += usize::from(error.to_string().contains("mongodb.uriFile"));
        }
    }
    std::fs::remove_file(file).unwrap();
    assert!(refused > 20, "{refused}");
}
