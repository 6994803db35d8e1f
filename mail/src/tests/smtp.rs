use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// What a mail server answers; nothing: it says nothing from there on.
#[derive(Clone, Copy)]
struct Script {
    greeting: Option<&'static str>,
    sender: Option<&'static str>,
    recipient: Option<&'static str>,
    content: Option<&'static str>,
    /// Whether it closes the connection after a mail.
    closes: bool,
}

const FINE: Script = Script {
    greeting: Some("220 test ESMTP"),
    sender: Some("250 fine"),
    recipient: Some("250 fine"),
    content: Some("250 taken"),
    closes: false,
};

/// A mail server that keeps to its script.
struct Played {
    port: u16,
    /// What clients have said.
    heard: Arc<Mutex<String>>,
    connections: Arc<AtomicUsize>,
}

impl Played {
    async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heard, connections) = (Arc::<Mutex<String>>::default(), Arc::<AtomicUsize>::default());
        let (ear, opened) = (Arc::clone(&heard), Arc::clone(&connections));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                opened.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(converse(client, script, Arc::clone(&ear)));
            }
        });
        Self { port, heard, connections }
    }

    fn heard(&self) -> String {
        lock(&self.heard).clone()
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// Speaks with one client (RFC 5321).
async fn converse(mut client: TcpStream, script: Script, heard: Arc<Mutex<String>>) {
    let (read, mut write) = client.split();
    let mut lines = BufReader::new(read).lines();
    let (mut in_content, mut answer) = (false, script.greeting);
    loop {
        let Some(text) = answer else { return std::future::pending().await };
        if write.write_all(format!("{text}\r\n").as_bytes()).await.is_err() {
            return;
        }
        if script.closes && answer == script.content {
            return;
        }
        answer = loop {
            let Ok(Some(line)) = lines.next_line().await else { return };
            lock(&heard).extend([line.as_str(), "\n"]);
            match line.as_str() {
                "." => {
                    in_content = false;
                    break script.content;
                }
                _ if in_content => {}
                "DATA" => {
                    in_content = true;
                    break Some("354 go on");
                }
                "QUIT" => break Some("221 bye"),
                line if line.starts_with("EHLO") => break Some("250-test\r\n250 8BITMIME"),
                line if line.starts_with("MAIL") => break script.sender,
                line if line.starts_with("RCPT") => break script.recipient,
                _ => break Some("250 fine"),
            }
        };
    }
}

fn server(port: u16, security: Security) -> Server {
    let host = "127.0.0.1".to_owned();
    Server { host, port, security, ca_file: None, answer: Duration::from_secs(5), connections: 2 }
}

async fn smtp(port: u16) -> Smtp {
    Smtp::open(server(port, Security::None), None).await.unwrap()
}

/// A client that waits for an answer for a moment only.
async fn hasty(port: u16) -> Smtp {
    let server = Server { answer: Duration::from_millis(500), ..server(port, Security::None) };
    Smtp::open(server, None).await.unwrap()
}

async fn sent(smtp: &Smtp, raw: &str) -> Result<(), Failure> {
    let [from, to]: [Address; 2] = ["shop@example.com", "a@example.com"].map(|address| address.parse().unwrap());
    smtp.send(&Envelope::new(Some(from), vec![to]).unwrap(), raw.as_bytes()).await
}

#[tokio::test]
async fn a_mail_is_handed_over_and_a_line_with_a_dot_does_not_end_it() {
    let played = Played::start(FINE).await;
    let smtp = smtp(played.port).await;
    assert_eq!(sent(&smtp, "Subject: hello\r\n\r\nolá\r\n.\r\nQUIT").await, Ok(()));
    let heard = played.heard();
    assert!(heard.contains("MAIL FROM:<shop@example.com> BODY=8BITMIME\nRCPT TO:<a@example.com>\nDATA\n"), "{heard}");
    assert!(heard.contains("\nolá\n..\nQUIT\n.\n"), "{heard}");
    assert_eq!(sent(&smtp, "Subject: again\r\n\r\nhello").await, Ok(()));
    assert_eq!(smtp.ping().await, Ok(()));
    assert_eq!(played.connections(), 1, "the connection is used again");
}

#[tokio::test]
async fn a_refused_recipient_is_told_and_spoils_nothing_for_the_next() {
    let played = Played::start(Script { recipient: Some("550 5.1.1 no such user"), ..FINE }).await;
    let smtp = smtp(played.port).await;
    for _ in 0..2 {
        let failure = sent(&smtp, "hello").await.unwrap_err();
        assert!(matches!(&failure, Failure::Refused(text) if text.contains("550") && text.contains("no such user")));
    }
    assert_eq!((played.connections(), played.heard().matches("RSET\n").count()), (1, 2), "{}", played.heard());
    assert!(!played.heard().contains("DATA"));
}

#[tokio::test]
async fn what_may_be_mended_is_not_taken() {
    for script in [
        Script { recipient: Some("451 later"), ..FINE },
        Script { sender: Some("550 5.7.1 not you"), ..FINE },
        Script { content: Some("452 no room"), ..FINE },
        Script { greeting: Some("421 busy"), ..FINE },
    ] {
        let played = Played::start(script).await;
        let failure = sent(&smtp(played.port).await, "hello").await.unwrap_err();
        assert!(matches!(failure, Failure::NotTaken(_)), "{failure}");
    }
    // Nobody listens at this port.
    let failure = sent(&smtp(1).await, "hello").await.unwrap_err();
    assert!(matches!(failure, Failure::NotTaken(_)), "{failure}");
    assert!(smtp(1).await.ping().await.unwrap_err().ends_with("Check smtp.host, smtp.port and the login."));
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_in_time() {
    for script in [Script { greeting: None, ..FINE }, Script { recipient: None, ..FINE }] {
        let smtp = hasty(Played::start(script).await.port).await;
        let failure = sent(&smtp, "hello").await.unwrap_err();
        assert!(matches!(failure, Failure::NotTaken(_)), "{failure}");
    }
}

#[tokio::test]
async fn an_answer_without_an_end_is_given_up_before_it_fills_the_memory() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let flood = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let (piece, mut written) = ([b'2'; 8 * 1024], 0);
        while client.write_all(&piece).await.is_ok() {
            written += piece.len();
        }
        written
    });
    let failure = sent(&smtp(port).await, "hello").await.unwrap_err();
    assert!(matches!(&failure, Failure::NotTaken(text) if text.contains("longer than 131072 bytes")), "{failure}");
    let written = timeout(Duration::from_secs(10), flood).await.unwrap().unwrap();
    assert!(written < 32 * 1024 * 1024, "only the sockets' buffers are full, but {written} bytes were taken");
}

#[tokio::test]
async fn a_mail_without_an_answer_is_in_doubt_and_the_next_is_told_only_of_itself() {
    let played = Played::start(Script { content: None, ..FINE }).await;
    let smtp = hasty(played.port).await;
    for connections in 1..=2 {
        let failure = sent(&smtp, "hello").await.unwrap_err();
        assert!(matches!(failure, Failure::InDoubt(_)), "{failure}");
        assert_eq!(played.connections(), connections);
    }
}

#[tokio::test]
async fn a_connection_that_the_server_has_closed_is_replaced() {
    let played = Played::start(Script { closes: true, ..FINE }).await;
    let smtp = smtp(played.port).await;
    for connections in 1..=3 {
        assert_eq!(sent(&smtp, "hello").await, Ok(()));
        assert_eq!(played.connections(), connections);
    }
}

#[tokio::test]
async fn no_more_connections_are_kept_than_the_settings_say() {
    let played = Played::start(FINE).await;
    let smtp = smtp(played.port).await;
    let all = tokio::join!(sent(&smtp, "1"), sent(&smtp, "2"), sent(&smtp, "3"), sent(&smtp, "4"));
    assert_eq!(all, (Ok(()), Ok(()), Ok(()), Ok(())));
    assert_eq!((played.connections(), lock(&smtp.0.kept).len()), (4, 2));
    let farewells = async {
        while played.heard().matches("QUIT\n").count() < 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(10), farewells).await.unwrap();
}

#[tokio::test]
async fn nothing_is_said_in_the_clear_to_a_server_that_cannot_change_to_tls() {
    let played = Played::start(FINE).await;
    let login = || Some(Credentials::new("a".to_owned(), "secret".to_owned()));
    let smtp = Smtp::open(server(played.port, Security::Starttls), login()).await.unwrap();
    assert!(matches!(sent(&smtp, "hello").await, Err(Failure::NotTaken(_))));
    assert!(!played.heard().contains("MAIL") && !played.heard().contains("AUTH"), "{}", played.heard());
    let plain = Smtp::open(server(played.port, Security::None), login()).await;
    assert!(matches!(plain, Err(SettingsError::PasswordInPlainText)));
}
