use super::*;
use crate::egress::OAuth2;
use crate::manifest::ClientAuth;
use secrecy::ExposeSecret;

const MANIFEST: &str = r#"
id = "oneroster"
name = "OneRoster"
version = "1.0.0"
vendor = "V"
contract = "homeroom:sis@0.1.0"

[auth]
schemes = ["oauth2-client-credentials", "oauth1-hmac-sha256", "bearer", "none"]
default = "oauth2-client-credentials"
default-without-token-url = "oauth1-hmac-sha256"

[auth.oauth2]
token-urls = ["{endpoint-base}/token", "{endpoint-origin}/oauth/token", "https://elsewhere.example.net/token"]

[[auth.oauth2.scopes]]
values = ["a", "b"]
when = { version = "1.2" }

[[auth.oauth2.scopes]]
values = []

[http]
hosts = ["{endpoint}", "{token-url}"]

[read]
collections = ["orgs", "academic-sessions", "users"]

[[settings]]
key = "version"
label = "Version"
type = "choice"
choices = [{ value = "1.1", label = "1.1" }, { value = "1.2", label = "1.2" }]
default = "1.2"

[[settings]]
key = "strict"
label = "Strict"
type = "bool"

[[settings]]
key = "page"
label = "Page"
type = "number"
min = 1
max = 10

[[presets]]
id = "generic"
label = "Generic"

[[presets]]
id = "acme"
label = "Acme"
auth = "oauth2-client-credentials"
settings = { version = "1.1" }
client-auth = ["query"]
scopes = [{ values = ["acme"] }]
cookie = true
guardians = true
concurrency = 2
page-size = { default = 10, max = 20 }
setup = ["Ask Acme."]
"#;

fn manifest() -> Manifest {
    Manifest::parse(MANIFEST).expect("a good manifest")
}

fn given() -> ConnectionSettings {
    ConnectionSettings {
        integration: "north".into(),
        endpoint: "https://sis.example.org/x/ims/oneroster/v1p1/".into(),
        client_id: Some("id".into()),
        client_secret: Some("secret".into()),
        auth: Some(Scheme::OAuth2ClientCredentials),
        ..ConnectionSettings::default()
    }
}

fn with(given: &ConnectionSettings) -> Result<Connected, ConnectError> {
    connect(&manifest(), &Approval::default(), given)
}

fn code(given: &ConnectionSettings) -> &'static str {
    with(given).expect_err("refused").code()
}

fn oauth2(connected: Connected) -> OAuth2 {
    match connected.credentials {
        Credentials::OAuth2(client) => client,
        other => panic!("not OAuth 2: {other:?}"),
    }
}

#[test]
fn the_endpoint_loses_its_slash_and_nothing_else() {
    let connected = with(&given()).expect("a connection");
    assert_eq!(
        connected.connection.endpoint,
        "https://sis.example.org/x/ims/oneroster/v1p1"
    );
    for bad in [
        "",
        "sis.example.org",
        "ftp://x.org",
        "https://u:p@x.org",
        "https://x.org/?a=b",
        "https://x.org/#a",
    ] {
        assert_eq!(
            code(&ConnectionSettings {
                endpoint: bad.into(),
                ..given()
            }),
            "invalid-endpoint",
            "{bad}"
        );
    }
    let clear = ConnectionSettings {
        endpoint: "http://sis.example.org".into(),
        ..given()
    };
    assert_eq!(code(&clear), "insecure-http");
    assert!(
        with(&ConnectionSettings {
            allow_insecure_http: true,
            ..clear
        })
        .is_ok()
    );
}

#[test]
fn token_urls_stay_on_the_endpoints_origin() {
    let client = oauth2(with(&given()).expect("a connection"));
    let urls: Vec<_> = client.token_urls.iter().map(Url::as_str).collect();
    assert_eq!(
        urls,
        [
            "https://sis.example.org/x/token",
            "https://sis.example.org/oauth/token"
        ]
    );
    assert_eq!(client.client_secret.expose_secret(), "secret");

    let named = ConnectionSettings {
        token_url: Some("https://login.example.org/t".into()),
        ..given()
    };
    let client = oauth2(with(&named).expect("a connection"));
    assert_eq!(client.token_urls.len(), 1);
    assert_eq!(client.token_urls[0].as_str(), "https://login.example.org/t");
    let clear = ConnectionSettings {
        token_url: Some("http://login.example.org/t".into()),
        ..given()
    };
    assert_eq!(code(&clear), "insecure-http");
}

#[test]
fn scopes_follow_the_settings() {
    let client = oauth2(with(&given()).expect("a connection"));
    assert_eq!(client.scopes, [Some("a b".to_owned()), None]);
    let old = ConnectionSettings {
        settings: [("version".into(), "1.1".into())].into(),
        ..given()
    };
    assert_eq!(oauth2(with(&old).expect("a connection")).scopes, [None]);
}

#[test]
fn the_operator_wins_over_the_preset_and_that_over_the_default() {
    let settings = |pairs: &[(&str, &str)]| {
        let settings = pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        with(&ConnectionSettings {
            settings,
            ..given()
        })
        .map(|c| c.connection.settings)
    };
    let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
    assert_eq!(settings(&[]), Ok(vec![pair("version", "1.2")]));
    assert_eq!(
        settings(&[("sis", "acme")]),
        Ok(vec![pair("version", "1.1")])
    );
    assert_eq!(
        settings(&[
            ("sis", "acme"),
            ("version", "1.2"),
            ("strict", "yes"),
            ("merge-key", "email")
        ]),
        Ok(vec![pair("version", "1.2"), pair("strict", "true")])
    );
    for bad in [
        ("sis", "nobody"),
        ("version", "3"),
        ("strict", "maybe"),
        ("page", "11"),
        ("page", "x"),
    ] {
        let error = settings(&[bad]).expect_err("refused");
        assert_eq!(error.code(), "invalid-setting", "{bad:?}");
    }
}

#[test]
fn the_scheme_follows_what_is_known() {
    let undecided = ConnectionSettings {
        auth: None,
        ..given()
    };
    let scheme = |given: &ConnectionSettings| with(given).map(|c| c.scheme);
    assert_eq!(scheme(&undecided), Ok(Scheme::OAuth1HmacSha256));
    let told = ConnectionSettings {
        token_url: Some("https://l.example.org/t".into()),
        ..undecided.clone()
    };
    assert_eq!(scheme(&told), Ok(Scheme::OAuth2ClientCredentials));
    let acme = ConnectionSettings {
        settings: [("sis".into(), "acme".into())].into(),
        ..undecided
    };
    assert_eq!(scheme(&acme), Ok(Scheme::OAuth2ClientCredentials));
    assert_eq!(
        code(&ConnectionSettings {
            auth: Some(Scheme::Basic),
            ..given()
        }),
        "unsupported-auth"
    );
    assert_eq!(
        code(&ConnectionSettings {
            client_secret: None,
            ..given()
        }),
        "missing-credentials"
    );
    assert_eq!(
        code(&ConnectionSettings {
            client_id: None,
            ..given()
        }),
        "missing-credentials"
    );
    assert_eq!(
        scheme(&ConnectionSettings {
            auth: Some(Scheme::None),
            client_id: None,
            client_secret: None,
            ..given()
        }),
        Ok(Scheme::None)
    );
}

#[test]
fn secrets_do_not_show() {
    let connected = with(&given()).expect("a connection");
    assert!(!format!("{connected:?} {:?}", given()).contains("\"secret\""));
}

#[test]
fn manifests_are_strict() {
    let bad = [
        ("name = \"OneRoster\"", "name = \"\""),
        ("version = \"1.0.0\"", "version = \"1\""),
        ("id = \"oneroster\"", "id = \"One Roster\""),
        ("id = \"oneroster\"", "id = \"oneroster\"\ncolour = \"red\""),
        (
            "default = \"oauth2-client-credentials\"",
            "default = \"basic\"",
        ),
        (
            "hosts = [\"{endpoint}\", \"{token-url}\"]",
            "hosts = [\"https://*\"]",
        ),
        (
            "hosts = [\"{endpoint}\", \"{token-url}\"]",
            "hosts = [\"{endpoint}\"]\nmethods = [\"CONNECT\"]",
        ),
        ("\"users\"]", "\"pets\"]"),
        ("\"users\"]", "\"orgs\"]"),
        ("default = \"1.2\"", "default = \"9\""),
        (
            "settings = { version = \"1.1\" }",
            "settings = { colour = \"red\" }",
        ),
        (
            "when = { version = \"1.2\" }",
            "when = { colour = \"1.2\" }",
        ),
    ];
    for (good, wrong) in bad {
        let text = MANIFEST.replacen(good, wrong, 1);
        assert_ne!(text, MANIFEST, "{good}");
        assert!(Manifest::parse(&text).is_err(), "{wrong}");
    }
}

#[test]
fn a_preset_overrides_the_manifest_and_the_operator_both() {
    let mut given = given();
    let general = oauth2(with(&given).expect("connected"));
    assert_eq!(general.client_auth, [ClientAuth::Basic, ClientAuth::Body]);
    assert_eq!(general.scopes, [Some("a b".to_owned()), None]);
    assert!(!general.cookie);

    given.settings.insert("sis".into(), "acme".into());
    let preset = oauth2(with(&given).expect("connected"));
    assert_eq!(preset.client_auth, [ClientAuth::Query]);
    assert_eq!(preset.scopes, [Some("acme".to_owned())]);
    assert!(preset.cookie);

    for (key, value) in [
        ("oauth2-client-auth", "body"),
        ("oauth2-scope", "users=u; *=rest"),
        ("oauth2-cookie", "false"),
        ("oauth2-parameters", "audience=roster"),
    ] {
        given.settings.insert(key.into(), value.into());
    }
    let connected = with(&given).expect("connected");
    // No adapter sees how the host authenticates.
    let seen = &connected.connection.settings;
    assert!(seen.iter().all(|(key, _)| !key.starts_with("oauth2-")));
    let own = oauth2(connected);
    assert_eq!(own.client_auth, [ClientAuth::Body]);
    assert_eq!(own.scopes, [Some("rest".to_owned())]);
    assert_eq!(own.scopes_of["users"], "u");
    assert_eq!(own.parameters["audience"], "roster");
    assert!(!own.cookie);
}

#[test]
fn a_preset_says_how_to_read_and_set_up() {
    let manifest = manifest();
    let acme = manifest.read_from(Some("acme"));
    assert_eq!((acme.concurrency, acme.page_size.max), (2, 20));
    assert!(acme.guardians);
    assert!(!manifest.read_from(None).guardians);
    assert_eq!(manifest.setup_for(Some("acme")), ["Ask Acme."]);
    assert!(manifest.setup_for(Some("generic")).is_empty());
}

#[test]
fn settings_of_tokens_need_tokens() {
    let mut given = given();
    given.auth = Some(Scheme::Bearer);
    given.settings.insert("oauth2-cookie".into(), "true".into());
    let error = with(&given).expect_err("refused");
    assert_eq!(error.code(), "invalid-setting");
    assert!(error.to_string().contains("oauth2-cookie"), "{error}");
}
