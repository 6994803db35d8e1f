use super::*;

fn config(text: &str) -> Config {
    serde_yaml::from_str(text).unwrap()
}

const LEAST: &str = "gateway: http://code-delivery-gateway:80\nrouteId: '2'\n";

#[test]
fn a_gateway_and_a_route_are_enough() {
    let config = config(LEAST);
    config.check().unwrap();
    assert_eq!(config.web_socket(), "ws://code-delivery-gateway:80/ws");
    assert_eq!((config.every().as_secs(), config.limit().as_secs()), (180, 120));
    let request = config.request("canary-1".to_owned());
    assert!(canary::is_canary(request.courier.as_deref().unwrap()));
    assert_eq!((request.route_id.as_str(), request.request_id.as_deref()), ("2", Some("canary-1")));
}

#[test]
fn what_cannot_work_is_refused_with_the_name_of_the_value() {
    for (change, name) in [
        ("gateway: https://map.example.com\nrouteId: '2'\n", "gateway is"),
        ("gateway: http://\nrouteId: '2'\n", "gateway is"),
        ("gateway: http://a/b\nrouteId: '2'\n", "gateway is"),
        ("gateway: http://a:80\nrouteId: ''\n", "routeId is"),
        ("gateway: http://a:80\nrouteId: '2'\nlimitSeconds: 0\n", "limitSeconds is"),
        ("gateway: http://a:80\nrouteId: '2'\nlimitSeconds: 180\n", "limitSeconds is"),
        ("gateway: http://a:80\nrouteId: '2'\nspeedKmh: 0\n", "speedKmh"),
        ("gateway: http://a:80\nrouteId: '2'\nintervalMilliseconds: 1\n", "intervalMilliseconds"),
    ] {
        let message = config(change).check().unwrap_err().to_string();
        assert!(message.contains(name) && message.ends_with('.'), "{change}: {message}");
    }
    assert!(serde_yaml::from_str::<Config>("gateway: http://a\nrouteId: '2'\nevery: 3\n").is_err());
}
