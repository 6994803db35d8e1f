use super::*;

fn scrape(service: Service, name: &str, at: f64, text: &str) -> PodScrape {
    let pod = ServicePod { service, namespace: "shop".into(), name: name.into(), port: 9090 };
    PodScrape { pod, at, metrics: Ok(Metrics::parse(&format!("{text}# EOF\n")).unwrap()) }
}

/// A gateway that has read and sent so many positions, each within these bounds of age.
fn gateway(name: &str, at: f64, read: u32, sent: u32, ages: [u32; 3]) -> PodScrape {
    let [fast, slow, all] = ages;
    let text = format!(
        "# TYPE delivery_gateway_records counter
delivery_gateway_records_total{{topic=\"route.new-position\",reason=\"applied\"}} {read}
delivery_gateway_records_total{{topic=\"route.new-position\",reason=\"repeat\"}} 77
delivery_gateway_records_total{{topic=\"delivery.plan\",reason=\"applied\"}} 5
delivery_gateway_positions_sent_total{{mode=\"latest\",form=\"json\"}} {sent}
delivery_gateway_positions_conflated_total {read}
delivery_gateway_websocket_connections{{mode=\"latest\",form=\"json\"}} 3
delivery_gateway_websocket_connections{{mode=\"all\",form=\"binary\"}} 1
delivery_gateway_consumer_lag_records {sent}
delivery_gateway_bad_records_total{{topic=\"delivery.plan\",reason=\"malformed\"}} 2
delivery_gateway_position_age_seconds_bucket{{le=\"0.05\",stage=\"read\"}} 9000
delivery_gateway_position_age_seconds_bucket{{le=\"0.05\",stage=\"written\"}} {fast}
delivery_gateway_position_age_seconds_bucket{{le=\"0.1\",stage=\"written\"}} {slow}
delivery_gateway_position_age_seconds_bucket{{le=\"+Inf\",stage=\"written\"}} {all}
"
    );
    scrape(Service::Gateway, name, at, &text)
}

fn operator(name: &str, at: f64, leads: bool, rejected: u32) -> PodScrape {
    let phases =
        "delivery_operator_deliveries{phase=\"Running\"} 12\ndelivery_operator_deliveries{phase=\"Failed\"} 1\n";
    let text = format!(
        "delivery_operator_leader {}\ndelivery_operator_dead_letters_total{{reason=\"UnknownRoute\"}} {rejected}\n{}",
        u8::from(leads),
        if leads { phases } else { "" }
    );
    scrape(Service::Operator, name, at, &text)
}

#[test]
fn what_every_gateway_reads_counts_once_and_what_each_sends_is_added() {
    let before = [
        gateway("gateway-a", 10.0, 100, 1_000, [10, 10, 10]),
        gateway("gateway-b", 10.0, 100, 500, [0, 0, 0]),
        operator("operator-a", 10.0, true, 4),
        operator("operator-b", 10.0, false, 1),
    ];
    let now = [
        gateway("gateway-a", 12.0, 300, 2_000, [60, 110, 110]),
        gateway("gateway-b", 12.0, 320, 600, [50, 100, 100]),
        operator("operator-a", 12.0, true, 10),
        operator("operator-b", 12.0, false, 1),
    ];
    let measures = measure(&before, &now);
    let served = measures.served.unwrap();
    assert_eq!(served.positions_per_second, Some(110.0));
    assert_eq!(served.sent_per_second, Some(550.0));
    assert_eq!(served.conflated_per_second, Some(210.0));
    assert_eq!((served.clients, served.lag_records), (8, Some(2_000)));
    let close = |found: Option<f64>, expected: f64| assert!((found.unwrap() - expected).abs() < 1e-9, "{found:?}");
    // Of the 200 between the scrapes, 100 took up to 50 ms and 100 more up to 100 ms.
    close(served.age_p50_seconds, 0.05);
    close(served.age_p99_seconds, 0.099);
    assert_eq!(measures.dead_letters, Counted { total: 11, per_second: Some(3.0) });
    assert_eq!(
        measures.bad_records,
        Counted { total: 2, per_second: Some(0.0) },
        "each gateway reads the same records"
    );
    let phases: Vec<_> = measures.deliveries.unwrap().into_iter().map(|one| (one.phase, one.count)).collect();
    assert_eq!(phases, [("Running".to_owned(), 12), ("Failed".to_owned(), 1)]);
    assert_eq!(measures.gateways[1].served.sent_per_second, Some(50.0));
    assert!(measures.missing.is_empty(), "{:?}", measures.missing);
}

#[test]
fn after_the_first_scrape_no_rate_is_known() {
    let now = [gateway("gateway-a", 10.0, 100, 1_000, [10, 10, 10]), operator("operator-a", 10.0, true, 4)];
    let measures = measure(&[], &now);
    let served = measures.served.unwrap();
    assert_eq!((served.positions_per_second, served.age_p50_seconds), (None, None));
    assert_eq!((served.clients, measures.dead_letters.per_second), (4, None));
}

#[test]
fn the_lags_of_a_groups_members_are_added() {
    let line = |service: &str, group: &str, topic: &str, lag: u32| {
        format!("delivery_{service}_consumer_group_lag_records{{group=\"{group}\",topic=\"{topic}\"}} {lag}\n")
    };
    let plan = |lag| line("gateway", "history", "delivery.plan", lag);
    let requests = line("operator", "operator", "route.new-direction", 4);
    let purchases = line("invoices", "invoices", "compra", 7);
    let news = line("notifications", "notifications-projector", "compra", 1);
    let now = [
        scrape(Service::Gateway, "gateway-a", 10.0, &plan(3)),
        scrape(Service::Gateway, "gateway-b", 10.0, &(plan(5) + &line("gateway", "history", "delivery.state", 0))),
        scrape(Service::Operator, "operator-a", 10.0, &requests),
        scrape(Service::Invoices, "invoices-a", 10.0, &purchases),
        scrape(Service::Invoices, "invoices-b", 10.0, &purchases),
        scrape(Service::Notifications, "notifications-a", 10.0, &news),
    ];
    let found: Vec<_> =
        measure(&[], &now).groups.into_iter().map(|one| (one.group, one.topic, one.lag_records)).collect();
    let expected = [
        ("history", "delivery.plan", 8),
        ("history", "delivery.state", 0),
        ("invoices", "compra", 14),
        ("notifications-projector", "compra", 1),
        ("operator", "route.new-direction", 4),
    ];
    assert_eq!(found, expected.map(|(group, topic, lag)| (group.to_owned(), topic.to_owned(), lag)));
}

#[test]
fn a_process_that_started_again_counts_from_zero() {
    let before = [gateway("gateway-a", 10.0, 1_000, 0, [10, 10, 10])];
    let now = [gateway("gateway-a", 12.0, 50, 0, [1, 1, 1])];
    assert_eq!(measure(&before, &now).served.unwrap().positions_per_second, Some(25.0));
}

#[test]
fn what_cannot_be_scraped_is_named() {
    let mut silent = gateway("gateway-b", 12.0, 0, 0, [0, 0, 0]);
    silent.metrics = Err(NoAnswer::new("no answer within 5 s"));
    let now = [gateway("gateway-a", 12.0, 0, 0, [0, 0, 0]), silent, operator("operator-b", 12.0, false, 0)];
    let measures = measure(&[], &now);
    assert_eq!(
        measures.missing,
        [
            "The pod gateway-b cannot be scraped: no answer within 5 s.",
            "No operator that answers leads, so the deliveries are not counted.",
        ]
    );
    assert_eq!((measures.deliveries, measures.gateways.len()), (None, 1));
    let nothing = measure(&[], &[]);
    assert_eq!(nothing.missing, ["The operator has no pod.", "The gateway has no pod."]);
    assert_eq!(nothing.served, None);
}

/// The names of metrics in a source text.
fn asked(text: &str) -> Vec<&str> {
    let literals = text.split('"').skip(1).step_by(2);
    let is_name = |name: &&str| {
        let rest = name.strip_prefix("delivery_");
        rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
    };
    literals.filter(is_name).collect()
}

#[test]
fn each_metric_that_is_asked_for_is_exported_by_a_service() {
    // Generated from what the services register.
    let exported = include_str!("../../../../docs/metrics.md");
    let row = |name: &str| exported.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
    let names = asked(include_str!("../measure.rs"));
    assert!(names.len() >= 10, "{names:?}");
    for name in names {
        let row = row(name).unwrap_or_else(|| panic!("no service exports {name}"));
        if name.ends_with("_consumer_group_lag_records") {
            assert!(row.contains("| `group`, `topic` |"), "{row}");
        }
    }
    assert_eq!(row("delivery_gateway_nothing"), None);
}
