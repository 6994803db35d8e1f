//! What a simulator says holds none of the secrets that it is given, whether they are where they belong or mistyped.

use delivery_fuzz::planted::{Case, says_no_secret};
use serde_json::{Value, json};

const CONFIG: &str = "adminAddress: ADMIN
kafka: {bootstrapServers: '127.0.0.1:1', propertiesDirectory: FOLDER/kafka}
";

#[test]
fn no_secret_is_said() {
    let first = |text: &str| serde_json::from_str::<Value>(text).unwrap()[0].clone();
    let plan = first(include_str!("../../messages/golden/1/delivery.plan.json"));
    let route = first(include_str!("../../messages/golden/1/route.catalogue.json"));
    let plans = json!({"plans": [{"plan": plan, "route": route}]}).to_string();
    let right = Case::new(CONFIG).file("plans.json", &plans).argument("--plans").argument("FOLDER/plans.json");
    let mut cases = right.with_mistakes_for_kafka();
    cases.extend([
        right.but("propertiesDirectory: FOLDER/kafka", "sasl.password: hunter2PLANTED"),
        right.but(
            "{bootstrapServers: '127.0.0.1:1', propertiesDirectory: FOLDER/kafka}",
            "'me:hunter2PLANTED@127.0.0.1:1'",
        ),
    ]);
    says_no_secret(env!("CARGO_BIN_EXE_code-delivery-simulator"), &cases);
}
