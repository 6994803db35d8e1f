use super::*;

#[test]
fn a_place_is_an_address_or_a_service() {
    assert_eq!(Place::parse("http://127.0.0.1:29686"), Some(Place::Address("http://127.0.0.1:29686")));
    let service = Place::Service { namespace: "observability", name: "jaeger-query", port: 16_686 };
    assert_eq!(Place::parse("observability/jaeger-query:16686"), Some(service));
    for wrong in [
        "",
        "jaeger",
        "a/b",
        "a/b:0",
        "a/b:x",
        "a/:1",
        "/b:1",
        "a/b/../../secrets:1",
        "a/b?x:1",
        "ftp://a/b:1",
        "A/b:1",
    ] {
        assert_eq!(Place::parse(wrong), None, "{wrong}");
    }
}
