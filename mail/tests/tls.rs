//! The mail server of production, which wants TLS and a login: nothing but the wish for TLS is said in the clear, and nothing at all to a server
//! that cannot prove its name.

#![allow(clippy::unwrap_used, reason = "a test ends with the first thing that is wrong")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use delivery_mail::{Failure, Security, Server, Smtp, USERNAME_VARIABLE, login};
use lettre::Address;
use lettre::address::Envelope;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Of 127.0.0.1. Made with openssl; it ends in 2056.
const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBWTCB/6ADAgECAgEBMAoGCCqGSM49BAMCMBQxEjAQBgNVBAMMCTEyNy4wLjAu
MTAgFw0yNDAxMDEwMDAwMDBaGA8yMDU2MDEwMTAwMDAwMFowFDESMBAGA1UEAwwJ
MTI3LjAuMC4xMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAENNUSJKmKIBTOknic
gmcwtG4dqq62w9fedPr0lNwYmpY9mJ9fxtPPyOk6hf4ylaLCoJp8Dn2KjJBIjLpS
MItk/qNAMD4wDAYDVR0TAQH/BAIwADAPBgNVHREECDAGhwR/AAABMB0GA1UdDgQW
BBQy9KoJVZsxXJ5V7AGqbTKAWLkxZDAKBggqhkjOPQQDAgNJADBGAiEAn1YN0t9+
zReh0GE4cQmw14qcWc+qv24nE6iQ8q7laJgCIQCTf32Tr+pWudvuVWx+eEvux8ud
8GqUeh0zamYWLlAYrg==
-----END CERTIFICATE-----
";
const KEY: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjCculLJr1qt4r6l5
uNAZP6PKhhjKcEO2KzXojfAHTZ+hRANCAAQ01RIkqYogFM6SeJyCZzC0bh2qrrbD
1950+vSU3Bialj2Yn1/G08/I6TqF/jKVosKgmnwOfYqMkEiMulIwi2T+
-----END PRIVATE KEY-----
";
const GREETING: &[u8] = b"220 test ESMTP\r\n";

fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    TlsAcceptor::from(Arc::new(builder.with_single_cert(vec![certificate], key).unwrap()))
}

/// Serves one client; what it has said in the clear, and what encrypted.
async fn serve(listener: TcpListener, security: Security) -> (Vec<String>, Vec<String>) {
    let (client, _) = listener.accept().await.unwrap();
    let (mut client, mut clear) = (BufReader::new(client), Vec::new());
    if security == Security::Starttls {
        client.write_all(GREETING).await.unwrap();
        clear = converse(&mut client, "STARTTLS").await;
    }
    let Ok(encrypted) = acceptor().accept(client.into_inner()).await else { return (clear, Vec::new()) };
    let mut client = BufReader::new(encrypted);
    if security == Security::Tls {
        client.write_all(GREETING).await.unwrap();
        client.flush().await.unwrap();
    }
    (clear, converse(&mut client, "AUTH PLAIN LOGIN").await)
}

/// Speaks with a client (RFC 5321), to which it offers something, until that goes or wants to encrypt; what the client has said.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(client: &mut BufReader<S>, offer: &str) -> Vec<String> {
    let (mut said, mut in_content) = (Vec::new(), false);
    loop {
        let mut line = String::new();
        // A client that goes without a farewell is an error with TLS.
        if client.read_line(&mut line).await.unwrap_or_default() == 0 {
            return said;
        }
        let line = line.trim_end().to_owned();
        said.push(line.clone());
        let answer = match line.as_str() {
            "." => {
                in_content = false;
                "250 taken".to_owned()
            }
            _ if in_content => continue,
            "DATA" => {
                in_content = true;
                "354 go on".to_owned()
            }
            line if line.starts_with("EHLO") => format!("250-test\r\n250 {offer}"),
            line if line.starts_with("AUTH") => "235 welcome".to_owned(),
            "STARTTLS" => "220 go ahead".to_owned(),
            _ => "250 fine".to_owned(),
        };
        client.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
        client.flush().await.unwrap();
        if line == "STARTTLS" {
            return said;
        }
    }
}

/// Sends a mail to such a server, with these certificates beside the system's; what came of it, and what the server has heard.
async fn sent(security: Security, ca_file: Option<PathBuf>) -> (Result<(), Failure>, Vec<String>, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (host, port) = ("127.0.0.1".to_owned(), listener.local_addr().unwrap().port());
    let heard = tokio::spawn(serve(listener, security));
    let server = Server { host, port, security, ca_file, answer: Duration::from_secs(10), connections: 1 };
    let half = |name: &str| if name == USERNAME_VARIABLE { "a" } else { "secret" };
    let login = login(|name| Some(half(name).to_owned())).unwrap();
    let smtp = Smtp::open(server, login).await.unwrap();
    let [from, to]: [Address; 2] = ["shop@example.com", "a@example.com"].map(|address| address.parse().unwrap());
    let outcome = smtp.send(&Envelope::new(Some(from), vec![to]).unwrap(), b"Subject: hello\r\n\r\nhello").await;
    // The connection that was kept for the next mail is closed.
    drop(smtp);
    let (clear, encrypted) = heard.await.unwrap();
    (outcome, clear, encrypted)
}

/// Whether there is nothing but the wish to encrypt.
fn says_nothing(clear: &[String]) -> bool {
    clear.iter().all(|line| line.starts_with("EHLO") || line == "STARTTLS")
}

#[tokio::test]
async fn login_and_mail_are_encrypted() {
    let file = std::env::temp_dir().join(format!("mail-server-{}.crt", std::process::id()));
    std::fs::write(&file, CERTIFICATE).unwrap();
    for security in [Security::Starttls, Security::Tls] {
        let (outcome, clear, encrypted) = sent(security, Some(file.clone())).await;
        assert_eq!(outcome, Ok(()), "{security:?}");
        assert!(says_nothing(&clear), "{clear:?}");
        let has = |wanted: &str| encrypted.iter().any(|line| line == wanted);
        // The name and the password, in Base64 (RFC 4616).
        assert!(has("AUTH PLAIN AGEAc2VjcmV0") && has("Subject: hello") && has("."), "{security:?}: {encrypted:?}");
    }
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn a_server_whose_certificate_nobody_trusts_hears_neither_login_nor_mail() {
    for security in [Security::Starttls, Security::Tls] {
        let (outcome, clear, encrypted) = sent(security, None).await;
        assert!(matches!(outcome, Err(Failure::NotTaken(_))), "{security:?}: {outcome:?}");
        assert!(says_nothing(&clear) && encrypted.is_empty(), "{clear:?}, {encrypted:?}");
    }
}
