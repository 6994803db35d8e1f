//! Runs a program with secrets in everything that configures it, right and mistyped, and looks for them in everything that it says: its log at
//! the level `debug`, its errors, and what its admin port answers.
//!
//! Nothing listens where the program looks for its servers, so that it says all that it has to say about connections that fail.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What is planted. Nothing else contains it.
pub const SECRET: &str = "hunter2PLANTED";
/// A login with it, as the header `authorization` has it.
const BASIC: &str = "bWU6aHVudGVyMlBMQU5URUQ=";
/// How long a program runs, unless it ends by itself.
const TIME: Duration = Duration::from_secs(5);
/// The same for a program for people, which ends by itself when nobody answers.
const TIME_OF_COMMAND: Duration = Duration::from_secs(40);
/// How many run at once.
const AT_ONCE: usize = 8;
/// How long one question to the admin port may take.
const ANSWER: Duration = Duration::from_secs(1);

/// The properties of a Kafka client with a login, by their files in the folder `kafka`.
const KAFKA: [(&str, &str); 4] = [
    ("kafka/security.protocol", "SASL_PLAINTEXT"),
    ("kafka/sasl.mechanisms", "PLAIN"),
    ("kafka/sasl.username", "me"),
    ("kafka/sasl.password", SECRET),
];
/// The same, mistyped.
const KAFKA_MISTAKES: [(&str, &str); 7] = [
    ("kafka/sasl.pasword", SECRET),
    ("kafka/sasl.jaas.config", "org.apache.kafka.PlainLoginModule required password=\"hunter2PLANTED\";"),
    ("kafka/sasl.mechanisms", SECRET),
    ("kafka/security.protocol", SECRET),
    ("kafka/socket.timeout.ms", SECRET),
    ("kafka/ssl.key.pem", "-----BEGIN PRIVATE KEY-----\nhunter2PLANTED\n-----END PRIVATE KEY-----"),
    ("kafka/debug", "all, hunter2PLANTED"),
];
/// A connection string for `MongoDB`, in the file `mongodb`.
const MONGODB: (&str, &str) = ("mongodb", "mongodb://me:hunter2PLANTED@127.0.0.1:1/test?serverSelectionTimeoutMS=500");
/// The same, mistyped.
const MONGODB_MISTAKES: [&str; 6] = [
    "mongodb://me:a?hunter2PLANTED@127.0.0.1:1/test",
    "mongodb://me:a/hunter2PLANTED@127.0.0.1:1/test",
    "mongodb://me:a%zzhunter2PLANTED@127.0.0.1:1/test",
    "mongodb://me@hunter2PLANTED:127.0.0.1:1/test",
    "mongo://me:hunter2PLANTED@127.0.0.1:1/test",
    SECRET,
];

/// One way to configure a program.
#[derive(Clone, Debug)]
pub struct Case {
    name: String,
    config: String,
    files: Vec<(String, String)>,
    /// Whether the arguments are all, without a configuration file.
    is_command: bool,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Case {
    /// With a configuration file (YAML), in which `FOLDER` is the folder of the other files, and `ADMIN` and `HTTP` are addresses to listen
    /// on. `FOLDER/kafka` has the properties of a Kafka client, `FOLDER/mongodb` a connection string, and `FOLDER/kubeconfig` is used.
    #[must_use]
    pub fn new(config: &str) -> Self {
        let kubeconfig = serde_json::json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": "https://127.0.0.1:1", "insecure-skip-tls-verify": true}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "me"}}],
            "users": [{"name": "me", "user": {"token": SECRET}}],
        });
        let case = Self {
            name: "all is right".to_owned(),
            config: config.to_owned(),
            files: Vec::new(),
            is_command: false,
            arguments: Vec::new(),
            environment: Vec::new(),
        };
        let case = case
            .variable("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://me:{SECRET}@127.0.0.1:1"))
            .variable("OTEL_EXPORTER_OTLP_HEADERS", &format!("authorization=Bearer {SECRET}"))
            .file("kubeconfig", &kubeconfig.to_string())
            .file(MONGODB.0, MONGODB.1);
        KAFKA.iter().fold(case, |case, (path, text)| case.file(path, text))
    }

    /// A program for people, run with these words; `FOLDER` in them is the folder of the files.
    #[must_use]
    pub fn of_command(words: &[&str]) -> Self {
        let right = Self { name: words.join(" "), is_command: true, ..Self::new("") };
        words.iter().fold(right, |case, word| case.argument(word))
    }

    /// With another file in the folder, or another text in one of them.
    #[must_use]
    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.files.retain(|(other, _)| other != path);
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    /// With another argument, in which `FOLDER` is the folder.
    #[must_use]
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// With another variable in the environment.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(other, _)| other != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With something else in the configuration file.
    ///
    /// # Panics
    /// When the file does not have `right`.
    #[must_use]
    pub fn but(&self, right: &str, mistaken: &str) -> Self {
        assert!(self.config.contains(right), "the configuration has no {right}");
        Self { name: mistaken.to_owned(), config: self.config.replacen(right, mistaken, 1), ..self.clone() }
    }

    /// This case, and one for each mistake in the properties of the Kafka client.
    #[must_use]
    pub fn with_mistakes_for_kafka(&self) -> Vec<Self> {
        let mistaken =
            KAFKA_MISTAKES.map(|(path, text)| Self { name: path.to_owned(), ..self.clone().file(path, text) });
        std::iter::once(self.clone()).chain(mistaken).collect()
    }

    /// One case for each mistake in the connection string of `MongoDB`.
    #[must_use]
    pub fn with_mistakes_for_mongodb(&self) -> Vec<Self> {
        MONGODB_MISTAKES.map(|text| Self { name: text.to_owned(), ..self.clone().file(MONGODB.0, text) }).into()
    }
}

/// Runs a program in each case.
///
/// # Panics
/// When it says a secret, or nothing at all.
pub fn says_no_secret(program: &str, cases: &[Case]) {
    for cases in cases.chunks(AT_ONCE) {
        all_at_once(program, cases);
    }
}

fn all_at_once(program: &str, cases: &[Case]) {
    let all_said: Vec<(&Case, String)> = std::thread::scope(|scope| {
        let runs: Vec<_> = cases.iter().map(|case| (case, scope.spawn(move || said(program, case)))).collect();
        let ended = runs
            .into_iter()
            .map(|(case, run)| (case, run.join().unwrap_or_else(|_| panic!("{}: it was not run", case.name))));
        ended.collect()
    });
    for (case, said) in all_said {
        assert!(!said.trim().is_empty(), "{program} says nothing when its configuration has {:?}", case.name);
        let told: Vec<&str> = said.lines().filter(|line| line.contains(SECRET) || line.contains(BASIC)).collect();
        assert!(
            told.is_empty(),
            "{program} says a secret when its configuration has {:?}:\n{}",
            case.name,
            told.join("\n")
        );
    }
}

/// Everything that a program says.
fn said(program: &str, case: &Case) -> String {
    let folder = Folder::new();
    for (path, text) in &case.files {
        folder.write(path, text);
    }
    let (admin, http) = (free_address(), free_address());
    let place = |text: &str| text.replace("FOLDER", &folder.0.display().to_string());
    let config = place(&case.config).replace("ADMIN", &admin.to_string()).replace("HTTP", &http.to_string());
    folder.write("config.yaml", &config);
    let mut running = Running(start(program, case, &folder, &place));
    let (begun, mut answers) = (Instant::now(), String::new());
    let time = if case.is_command { TIME_OF_COMMAND } else { TIME };
    while begun.elapsed() < time && running.0.try_wait().is_ok_and(|ended| ended.is_none()) {
        std::thread::sleep(Duration::from_millis(500));
        answers.extend(["/readyz", "/metrics"].map(|path| answer(admin, path)));
    }
    drop(running);
    [answers, folder.read("stdout"), folder.read("stderr")].concat()
}

fn start(program: &str, case: &Case, folder: &Folder, place: &impl Fn(&str) -> String) -> Child {
    let mut command = Command::new(program);
    if !case.is_command {
        command.arg("--config").arg(folder.0.join("config.yaml"));
    }
    command.args(case.arguments.iter().map(|text| place(text)));
    command.stdin(Stdio::null()).stdout(folder.create("stdout")).stderr(folder.create("stderr"));
    command.env_remove("KUBERNETES_SERVICE_HOST").env("KUBECONFIG", folder.0.join("kubeconfig"));
    command.env("RUST_LOG", "debug").env("RUST_BACKTRACE", "1");
    for (name, value) in &case.environment {
        command.env(name, place(value));
    }
    command.spawn().unwrap_or_else(|error| panic!("Cannot start {program}: {error}."))
}

/// A program that is killed in the end.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("planted-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self(path)
    }

    fn create(&self, name: &str) -> File {
        let path = self.0.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).unwrap_or_else(|error| panic!("{}: {error}", parent.display()));
        }
        File::create(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    fn write(&self, name: &str, text: &str) {
        self.create(name).write_all(text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    fn read(&self, name: &str) -> String {
        let bytes = fs::read(self.0.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// An address where nobody listens.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    listener.unwrap_or_else(|error| panic!("no port is free: {error}"))
}

/// What the admin port answers; nothing if it does not.
fn answer(address: SocketAddr, path: &str) -> String {
    let asked = || -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect_timeout(&address, ANSWER)?;
        stream.set_read_timeout(Some(ANSWER))?;
        stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    };
    asked().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

#[cfg(test)]
#[path = "tests/planted.rs"]
mod tests;
