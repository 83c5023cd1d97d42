//! Answers that are no page, and what they come to.

use super::*;

fn answer(response: Response) -> Result<Page, Failure> {
    let script = Script::answering(move |_| Ok(response.clone()));
    super::super::read_over(
        &script,
        &connection(BASE, &[]),
        &request(Collection::Users, None),
    )
}

#[test]
fn trap_10_an_empty_body_is_no_rows() {
    for response in [json(204, ""), json(200, ""), json(200, " \n")] {
        let page = answer(response).expect("a page");
        assert_eq!((page.received, page.next.len()), (0, 0));
    }
}

#[test]
fn trap_10_nothing_at_the_base_path_is_a_failure() {
    assert!(
        matches!(answer(json(404, "")), Err(Failure::NotFound(text)) if text.contains("/v1p1/users"))
    );
}

#[test]
fn trap_11_html_with_200_is_never_no_users() {
    let mut login = json(
        200,
        "\u{feff}  <!DOCTYPE html><html><body>Sign in</body></html>",
    );
    login.headers = vec![("content-type".to_owned(), "text/html".to_owned())];
    assert!(matches!(answer(login), Err(Failure::Malformed(text)) if text.contains("login page")));
}

#[test]
fn trap_11_json_is_read_whatever_the_content_type() {
    for content_type in [Some("text/plain"), Some("text/html"), None] {
        let mut response = json(200, r#"{"users":[]}"#);
        response.headers = content_type
            .map(|text| ("content-type".to_owned(), text.to_owned()))
            .into_iter()
            .collect();
        assert!(answer(response).is_ok());
    }
}

#[test]
fn trap_23_a_missing_envelope_is_a_failure() {
    for body in ["{}", r#"{"data":[]}"#, "[]", "3", "null", r#""users""#] {
        assert!(
            matches!(answer(json(200, body)), Err(Failure::Malformed(_))),
            "{body}"
        );
    }
}

#[test]
fn trap_23_an_envelope_of_null_is_empty_and_noted() {
    let page = answer(json(200, r#"{"users":null}"#)).expect("a page");
    assert_eq!(
        (page.received, codes(&page)),
        (0, vec!["empty-envelope".to_owned()])
    );
}

#[test]
fn an_envelope_of_text_is_a_failure() {
    assert!(
        matches!(answer(json(200, r#"{"users":"none"}"#)), Err(Failure::Malformed(text)) if text.contains("not a list"))
    );
}

#[test]
fn trap_25_an_error_object_with_200_is_a_failure() {
    let body = r#"{"users":[],"imsx_codeMajor":"failure","imsx_severity":"error","imsx_CodeMinor":{"imsx_codeMinorField":[{"imsx_codeMinorFieldValue":"forbidden"}]}}"#;
    assert!(matches!(
        answer(json(200, body)),
        Err(Failure::Forbidden(_))
    ));
    let bare = r#"{"statusInfoSet":[{"imsx_codeMajor":"failure","imsx_severity":"error","imsx_codeMinor":"server_busy"}]}"#;
    assert!(matches!(
        answer(json(200, bare)),
        Err(Failure::RateLimited(None))
    ));
}

#[test]
fn trap_25_a_warning_beside_data_is_only_a_warning() {
    let body = r#"{"statusInfoSet":[{"imsx_codeMajor":"success","imsx_severity":"warning","imsx_codeMinor":"invalid_sort_field"}],"users":[{"sourcedId":"1","givenName":"A","role":"student"}]}"#;
    let page = answer(json(200, body)).expect("a page");
    assert_eq!(
        (page.received, codes(&page)),
        (1, vec!["server-warning".to_owned()])
    );
}

#[test]
fn trap_26_an_error_status_is_told_without_the_body() {
    let body = r#"{"imsx_codeMajor":"failure","imsx_severity":"error","imsx_description":"Ann Smith, ann@x.org","imsx_codeMinor":"internal_server_error"}"#;
    let failure = answer(json(500, body)).expect_err("a failure");
    let Failure::Unavailable(text) = failure else {
        panic!("unavailable, not {failure:?}")
    };
    assert!(
        text.contains("500") && text.contains("internalservererror") && !text.contains("Ann"),
        "{text}"
    );
}

#[test]
fn a_broken_body_is_malformed_with_its_place_and_no_content() {
    for body in [
        r#"{"users":[{"sourcedId":"secret-1","givenName""#,
        r#"{"users":[{"sourcedId":"secret-1",}]}"#,
        r#"{"users":[]} trailing"#,
    ] {
        let failure = answer(json(200, body)).expect_err("a failure");
        assert!(
            matches!(&failure, Failure::Malformed(text) if text.contains("line 1") && !text.contains("secret")),
            "{failure:?}"
        );
    }
}

#[test]
fn raw_line_breaks_in_text_are_read_as_blanks() {
    let page = answer(json(
        200,
        "{\"users\":[{\"sourcedId\":\"1\",\"givenName\":\"A\tB\",\"role\":\"student\"}]}",
    ))
    .expect("a page");
    assert_eq!(codes(&page), ["text-repaired"]);
    assert!(
        matches!(page.records, Records::Users(users) if users[0].given_name.as_deref() == Some("A B"))
    );
}

#[test]
fn trap_35_a_byte_order_mark_is_no_part_of_the_body() {
    let page = answer(json(200, "\u{feff}{\"users\":[]}")).expect("a page");
    assert_eq!(page.received, 0);
}

#[test]
fn a_redirect_tells_where_to() {
    let moved = with_header(
        json(302, ""),
        "Location",
        "https://login.example.org/start?x=1",
    );
    assert_eq!(
        answer(moved),
        Err(Failure::Redirected("https://login.example.org".to_owned()))
    );
}

#[test]
fn a_failure_of_the_host_is_handed_on() {
    let script = Script::answering(|_| Err(Failure::Denied("by policy".to_owned())));
    let result = super::super::read_over(
        &script,
        &connection("https://h", &[]),
        &request(Collection::Users, None),
    );
    assert_eq!(result, Err(Failure::Denied("by policy".to_owned())));
    assert_eq!(script.urls().len(), 1, "a denial is not probed around");
}
