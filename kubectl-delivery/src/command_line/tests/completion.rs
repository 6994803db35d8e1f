use super::*;

fn after(line: &str) -> Candidates {
    candidates(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
}

fn words(words: &[&str]) -> Candidates {
    Candidates::Words(words.iter().map(|&word| word.to_owned()).collect())
}

#[test]
fn each_position_gets_its_candidates() {
    assert_eq!(after("ver"), words(&["verify", "version"]));
    assert_eq!(after("top --o"), words(&["--once", "--output"]));
    assert_eq!(after("check -o "), words(&["json", "yaml"]));
    assert_eq!(after("graph -o "), words(&["table", "dot", "svg", "json", "yaml"]));
    assert_eq!(after("-n shop can"), words(&["cancel"]), "a flag's value is not a command");
    assert_eq!(after("verify --str"), words(&["--strict"]), "hidden flags are not offered");
    assert_eq!(after("verify -o "), words(&["table", "wide", "json", "yaml"]));
    assert_eq!(after("verify --delivery "), Candidates::Deliveries);
    assert_eq!(after("pur"), words(&["purchase"]));
    assert_eq!(after("purchase --language "), words(&["pt-BR", "en"]));
    assert_eq!(after("verify --pur"), words(&["--purchases", "--purchases-wait"]));
    assert_eq!(after("start "), Candidates::Routes);
    assert_eq!(after("start --context x prim"), Candidates::Routes);
    assert_eq!(after("cancel a "), Candidates::Deliveries);
    assert_eq!(after("status "), Candidates::Deliveries);
    assert_eq!(after("trace "), Candidates::Deliveries);
    assert_eq!(after("route "), words(&["import"]));
    assert_eq!(after("route import "), Candidates::Files);
    assert_eq!(after("completion z"), words(&["zsh"]));
    assert_eq!(after("verify --kubeconfig "), Candidates::Files);
}

#[test]
fn the_cluster_is_selected_by_the_words_so_far() {
    let words = ["-n", "shop", "--context=north", "--user", "ana", "--as-group=a", "--as-group", "b", "start", ""];
    let found = connection(&words.map(str::to_owned));
    assert_eq!((found.namespace.as_deref(), found.context.as_deref()), (Some("shop"), Some("north")));
    assert_eq!((found.user.as_deref(), found.impersonate_groups), (Some("ana"), vec!["a".to_owned(), "b".to_owned()]));
}
