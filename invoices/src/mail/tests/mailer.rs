use std::time::Duration;

use delivery_mail::{Security, Server};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::*;
use crate::mail::message::letter;
use crate::testing;

/// What comes of an invoice's e-mail when the mail server answers line by line like this and then closes the connection; and what it was sent.
async fn conversation(answers: Vec<&'static str>) -> (Outcome, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let played = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let (read, mut write) = stream.split();
        let (mut lines, mut heard) = (BufReader::new(read).lines(), String::new());
        for answer in answers {
            write.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
            // The content ends with a point, a command with its line.
            loop {
                let Ok(Some(line)) = lines.next_line().await else { return heard };
                heard.push_str(&line);
                heard.push('\n');
                if !answer.starts_with("354") || line == "." {
                    break;
                }
            }
        }
        heard
    });
    let (host, answer) = ("127.0.0.1".to_owned(), Duration::from_secs(5));
    let server = Server { host, port, security: Security::None, ca_file: None, answer, connections: 1 };
    let smtp = Smtp::open(server, None).await.unwrap();
    let invoice = testing::invoice(42);
    let letter = letter(&invoice, &testing::sender_settings(), b"%PDF-1.7", testing::NOW, false).unwrap();
    let outcome = Mailer::send(&smtp, &letter).await;
    drop(smtp);
    (outcome, played.await.unwrap())
}

#[tokio::test]
async fn a_server_that_takes_the_email_gets_it_whole() {
    let (outcome, heard) =
        conversation(vec!["220 test", "250 test", "250 ok", "250 ok", "354 go on", "250 taken"]).await;
    assert_eq!(outcome, Outcome::Sent);
    assert!(heard.contains("RCPT TO:<customer7@example.com>"), "{heard}");
    assert!(heard.contains("Subject: Sua nota fiscal 000.000.042"), "{heard}");
}

#[tokio::test]
async fn a_server_that_refuses_the_recipient_bounces_it_and_one_that_breaks_off_leaves_a_doubt() {
    let (outcome, _) = conversation(vec!["220 test", "250 test", "250 ok", "550 5.1.1 no such user"]).await;
    assert!(matches!(&outcome, Outcome::Refused(text) if text.contains("550") && text.contains("no such user")));
    let (outcome, _) = conversation(vec!["220 test", "250 test", "250 ok", "451 later"]).await;
    assert!(matches!(outcome, Outcome::NotTaken(_)), "{outcome:?}");
    let (outcome, _) = conversation(vec!["220 test", "250 test", "250 ok", "250 ok", "354 go on"]).await;
    assert!(matches!(outcome, Outcome::InDoubt(_)), "{outcome:?}");
}
