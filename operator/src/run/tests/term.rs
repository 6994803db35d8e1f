use super::*;

#[tokio::test]
async fn a_task_that_decides_begins_when_this_process_leads() {
    let leading = watch::Sender::new(false);
    let begun = watch::Sender::new(false);
    let (mark, seen) = (begun.clone(), begun.subscribe());
    let task = tokio::spawn(when(leading.subscribe(), async move {
        mark.send_replace(true);
        Ok(())
    }));
    tokio::task::yield_now().await;
    assert!(!*seen.borrow(), "it stands by");
    leading.send_replace(true);
    task.await.unwrap().unwrap();
    assert!(*seen.borrow());
}
