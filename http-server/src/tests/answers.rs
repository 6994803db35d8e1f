use super::*;

#[test]
fn answers_count_until_their_last_bytes_are_gone() {
    let memory = AnswerMemory::new(4 * UNIT);
    let mut first = memory.hold(vec![b'a'; 2 * UNIT + 1]).unwrap();
    assert!(memory.hold(vec![b'b'; UNIT + 1]).is_none());
    let small = memory.hold(vec![b'c'; UNIT]).unwrap();
    let rest = first.split_off(10);
    drop(first);
    assert!(memory.hold(vec![b'd'; UNIT]).is_none(), "a part of the first is still to be written");
    assert_eq!((rest.len(), &small[..1]), (2 * UNIT + 1 - 10, &b"c"[..]));
    drop(rest);
    assert!(memory.hold(vec![b'e'; 2 * UNIT + 1]).is_some());
    assert!(memory.hold(Vec::new()).unwrap().is_empty());
}

#[test]
fn an_answer_larger_than_the_memory_is_served_alone() {
    let memory = AnswerMemory::new(UNIT);
    let large = memory.hold(vec![0; 10 * UNIT]).unwrap();
    assert!(memory.hold(vec![0; 1]).is_none());
    drop(large);
    assert!(memory.hold(vec![0; 1]).is_some());
}
