use super::*;

#[test]
fn columns_are_aligned_and_lines_end_without_blanks() {
    let mut table = Table::new(vec![("DELIVERY", Side::Left), ("GAPS", Side::Right), ("VERDICT", Side::Left)]);
    table.row(vec!["primeiro".into(), "0".into(), "complete".into()]);
    table.row(vec!["são-paulo-centro".into(), "12345".into(), "ok".into()]);
    assert_eq!(
        table.text(),
        "DELIVERY            GAPS   VERDICT\n\
             primeiro               0   complete\n\
             são-paulo-centro   12345   ok\n"
    );
}

#[test]
fn a_cell_cannot_control_the_terminal() {
    let mut table = Table::new(vec![("MESSAGE", Side::Left)]);
    table.row(vec!["\u{1b}[2Jgone\r\nnext".into()]);
    assert_eq!(table.text(), "MESSAGE\n\u{fffd}[2Jgone\u{fffd}\u{fffd}next\n");
}
