use super::*;

#[test]
fn who_cannot_resume_is_refused_alone_and_those_nearby_are_served() {
    let (backlog, mut requests) = Backlog::new();
    let ask = |offset: i64| backlog.request(&Arc::new(StreamPosition::new(Arc::default(), [offset])));
    let (mut too_old, mut oldest, mut newer, mut beyond) = (ask(599), ask(600), ask(700), ask(2_001));
    let mut waiting = VecDeque::new();
    while let Ok(request) = requests.try_recv() {
        waiting.push_back(request);
    }
    refuse(&mut waiting, &[1_900], &[Bounds { low: 600, high: 2_000 }]);
    assert_eq!(too_old.try_recv().unwrap().unwrap_err(), CannotResume::TooOld);
    assert_eq!(beyond.try_recv().unwrap().unwrap_err(), CannotResume::Mismatch);
    let (group, from) = group(&mut waiting).unwrap();
    assert_eq!((group.len(), from), (2, vec![600]));
    assert!(oldest.try_recv().is_err() && newer.try_recv().is_err(), "they wait");
}
