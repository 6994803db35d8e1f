use super::*;

/// Made with openssl. It ends on 22 November 2056, which is too late for a year of two digits.
const AUTHORITY: &str = "\
-----BEGIN CERTIFICATE-----
MIIBcjCCARegAwIBAgIUFbDkKINA/JC1a4MXSnHWuhNzFwwwCgYIKoZIzj0EAwIw
DTELMAkGA1UEAwwCY2EwIBcNMjYxMTMwMTg0MzEwWhgPMjA1NjExMjIxODQzMTBa
MA0xCzAJBgNVBAMMAmNhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEjF3mWyfQ
yoYix4VtPjG6Dp8QTQ1AH4vigLv/m9HUjOZ0RCkTSlZM3j6Xno86l+nS9FzDi+My
wHRW02zyd4cvTaNTMFEwHQYDVR0OBBYEFLnSdtM4W7oHBpd0SPZewtR03IYnMB8G
A1UdIwQYMBaAFLnSdtM4W7oHBpd0SPZewtR03IYnMA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDSQAwRgIhAOfrd0iWZ8sGwmLoL4ZScV9sUD0up4JIxccwXBi9
G1nFAiEA22h0oY6zvRp4Z5nFc8GrzXf/8kYccewjKmiWdOO4F2E=
-----END CERTIFICATE-----
";
const AUTHORITY_ENDS: usize = 2_742_144_190;

/// It ends on 28 February 2027.
const CLIENT: &str = "\
-----BEGIN CERTIFICATE-----
MIIBdzCCAR2gAwIBAgIUEmY+W8jZksJOEMxKSNogE8zqk6IwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGY2xpZW50MB4XDTI2MTEzMDE4NDMxMFoXDTI3MDIyODE4NDMx
MFowETEPMA0GA1UEAwwGY2xpZW50MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
gNinI6uzVNt1ul6DIKxMNOniWSavRQVAj7oxKozamOesxCq78xPWh1ypv5vsr/I/
2iC1MAkZqZFmOTkFFnWnOqNTMFEwHQYDVR0OBBYEFL537Qie+u7KS+0L2hVFNRhW
yISxMB8GA1UdIwQYMBaAFL537Qie+u7KS+0L2hVFNRhWyISxMA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgGvL3u5yXx0Q0F9uglL6TOQzn16/qkF9Q
6vujgX+ckF8CIQCBMn8dPlN32ae/P2B2qoirGgsXt1CzIIxvgzX9lbRN/g==
-----END CERTIFICATE-----
";
const CLIENT_ENDS: usize = 1_803_840_190;

/// What is shown of a directory with these files.
fn shown(test: &str, files: &[(&str, &str)]) -> Vec<(&'static str, usize)> {
    let directory = std::env::temp_dir().join(format!("kafka-certificates-{test}-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    for (name, content) in files {
        fs::write(directory.join(name), content.replace("DIRECTORY", &directory.display().to_string())).unwrap();
    }
    let config = KafkaConfig {
        bootstrap_servers: "kafka:9092".to_owned(),
        topic_prefix: String::new(),
        group_prefix: String::new(),
        properties_directory: Some(directory.clone()),
    };
    let shown = ends(&config)();
    fs::remove_dir_all(directory).unwrap();
    shown
}

#[test]
fn the_ends_of_the_certificates_in_the_secret_are_shown() {
    let files = [("ssl.ca.pem", AUTHORITY), ("ssl.certificate.pem", CLIENT), ("ssl.key.pem", "a key")];
    assert_eq!(shown("contents", &files), [("ca", AUTHORITY_ENDS), ("client", CLIENT_ENDS)]);
}

#[test]
fn a_property_may_name_the_file_of_a_certificate() {
    let files = [("ssl.certificate.location", "DIRECTORY/tls.crt\n"), ("tls.crt", CLIENT)];
    assert_eq!(shown("location", &files), [("client", CLIENT_ENDS)]);
}

#[test]
fn of_several_authorities_the_last_end_counts_and_of_a_clients_certificates_the_first() {
    let both = format!("{CLIENT}{AUTHORITY}");
    let files = [("ssl.ca.pem", &*both), ("ssl.certificate.pem", &*both)];
    assert_eq!(shown("bundles", &files), [("ca", AUTHORITY_ENDS), ("client", CLIENT_ENDS)]);
}

#[test]
fn nothing_is_shown_without_certificates_or_of_what_is_none() {
    assert!(shown("none", &[("sasl.username", "courier")]).is_empty());
    let no_certificate = format!("{BEGIN}\nAAAA\n{END}\n");
    let files = [("ssl.ca.pem", &*no_certificate), ("ssl.certificate.pem", BEGIN)];
    assert!(shown("wrong", &files).is_empty());
}

#[test]
fn a_certificate_that_is_cut_off_anywhere_has_no_end_and_breaks_nothing() {
    let whole = certificates(CLIENT).remove(0);
    let end = whole.windows(13).position(|part| part == b"270228184310Z").unwrap() + 13;
    for length in 0..end {
        assert_eq!(not_after(&whole[..length]), None, "the first {length} bytes");
    }
}
