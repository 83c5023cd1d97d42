//! Requests that an adapter must not send: to others, under another name, with
//! what is the host's. Either the library does not take the part, or policy
//! refuses the request; none of them reaches a server.

use homeroom_sandbox::ErrorKind;
use hostile::Server;

use crate::ask::Ask;
use crate::guest::MANIFEST;
use crate::host::{Host, hasty, limits};

/// Whose the refusal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// `wasi:http` does not take this part.
    Library(&'static str),
    /// `wasi:http` takes the parts and not the request.
    Handler,
    /// The policy, with these words.
    Policy(&'static str),
}

#[tokio::test]
async fn none_of_them_is_sent() {
    let server = Server::json("{}");
    let here = server.authority();
    let user = format!("admin:secret@{here}");
    let fragment = format!("{here}#x");
    let backslash = format!("{here}\\@evil.example.net");
    let other_port = format!(
        "127.0.0.1:{}",
        u32::from(server.address().port()) % 60_000 + 1
    );
    let absolute = format!("http://evil.example.net{}", "/");
    let ask = |authority, path| Ask {
        authority,
        path,
        ..Ask::default()
    };
    let scheme = |scheme| Ask {
        scheme,
        ..ask(&here, "/")
    };
    let method = |method| Ask {
        method,
        ..ask(&here, "/")
    };
    let cases = [
        (
            "a foreign host",
            ask("evil.example.net", "/"),
            By::Policy("evil.example.net"),
        ),
        (
            "a foreign port",
            ask(&other_port, "/"),
            By::Policy("127.0.0.1"),
        ),
        (
            "a host that ends like ours",
            ask("127.0.0.1.evil.example.net", "/"),
            By::Policy("127.0.0.1.evil.example.net"),
        ),
        (
            "a foreign scheme",
            scheme("https"),
            By::Policy("https://127.0.0.1"),
        ),
        ("files", scheme("file"), By::Handler),
        ("gopher", scheme("gopher"), By::Handler),
        (
            "metadata",
            ask("169.254.169.254", "/latest/meta-data"),
            By::Policy("169.254.169.254"),
        ),
        ("metadata by number", ask("2852039166", "/"), By::Policy("")),
        (
            "metadata in octal",
            ask("0251.0376.0251.0376", "/"),
            By::Policy(""),
        ),
        (
            "metadata, mapped",
            ask("[::ffff:169.254.169.254]", "/"),
            By::Policy(""),
        ),
        (
            "metadata through NAT64",
            ask("[64:ff9b::a9fe:a9fe]", "/"),
            By::Policy(""),
        ),
        (
            "metadata through 6to4",
            ask("[2002:a9fe:a9fe::1]", "/"),
            By::Policy(""),
        ),
        (
            "this machine by name",
            ask("localhost", "/"),
            By::Policy("localhost"),
        ),
        ("this machine, shortened", ask("127.1", "/"), By::Policy("")),
        (
            "user and password",
            ask(&user, "/"),
            By::Policy("without a plain host"),
        ),
        (
            "a fragment in the host",
            ask(&fragment, "/"),
            By::Library("authority"),
        ),
        (
            "a backslash in the host",
            ask(&backslash, "/"),
            By::Library("authority"),
        ),
        (
            "a line break in the host",
            ask("a\r\nHost: evil", "/"),
            By::Library("authority"),
        ),
        ("nobody", ask("", "/"), By::Library("authority")),
        (
            "an absolute path",
            ask(&here, &absolute),
            By::Library("path"),
        ),
        (
            "a line break in the path",
            ask(&here, "/a HTTP/1.1\r\nHost: evil\r\n\r\nGET /b"),
            By::Library("path"),
        ),
        (
            "an escaped line break",
            ask(&here, "/a%0d%0aX-Evil:%201"),
            By::Policy("control characters"),
        ),
        (
            "NUL",
            ask(&here, "/a%00b"),
            By::Policy("control characters"),
        ),
        (
            "dot segments",
            ask(&here, "/users/../../admin"),
            By::Policy("dot segments"),
        ),
        (
            "escaped dot segments",
            ask(&here, "/users/%2e%2E/admin"),
            By::Policy("dot segments"),
        ),
        (
            "a backslash in the path",
            ask(&here, "/a\\..\\admin"),
            By::Policy("must be escaped"),
        ),
        (
            "a method that changes things",
            method("DELETE"),
            By::Policy("sent DELETE"),
        ),
        (
            "another that changes things",
            method("POST"),
            By::Policy("sent POST"),
        ),
        ("a tunnel", method("CONNECT"), By::Policy("sent CONNECT")),
        (
            "a made up method",
            method("GET / HTTP/1.1\r\nX: "),
            By::Library("method"),
        ),
        (
            "a method in small letters",
            method("get"),
            By::Policy("sent get"),
        ),
    ];
    let host = Host::new(limits(), hasty());
    for (name, ask, by) in cases {
        let found = host.ask(&ask.component(), &server.url()).await;
        let error = match found {
            Err(error) => error,
            Ok(page) => panic!("{name} was sent: {page:?}"),
        };
        match by {
            By::Policy(says) => {
                assert_eq!(error.kind(), ErrorKind::Denied, "{name}: {error}");
                assert!(error.detail().contains(says), "{name}: {error}");
            }
            By::Handler => assert_eq!(error.kind(), ErrorKind::Unavailable, "{name}: {error}"),
            By::Library(part) => {
                assert_eq!(error.kind(), ErrorKind::Unsupported, "{name}: {error}");
                assert_eq!(error.detail(), format!("{part}."), "{name}");
            }
        }
        assert!(server.seen().is_empty(), "{name} reached the server");
    }
    host.neighbour_is_well("after all of them").await;
}

/// Headers that carry credentials, say where a request goes or change what it
/// means: the library does not take them, and the server never sees them.
#[tokio::test]
async fn the_hosts_headers_stay_the_hosts() {
    let server = Server::json("{}");
    let here = server.authority();
    let host = Host::new(limits(), hasty());
    for (name, value) in [
        ("Authorization", "Bearer stolen"),
        ("authorization", "Basic eDp5"),
        ("Host", "evil.example.net"),
        ("Cookie", "session=1"),
        ("Proxy-Authorization", "Basic eDp5"),
        ("Proxy-Connection", "keep-alive"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "close"),
        ("Upgrade", "websocket"),
        ("Expect", "100-continue"),
        ("TE", "trailers"),
        ("Trailer", "x"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Host", "evil.example.net"),
        ("Forwarded", "for=127.0.0.1"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("X-Original-URL", "/admin"),
        ("Accept-Encoding", "gzip, br"),
        ("X-Evil", "1\r\nAuthorization: Bearer stolen"),
        ("X-Evil", "1\0"),
        ("X Evil", "1"),
        ("X-Evil:1\r\nHost", "evil"),
        ("", "1"),
    ] {
        let ask = Ask {
            authority: &here,
            headers: &[(name, value)],
            ..Ask::default()
        };
        let error = host
            .ask(&ask.component(), &server.url())
            .await
            .map(|page| page.total)
            .expect_err(name);
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{name}: {error}");
        assert_eq!(error.detail(), "header.", "{name}");
        assert!(server.seen().is_empty(), "{name}");
    }

    // A length of its own is taken by the library; the host sends the real one.
    let ask = Ask {
        authority: &here,
        headers: &[("Content-Length", "5"), ("X-Vendor", "kept")],
        ..Ask::default()
    };
    let page = host.ask(&ask.component(), &server.url()).await;
    let seen = server.seen();
    match page {
        Ok(_) => {
            let head = seen[0].to_ascii_lowercase();
            assert!(!head.contains("content-length: 5"), "{head}");
            assert!(head.contains("x-vendor: kept"), "{head}");
            assert_eq!(head.matches("host: ").count(), 1, "{head}");
            assert!(head.contains(&format!("host: {here}")), "{head}");
        }
        // Or the library finds that the body is shorter than was announced, and
        // nothing is sent at all.
        Err(_) => assert!(seen.is_empty(), "{seen:?}"),
    }
    host.neighbour_is_well("after all of them").await;
}

/// A manifest that names what nobody may have is refused before it runs.
#[test]
fn a_manifest_cannot_ask_for_everything() {
    for hosts in [
        r#"["*"]"#,
        r#"["https://*"]"#,
        r#"["https://*.com"]"#,
        r#"["https://user@sis.example.org"]"#,
        r#"["file:///etc/passwd"]"#,
    ] {
        let manifest = MANIFEST.replace(r#"["{endpoint}"]"#, hosts);
        let component = Ask {
            authority: "sis.example.org",
            ..Ask::default()
        }
        .component_with(&manifest);
        let error = homeroom_sandbox::inspect(&component)
            .map(|found| found.manifest.http.hosts)
            .expect_err(hosts);
        assert_eq!(error.code(), "bad-manifest", "{hosts}: {error}");
    }
}
