use super::*;
use crate::mesh::node::Grouping;
use crate::mesh::traffic::tests::drawn;

#[test]
fn each_edge_is_a_row() {
    let expected = "\
Traffic of code-delivery within the last 2m

FROM                           TO                     PROTOCOL   REQUESTS/S   SENT/S   RECEIVED/S   SUCCESS      P50     P95     P99   MTLS   HEALTH
code-delivery-entrance-istio   code-delivery-gateway  http             10.0        -            -     95.0%   4.0 ms   21 ms   48 ms   100%   degraded
primeiro                       data/kafka (service)   tcp                 -    400 B         40 B         -        -       -       -      -   -
segundo                        data/kafka (service)   tcp                 -    300 B         30 B         -        -       -       -      -   -
";
    let squeezed =
        |text: &str| text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>();
    assert_eq!(squeezed(&text(&drawn(Grouping::Workload))), squeezed(expected));
}

#[test]
fn what_was_left_out_is_said() {
    let graph = Graph { skipped_series: 2, ..drawn(Grouping::CanonicalService) };
    assert!(text(&graph).ends_with(
        "\n2 series were left out, as Kiali leaves them out: labels are missing, or contradict one another.\n"
    ));
}

#[test]
fn a_frame_fits_the_terminal() {
    let lines = frame(&drawn(Grouping::Workload), Size { width: 40, height: 5 });
    assert_eq!(lines.len(), 4);
    assert!(lines.iter().all(|line| line.chars().count() <= 40), "{lines:?}");
}
