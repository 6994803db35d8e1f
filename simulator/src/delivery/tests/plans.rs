use super::*;

const ROUTE: &str = r#"{"id":"1","namespace":"shop","name":"primeiro","revision":"0a1b","version":1,"title":"Primeiro",
        "path":[[-47.92923,-15.82594],[-47.92811,-15.82702]],"lengthMeters":169.6,"listed":true}"#;

fn entry(id: &str, change: impl Fn(String) -> String, route: Option<&str>) -> String {
    let plan = change(format!(
        r#"{{"deliveryId":"{id}","version":2,"phase":"Accepted","name":"moto","namespace":"shop","source":"demo",
            "routeId":"1","route":"shop/primeiro@0a1b","motion":{{"type":"pointPerTick"}},"intervalMilliseconds":500,
            "model":1,"createdAt":0}}"#
    ));
    route.map_or_else(|| format!(r#"{{"plan":{plan}}}"#), |route| format!(r#"{{"plan":{plan},"route":{route}}}"#))
}

fn file(entries: &[String]) -> File {
    serde_json::from_str(&format!(r#"{{"plans":[{}]}}"#, entries.join(","))).unwrap()
}

#[track_caller]
fn refused(entries: &[String], problem: &str) {
    let message = check(file(entries)).unwrap_err().to_string();
    assert!(message.contains(problem), "{message}");
}

#[test]
fn a_route_is_kept_once_for_all_plans_that_drive_it() {
    let same = |plan| plan;
    let deliveries =
        check(file(&[entry("a", same, Some(ROUTE)), entry("b", same, None), entry("c", same, Some(ROUTE))])).unwrap();
    assert_eq!(deliveries.len(), 3);
    assert!(deliveries.iter().all(|one| std::ptr::eq(one.drive.path(), deliveries[0].drive.path())));
    assert_eq!(deliveries[2].drive.last_seq(), 1);
}

#[test]
fn a_plan_may_belong_to_a_trace() {
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let traced = entry("a", |plan| plan, Some(ROUTE)).replacen('{', &format!(r#"{{"traceparent":"{trace}","#), 1);
    let deliveries = check(file(&[traced, entry("b", |plan| plan, None)])).unwrap();
    assert_eq!(deliveries[0].traceparent.as_deref(), Some(trace));
    assert_eq!(deliveries[1].traceparent, None);
}

#[test]
fn each_bad_plan_is_named_with_its_problem() {
    let same = |plan| plan;
    refused(&[], "holds no plan");
    refused(
        &[entry("a", same, Some(ROUTE)), entry("a", same, None)],
        "The delivery shop/moto (a) cannot be driven. Another plan in the file has the same id.",
    );
    refused(&[entry("", same, Some(ROUTE))], "Its id is empty.");
    refused(&[entry("a", same, None)], "Its route shop/primeiro@0a1b is neither in its own entry");
    let other = ROUTE.replace("0a1b", "ffff");
    refused(&[entry("a", same, Some(&other))], "but its entry holds shop/primeiro@ffff");
    let with = |from: &'static str, to: &'static str| [entry("a", move |plan| plan.replace(from, to), Some(ROUTE))];
    refused(
        &with("Accepted", "Suspended"),
        "Its plan's phase is Suspended; only a plan in the phase Accepted can be driven.",
    );
    refused(&with(r#""model":1"#, r#""model":2"#), "is for version 2 of the motion model");
    refused(&with(r#"liseconds":500"#, r#"liseconds":0"#), "The interval between two positions is 0");
    let standing = r#"{"type":"constantSpeed","speedKmh":0}"#;
    refused(&with(r#"{"type":"pointPerTick"}"#, standing), "The speed is 0 km/h");
    let pole = ROUTE.replace("-15.82702", "-115.82702");
    refused(&[entry("a", same, Some(&pole))], "Point 1 of the path has the latitude -115.82702");
}

#[test]
fn a_file_that_does_not_exist_or_is_not_json_is_named() {
    let message = load(FilePath::new("/no/such/plans.json")).unwrap_err().to_string();
    assert!(message.starts_with("The plans /no/such/plans.json cannot be read:"), "{message}");
    let path = std::env::temp_dir().join(format!("plans-{}.json", std::process::id()));
    std::fs::write(&path, "{\"plans\": [{}]}").unwrap();
    let message = load(&path).unwrap_err().to_string();
    std::fs::remove_file(&path).unwrap();
    assert!(message.contains("missing field `plan` at line 1"), "{message}");
}
