use super::*;

#[test]
fn a_login_is_whole_or_there_is_none() {
    let environment = |name: &'static str, password: &'static str| {
        move |variable: &str| match variable {
            USERNAME_VARIABLE => Some(name.to_owned()),
            PASSWORD_VARIABLE => Some(password.to_owned()),
            _ => None,
        }
    };
    let whole = Credentials::new("a".to_owned(), "b".to_owned());
    assert_eq!(login(environment("a", "b")).unwrap(), Some(whole));
    assert_eq!(login(environment("", "")).unwrap(), None);
    assert_eq!(login(|_: &str| None).unwrap(), None);
    for half in [environment("a", ""), environment("", "b")] {
        assert!(login(half).unwrap_err().to_string().ends_with("Set both, or neither."));
    }
}

#[test]
fn the_usual_port_follows_from_the_protection() {
    let ports = [Security::None, Security::Starttls, Security::Tls].map(Security::usual_port);
    assert_eq!((ports, Security::default()), ([25, 587, 465], Security::Starttls));
}

#[tokio::test]
async fn certificates_that_cannot_be_used_are_named() {
    let server = |security, ca_file: &str| Server {
        host: "mail.example".to_owned(),
        port: 587,
        security,
        ca_file: Some(ca_file.into()),
        answer: Duration::from_secs(5),
        connections: 1,
    };
    let missing = tls(&server(Security::Starttls, "/nowhere/ca.crt")).await.err().unwrap().to_string();
    assert!(missing.starts_with("The file /nowhere/ca.crt that smtp.caFile names cannot be read: "), "{missing}");
    assert!(tls(&server(Security::None, "/nowhere/ca.crt")).await.unwrap().is_none(), "they are not needed");
}
