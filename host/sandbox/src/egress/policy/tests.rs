use super::*;
use crate::manifest::Manifest;

fn manifest(http: &str) -> Manifest {
    let text = format!(
        r#"
        id = "x"
        name = "X"
        version = "1.0.0"
        vendor = "V"
        contract = "homeroom:sis@0.1.0"
        [auth]
        schemes = ["none"]
        default = "none"
        [http]
        {http}
        [read]
        collections = ["orgs"]
        "#
    );
    Manifest::parse(&text).expect("a good manifest")
}

struct Case {
    hosts: &'static [&'static str],
    methods: &'static [&'static str],
    private: bool,
    insecure: bool,
}

const HTTP: &str = r#"hosts = ["{endpoint}", "https://api.example.org", "https://*.cdn.example.org"]
        methods = ["GET", "POST"]"#;

impl Default for Case {
    fn default() -> Self {
        Case {
            hosts: &[
                "{endpoint}",
                "https://api.example.org",
                "https://*.cdn.example.org",
            ],
            methods: &["GET", "POST"],
            private: false,
            insecure: false,
        }
    }
}

fn grant(case: &Case) -> Grant {
    let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
    let approval = Approval {
        digest: String::new(),
        hosts: own(case.hosts),
        methods: own(case.methods),
    };
    let endpoint = Origin::parse("https://sis.example.org").expect("an origin");
    let token = Origin::parse("https://login.example.org").expect("an origin");
    Grant::new(
        &manifest(HTTP),
        &approval,
        "north",
        endpoint,
        vec![token],
        case.private,
        case.insecure,
    )
    .expect("a grant")
}

fn ask(grant: &Grant, method: Method, uri: &str) -> Result<String, String> {
    let uri: Uri = uri.parse().map_err(|e| format!("no URI: {e}"))?;
    grant
        .check(&method, &uri)
        .map(|t| t.uri.to_string())
        .map_err(|e| e.to_string())
}

#[test]
fn all_three_must_agree() {
    let all = grant(&Case::default());
    assert_eq!(
        ask(
            &all,
            Method::GET,
            "https://SIS.example.org:443/users?limit=1"
        ),
        Ok("https://sis.example.org/users?limit=1".to_owned())
    );
    assert!(ask(&all, Method::POST, "https://api.example.org/x").is_ok());
    assert!(ask(&all, Method::GET, "https://a.b.cdn.example.org/x").is_ok());
    assert!(ask(&all, Method::GET, "https://sis.example.org").is_ok_and(|u| u.ends_with('/')));
}

#[test]
fn a_refusal_says_who_refused_and_what_would_allow_it() {
    let all = grant(&Case::default());
    let no_manifest = ask(&all, Method::GET, "https://evil.example.net/").expect_err("refused");
    assert!(
        no_manifest.contains("its manifest does not name"),
        "{no_manifest}"
    );
    assert!(no_manifest.contains("http.hosts"), "{no_manifest}");

    let less = grant(&Case {
        hosts: &["{endpoint}"],
        methods: &["GET"],
        ..Case::default()
    });
    let no_approval = ask(&less, Method::GET, "https://api.example.org/").expect_err("refused");
    assert!(no_approval.contains("nobody approved"), "{no_approval}");
    assert!(
        no_approval.contains("homeroom adapter approve ID"),
        "{no_approval}"
    );
    let no_method = ask(&less, Method::POST, "https://sis.example.org/").expect_err("refused");
    assert!(no_method.contains("nobody approved"), "{no_method}");
    let no_method = ask(&all, Method::DELETE, "https://sis.example.org/").expect_err("refused");
    assert!(
        no_method.contains("its manifest does not name"),
        "{no_method}"
    );
}

#[test]
fn an_adapter_of_one_endpoint_is_told_the_endpoint() {
    let approval = Approval {
        hosts: vec!["{endpoint}".into()],
        methods: vec!["GET".into()],
        ..Approval::default()
    };
    let endpoint = Origin::parse("http://sis.example.org:8080").expect("an origin");
    let manifest = manifest(r#"hosts = ["{endpoint}"]"#);
    let grant = Grant::new(
        &manifest,
        &approval,
        "north",
        endpoint,
        vec![],
        false,
        false,
    )
    .expect("a grant");
    let other = ask(&grant, Method::GET, "https://other.example.org/").expect_err("refused");
    assert!(
        other.contains("endpoint is `http://sis.example.org:8080`"),
        "{other}"
    );
    assert!(
        other.contains("homeroom integration edit north --endpoint"),
        "{other}"
    );
    let clear = ask(&grant, Method::GET, "http://sis.example.org:8080/").expect_err("refused");
    assert!(
        clear.contains("homeroom integration edit north --allow-insecure-http"),
        "{clear}"
    );
}

#[test]
fn tricks_with_addresses_are_refused() {
    let all = grant(&Case::default());
    for uri in [
        "https://sis.example.org@evil.example.net/",
        "https://user:pw@sis.example.org/",
        "https://sis.example.org./users",
        "https://sis.example.org:444/users",
        "http://sis.example.org/users",
        "https://sis.example.org/a/../b",
        "https://sis.example.org/a/%2e%2E/b",
        "https://sis.example.org/./b",
        "https://sis.example.org/a%0d%0aHost:evil",
        "https://sis.example.org/a%00",
        "https://xsis.example.org/",
        "https://sis.example.org.evil.net/",
        "https://cdn.example.org/",
        "https://127.0.0.1/",
    ] {
        assert!(ask(&all, Method::GET, uri).is_err(), "{uri}");
    }
}

#[test]
fn only_the_operators_hosts_may_be_private() {
    let open = grant(&Case {
        private: true,
        ..Case::default()
    });
    assert!(open.allows_private("sis.example.org", 443));
    assert!(open.allows_private("login.example.org", 443));
    assert!(!open.allows_private("sis.example.org", 8443));
    assert!(!open.allows_private("api.example.org", 443));
    assert!(!grant(&Case::default()).allows_private("sis.example.org", 443));
    let denied = open
        .private_denied("sis.example.org", 443, "a private network")
        .to_string();
    assert!(
        denied.contains("homeroom integration edit north --allow-private-network"),
        "{denied}"
    );
}

#[test]
fn secrets_go_only_where_tokens_come_from() {
    let all = grant(&Case::default());
    let check = |text: &str| all.check_token(&Origin::parse(text).expect("an origin"));
    assert!(check("https://login.example.org").is_ok());
    assert!(check("https://sis.example.org").is_err());
    // The adapter itself has no business there.
    assert!(ask(&all, Method::GET, "https://login.example.org/token").is_err());
}
