use super::*;

fn point(text: &str) -> Point {
    text.parse().unwrap()
}

#[test]
fn a_point_is_written_as_it_is_read() {
    for text in ["50x1000", "5000x2"] {
        assert_eq!(point(text).to_string(), text);
    }
    for wrong in ["", "50", "x", "0x1", "1x0", "-1x1", "1x1x1"] {
        assert!(wrong.parse::<Point>().is_err(), "{wrong}");
    }
}

#[test]
fn a_point_has_a_position_of_each_delivery_in_a_second_of_warm_up_and_enough_of_them_to_judge() {
    for text in ["50x1000", "200x400", "200x20", "1000x20", "1000x100", "5000x2", "1x1"] {
        let point = point(text);
        assert!(point.deliveries() <= usize::try_from(point.rate).unwrap(), "{text}");
        assert!(point.seconds(6) * point.rate >= POSITIONS && point.seconds(6) >= 6, "{text}");
    }
}

#[test]
fn only_where_every_position_is_a_write_for_everyone_less_is_asked() {
    let is_less = |text: &str| point(text).target() < 2.0;
    assert_eq!(["1000x20", "200x20", "1000x100"].map(is_less), [true, false, false]);
}

#[test]
fn the_servers_take_turns_and_the_plainest_program_follows_those_of_its_point() {
    let servers = [Contestant::Gateway, Contestant::GatewayBatch, Contestant::Nats];
    let cells = cells(&[point("50x1000"), point("5000x2")], &servers, &[1_000, 0], 2);
    let keys: Vec<_> = cells.iter().map(|cell| cell.key()).collect();
    assert_eq!(keys[..4], ["50x1000/gateway/1", "50x1000/gateway-batch/1", "50x1000/nats/1", "50x1000/floor/1"]);
    assert_eq!(keys[16..], ["1000 idle/gateway", "1000 idle/nats"]);
    let distinct: std::collections::HashSet<_> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len());
}

#[test]
fn more_connections_and_fewer_positions_take_longer() {
    let servers = |text: &str| Cell::Server { point: point(text), contestant: Contestant::Nats, round: 1 };
    assert!(servers("5000x20").estimate(2, 6) > servers("50x20").estimate(2, 6));
    assert!(servers("50x2").estimate(2, 6) > servers("50x20").estimate(2, 6));
}
