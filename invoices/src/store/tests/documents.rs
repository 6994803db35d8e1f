use super::*;

#[test]
fn a_server_that_reads_no_index_but_that_of_the_ids_maintains_none_but_that_of_the_numbers() {
    let names = |build: Document| indexes(&build).into_iter().map(|(_, name, ..)| name).collect::<Vec<_>>();
    assert_eq!(names(doc! {"version": "7.0.42", "ferretdbVersion": "v1.24.0"}), ["number"]);
    let all = ["number", "newest-first", "by-customer", "due"];
    assert_eq!(names(doc! {"version": "7.0.77", "ferretdb": {"version": "v2.7.0"}}), all);
    assert_eq!(names(doc! {"version": "8.0.4"}), all);
    let unique = indexes(&Document::new()).into_iter().filter(|(.., is_unique)| *is_unique);
    assert_eq!(
        unique.map(|(_, name, ..)| name).collect::<Vec<_>>(),
        ["number"],
        "on it each number's one invoice rests"
    );
}

#[test]
fn few_ids_are_asked_for_one_by_one_and_many_at_once() {
    let ids: Vec<String> = (0..=FEW).map(|number| number.to_string()).collect();
    assert!(by_ids(&[]).is_empty());
    assert_eq!(by_ids(&ids[..2]), [doc! {"_id": "0"}, doc! {"_id": "1"}]);
    assert_eq!(by_ids(&ids[..FEW]).len(), FEW);
    assert_eq!(by_ids(&ids), [doc! {"_id": {"$in": ids.clone()}}]);
}

#[test]
fn an_email_whose_invoice_is_just_being_issued_is_left_as_it_is_for_a_moment() {
    let announced = |due_at| Queued { id: "p1".to_owned(), due_at };
    let now = 1_796_018_000_000;
    let is_fresh = [0, 1_999, 2_000, -1, -60_000].map(|ago| is_fresh(&announced(now - ago), now));
    assert_eq!(is_fresh, [true, true, false, false, false]);
}
