use super::*;

const SECRET: &str = "p/ss & \"wörd\" <1>";

fn finder(secret: &str) -> Finder {
    Finder::new(patterns(&Credentials::Bearer(secret.into())))
}

fn masked(finder: &Finder, body: impl Into<Vec<u8>>) -> (bool, String) {
    let mut response = Response::new(Bytes::from(body.into()));
    let found = finder.mask(&mut response);
    let text = String::from_utf8_lossy(response.body()).into_owned();
    (found, text)
}

#[test]
fn every_usual_spelling_is_found() {
    let finder = finder(SECRET);
    let hex: String = SECRET.bytes().map(|b| format!("{b:02X}")).collect();
    for spelling in [
        SECRET.to_owned(),
        "p%2Fss%20%26%20%22w%C3%B6rd%22%20%3C1%3E".to_owned(),
        "p%2fss%20%26%20%22w%c3%b6rd%22%20%3c1%3e".to_owned(),
        "p%2Fss+%26+%22w%C3%B6rd%22+%3C1%3E".to_owned(),
        r#"p/ss & \"wörd\" <1>"#.to_owned(),
        r#"p\/ss & \"wörd\" <1>"#.to_owned(),
        "p/ss &amp; &quot;wörd&quot; &lt;1&gt;".to_owned(),
        hex.to_lowercase(),
        hex,
        STANDARD.encode(SECRET),
        STANDARD.encode(format!("id:{SECRET}")),
        STANDARD.encode(format!("the-id:{SECRET}")),
        URL_SAFE_NO_PAD.encode(format!("my-id:{SECRET}:x")),
    ] {
        let (found, text) = masked(&finder, format!("{{\"said\":\"{spelling}\"}}"));
        assert!(found, "{spelling}");
        assert!(!text.contains(&spelling), "{text}");
        assert_eq!(text.len(), spelling.len() + 11, "the length stays");
        assert!(text.starts_with("{\"said\":\"") && text.ends_with("\"}"));
        assert!(finder.is_in(&format!("it said {spelling}")));
    }
}

#[test]
fn honest_data_stays_as_it_is() {
    let finder = finder("a-long-secret");
    for body in [
        &b""[..],
        b"a-long-secre",
        b"{\"name\":\"A long secret\"}",
        &[0xff; 64],
    ] {
        let mut response = Response::new(Bytes::from(body));
        assert!(!finder.mask(&mut response));
        assert_eq!(&response.body()[..], body);
    }
}

#[test]
fn headers_are_masked_by_value_and_removed_by_name() {
    let finder = finder("a-Long-Secret");
    let mut response = Response::builder()
        .header("x-debug", "you sent Bearer a-long-secret!")
        .header("x-a-long-secret", "1")
        .header("etag", "\"abc\"")
        .body(Bytes::new())
        .expect("a response");
    assert!(finder.mask(&mut response));
    assert_eq!(
        response.headers()["x-debug"],
        "you sent ********************!"
    );
    assert!(!response.headers().contains_key("x-a-long-secret"));
    assert_eq!(response.headers()["etag"], "\"abc\"");
}

/// What is too short to be looked for by itself is still found as HTTP Basic's
/// pair or behind the word `Bearer`.
#[test]
fn short_secrets_are_found_only_as_they_were_sent() {
    let basic = Credentials::Basic {
        user: "anna".into(),
        password: "cat".into(),
    };
    let basic = Finder::new(patterns(&basic));
    assert!(masked(&basic, "Basic YW5uYTpjYXQ=").0);
    assert!(!masked(&basic, "the cat sat").0);
    let bearer = finder("cat");
    assert!(masked(&bearer, "Authorization: Bearer cat").0);
    assert!(!masked(&bearer, "the cat sat").0);
}

#[test]
fn a_tokens_cookies_are_credentials_too() {
    let echo = Echo::new(&Credentials::Bearer(SECRET.into()));
    echo.learn_cookie(&HeaderValue::from_static(
        "a=first-value; session=se=cond-value",
    ));
    for value in ["first-value", "se=cond-value"] {
        let (found, text) = masked(&echo.finder(), format!("it was {value}"));
        assert!(found && !text.contains(value), "{text}");
    }
}

#[test]
fn tokens_are_learnt_and_the_oldest_is_forgotten() {
    let echo = Echo::new(&Credentials::None);
    let token = |n: usize| SecretString::from(format!("token-number-{n:03}"));
    for n in 0..=TOKENS {
        echo.learn(&token(n));
        echo.learn(&token(n));
    }
    let finder = echo.finder();
    assert!(!finder.is_in("token-number-000"));
    for n in 1..=TOKENS {
        assert!(finder.is_in(&format!("token-number-{n:03}")));
    }
}
