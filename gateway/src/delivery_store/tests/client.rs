use super::*;

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
            let Err(error) = DeliveryStore::open(&config).await else { continue };
            let text = format!("{error} {error:?}").to_lowercase();
            assert!(PLANTED.iter().all(|part| !text.contains(part)), "{uri}: {text}");
            refused += usize::from(error.to_string().contains("mongodb.uriFile"));
        }
    }
    std::fs::remove_file(file).unwrap();
    assert!(refused > 20, "{refused}");
}
