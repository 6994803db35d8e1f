use super::*;

#[test]
fn a_program_that_says_nothing_of_a_secret_is_fine() {
    says_no_secret("/bin/echo", &[Case::new("adminAddress: ADMIN")]);
}

#[test]
#[should_panic(expected = "says a secret")]
fn a_program_that_says_a_secret_is_found() {
    says_no_secret("/bin/echo", &[Case::new("adminAddress: ADMIN").argument(SECRET)]);
}

#[test]
#[should_panic(expected = "says nothing")]
fn a_program_that_says_nothing_shows_nothing() {
    says_no_secret("/bin/true", &[Case::new("adminAddress: ADMIN")]);
}
