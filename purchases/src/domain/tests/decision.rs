use super::*;

#[test]
fn later_decisions_have_greater_numbers_and_so_have_those_of_a_later_term() {
    let mut first = Numbering::of(1);
    let numbers = [first.next(), first.next(), first.next()];
    assert!(numbers.is_sorted() && numbers[0] < numbers[1]);
    assert!(Numbering::of(2).next() > numbers[2]);
    assert!(Numbering::of(0x7fff_ffff).next() > Numbering::of(0x7fff_fffe).next());
    assert!(Numbering::of(u32::MAX).next() > 0);
}
