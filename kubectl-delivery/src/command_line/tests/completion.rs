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
    assert_eq!(after("-n shop can"), words(&["cancel"]), "a flag's value is not a command");
    assert_eq!(after("verify --str"), words(&["--strict"]), "hidden flags are not offered");
    assert_eq!(after("verify -o "), words(&["table", "wide", "json"]));
    assert_eq!(after("verify --delivery "), Candidates::Deliveries);
    assert_eq!(after("start "), Candidates::Routes);
    assert_eq!(after("start --context x prim"), Candidates::Routes);
    assert_eq!(after("cancel a "), Candidates::Deliveries);
    assert_eq!(after("route "), words(&["import"]));
    assert_eq!(after("route import "), Candidates::Files);
    assert_eq!(after("completion z"), words(&["zsh"]));
    assert_eq!(after("verify --kubeconfig "), Candidates::Files);
}

#[test]
fn the_cluster_is_selected_by_the_words_so_far() {
    let found = connection(&["-n", "shop", "--context=north", "start", ""].map(str::to_owned));
    assert_eq!((found.namespace.as_deref(), found.context.as_deref()), (Some("shop"), Some("north")));
}
