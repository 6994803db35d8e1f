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
    refuse(&mut waiting, &[1_900], &BTreeMap::from([(0, Bounds { low: 600, high: 2_000 })]), Instant::now());
    assert_eq!(too_old.try_recv().unwrap().unwrap_err(), CannotResume::TooOld);
    assert_eq!(beyond.try_recv().unwrap().unwrap_err(), CannotResume::Mismatch);
    let (group, from) = group(&mut waiting).unwrap();
    assert_eq!((group.len(), from), (2, vec![600]));
    assert!(oldest.try_recv().is_err() && newer.try_recv().is_err(), "they wait");
}

#[test]
fn who_needs_a_partition_without_a_leader_waits_a_while_and_holds_up_nobody() {
    let (backlog, mut requests) = Backlog::new();
    let ask = |offsets: [i64; 2]| backlog.request(&Arc::new(StreamPosition::new(Arc::default(), offsets)));
    let (mut held, mut served) = (ask([900, 650]), ask([700, 1_000]));
    let mut waiting = VecDeque::from([requests.try_recv().unwrap(), requests.try_recv().unwrap()]);
    let (tail, bounds) = ([900, 1_000], BTreeMap::from([(0, Bounds { low: 600, high: 2_000 })]));
    let asked = waiting[0].asked;
    refuse(&mut waiting, &tail, &bounds, asked);
    assert_eq!(hold(&mut waiting, &tail, &bounds).len(), 1);
    assert_eq!(waiting.iter().map(|request| request.from.offsets()[0]).collect::<Vec<_>>(), [700]);
    assert!(held.try_recv().is_err() && served.try_recv().is_err());

    let mut held = ask([900, 650]);
    waiting.push_back(requests.try_recv().unwrap());
    let late = waiting[1].asked + PATIENCE;
    refuse(&mut waiting, &tail, &bounds, late);
    assert_eq!(held.try_recv().unwrap().unwrap_err(), CannotResume::TooOld);
    assert!(served.try_recv().is_err(), "it needs nothing of that partition");
    assert_eq!(waiting.len(), 1);
}
