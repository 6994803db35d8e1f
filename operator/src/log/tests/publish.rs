use delivery_messages::deliveries::catalogue::inline_id;

use super::*;
use crate::tables::plans::tests::example;
use crate::testing::kafka::{broker, records};
use crate::testing::route_record;
use crate::testing::server::{operator_with_kafka, server};

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[tokio::test]
async fn the_path_inside_a_delivery_is_written_before_each_first_plan_on_it_and_a_route_once() {
    let (_broker, kafka) = broker();
    let (client, _serving) = server(Vec::new());
    let operator = operator_with_kafka(client, kafka.clone());
    let path = Route { id: inline_id("primeiro"), listed: false, ..route_record() };
    for route in [&path, &Route { revision: "fedcba987654".to_owned(), ..route_record() }] {
        for delivery in ["first", "again"] {
            let plan = Plan { route: route.key(), ..example(&format!("{delivery} on {}", route.id)) };
            let later = Plan { version: plan.version + 2, ..plan.clone() };
            for plan in [&plan, &plan, &later] {
                operator.log.publish_plan(plan, TRACE, Some(route)).await.unwrap();
            }
        }
        let written = records(&kafka, Topic::Catalogue).await;
        let of_key = written.iter().filter(|record| record.key == route.key());
        let versions: Vec<_> = of_key.map(|record| record.read::<Route>(Topic::Catalogue).version).collect();
        let expected = if route.is_inline() { 2 } else { 1 };
        assert_eq!(versions.len(), expected, "{}", route.id);
        assert!(versions.iter().all(|version| *version == versions[0]), "the same record");
    }
}
