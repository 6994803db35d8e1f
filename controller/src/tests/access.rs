use super::*;

#[test]
fn a_kubeconfig_that_cannot_be_read_is_not_quoted() {
    let error = "kubeconfig: (failed to parse kubeconfig YAML: error: line 1 column 1: expected mapping start\n --> <input>:1:1\n  |\n1 | \
                 hunter2\n  | ^";
    let said = AccessError(told(error)).to_string();
    assert!(said.ends_with("line 1 column 1: expected mapping start."), "{said}");
}
