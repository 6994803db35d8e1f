use super::*;

fn chosen(configured: Option<&str>, server: &str, variables: &[(&str, &str)]) -> Option<String> {
    let variable = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    choose(configured, &server.parse().unwrap(), variable).unwrap().map(|proxy| proxy.to_string())
}

#[test]
fn the_proxy_of_the_environment_is_used_unless_no_proxy_excludes_the_server() {
    let proxy = Some("http://proxy:3128/".to_owned());
    let server = "https://10.1.2.3:6443";
    assert_eq!(chosen(None, server, &[]), None);
    assert_eq!(chosen(None, server, &[("HTTPS_PROXY", "http://proxy:3128")]), proxy);
    assert_eq!(chosen(None, server, &[("HTTPS_PROXY", ""), ("https_proxy", "proxy:3128")]), proxy);
    assert_eq!(chosen(None, server, &[("HTTP_PROXY", "http://proxy:3128")]), None, "it is for http:// only");
    for excluded in ["*", "10.0.0.0/8", "other, 10.1.2.3"] {
        assert_eq!(chosen(None, server, &[("HTTPS_PROXY", "http://proxy:3128"), ("NO_PROXY", excluded)]), None);
    }
    for excluded in ["proxy", "10.2.0.0/16", "example.org"] {
        assert_eq!(chosen(None, server, &[("HTTPS_PROXY", "http://proxy:3128"), ("NO_PROXY", excluded)]), proxy);
    }
    let variables = [("HTTPS_PROXY", "http://proxy:3128"), ("no_proxy", ".example.org")];
    assert_eq!(chosen(None, "https://api.example.org", &variables), None);
    for server in ["https://127.0.0.1:6443", "https://localhost:6443", "https://[::1]:6443"] {
        assert_eq!(chosen(None, server, &variables), None);
    }
}

#[test]
fn the_proxy_of_the_kubeconfig_is_always_used() {
    let variables = [("HTTPS_PROXY", "http://other:1"), ("NO_PROXY", "*")];
    assert_eq!(chosen(Some("socks5://proxy:1080"), "https://127.0.0.1", &variables).unwrap(), "socks5://proxy:1080/");
}
