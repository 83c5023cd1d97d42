use super::*;
use crate::error::ErrorKind;
use bytes::Bytes;
use http::{Request, Response};
use std::path::Path;
use std::sync::Arc;

fn head() -> Head {
    Head {
        note: "personal data".into(),
        host: "Homeroom".into(),
        adapter: RecordedAdapter {
            id: "x".into(),
            version: "1.0.0".into(),
            digest: "sha256:00".into(),
        },
        integration: "default/north".into(),
        endpoint: "https://sis.example.org".into(),
        settings: vec![("version".into(), "1.2".into())],
        auth: "none".into(),
        started: Timestamp::UNIX_EPOCH,
        recorded: Timestamp::UNIX_EPOCH,
        storage: vec![("cursor".into(), Binary(vec![0, 255, 7]))],
    }
}

fn key(cursor: Option<&str>) -> CallKey {
    CallKey::Read {
        collection: Collection::Users,
        cursor: cursor.map(str::to_owned),
        changed_since: None,
        page_size: 10,
    }
}

/// A recording of two calls with the same answer and one that never ended.
fn write(path: &Path) -> Recorder {
    let recorder = Recorder::create(path).expect("a new file");
    recorder.begin(head());
    let body = Bytes::from(vec![b'a'; 100_000]);
    for (at, cursor) in [None, Some("2")].into_iter().enumerate() {
        let tape = Arc::new(recorder.call(key(cursor)));
        let request = Request::get(format!("https://sis.example.org/users?page={at}"))
            .header("accept", "application/json")
            .body(())
            .expect("a request");
        let (parts, ()) = request.into_parts();
        let response = Response::builder()
            .header("x-name", &b"caf\xe9"[..])
            .body(body.clone())
            .expect("a response");
        let exchange = tape.request(1, &parts, &Bytes::new());
        exchange.answered(Ok(&response), None);
        tape.page(&Err(CallError::new(ErrorKind::Malformed, "no page")));
    }
    recorder.call(key(Some("3")));
    recorder
}

fn recording(bytes: &[u8]) -> Result<Recording, RecordingError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("r");
    std::fs::write(&path, bytes).expect("written");
    Recording::open(&path)
}

fn whole() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("r");
    let recorder = write(&path);
    let recorded = recorder.finish().expect("written");
    let bytes = std::fs::read(&path).expect("readable");
    assert_eq!(recorded.bytes, bytes.len() as u64);
    assert_eq!((recorded.calls, recorded.requests), (3, 2));
    bytes
}

#[test]
fn what_was_written_is_read() {
    let bytes = whole();
    assert!(bytes.len() < 10_000, "bodies are stored once and packed");
    let recording = recording(&bytes).expect("readable");
    assert!(recording.is_complete());
    assert_eq!(*recording.head(), head());
    let [first, second, third] = recording.calls() else {
        panic!("three calls");
    };
    assert_eq!((&first.key, &second.key), (&key(None), &key(Some("2"))));
    assert_eq!(third.outcome, None);
    let Some(Outcome::Failure(error)) = &first.outcome else {
        panic!("a failure");
    };
    assert_eq!(error.error().kind(), ErrorKind::Malformed);
    let exchange = &first.exchanges[0];
    assert_eq!(exchange.url, "https://sis.example.org/users?page=0");
    let Answer::Response { headers, body, .. } = &exchange.answer else {
        panic!("an answer");
    };
    assert_eq!(headers[0], ("x-name".into(), "caf\u{e9}".into()));
    assert_eq!(recording.blob(body.as_ref()).expect("there").len(), 100_000);
}

#[cfg(unix)]
#[test]
fn only_this_user_may_read_it_and_nothing_is_overwritten() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("r");
    let recorder = write(&path);
    let mode = std::fs::metadata(&path)
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(matches!(
        Recorder::create(&path),
        Err(RecordError::Exists(_))
    ));
    drop(recorder);
    assert!(path.exists());
    // One in which nothing was recorded goes away.
    let empty = folder.path().join("empty");
    drop(Recorder::create(&empty).expect("a new file"));
    assert!(!empty.exists());
}

#[test]
fn one_that_was_cut_off_is_read_as_far_as_it_goes() {
    let bytes = whole();
    let mut calls = 0;
    for end in 0..bytes.len() {
        match recording(&bytes[..end]) {
            Ok(recording) => {
                assert!(!recording.is_complete(), "{end}");
                assert!(recording.calls().len() >= calls, "{end}");
                calls = recording.calls().len();
            }
            Err(RecordingError::Foreign(_)) => assert!(end < 20, "{end}"),
            Err(RecordingError::Damaged { what, .. }) => {
                assert!(
                    calls == 0 && what.contains("before it says"),
                    "{end}: {what}"
                );
            }
            Err(other) => panic!("{end}: {other}"),
        }
    }
    assert_eq!(calls, 3);
}

#[test]
fn a_changed_byte_is_noticed_wherever_it_is() {
    let bytes = whole();
    for at in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        // A length that reaches beyond the end looks like a file cut off.
        let noticed = recording(&bytes).map_or(true, |recording| !recording.is_complete());
        assert!(noticed, "byte {at}");
    }
}

#[test]
fn a_frame_that_is_left_out_or_added_is_noticed() {
    let bytes = whole();
    let mut frames = Vec::new();
    let mut at = 20;
    while at < bytes.len() {
        let header: [u8; frame::HEADER] =
            bytes[at..at + frame::HEADER].try_into().expect("a header");
        let header = frame::FrameHeader::of_bytes(&header).expect("a header");
        let end = at + frame::HEADER + header.stored as usize;
        frames.push(at..end);
        at = end;
    }
    assert!(frames.len() > 6);
    for left_out in &frames[1..frames.len() - 1] {
        let bytes = [&bytes[..left_out.start], &bytes[left_out.end..]].concat();
        let error = recording(&bytes).expect_err("a part is missing");
        assert_eq!(error.code(), "recording-damaged", "{left_out:?}");
    }
    let twice = [&bytes[..], &bytes[frames[1].clone()]].concat();
    let error = recording(&twice).expect_err("too much");
    assert!(error.to_string().contains("behind its end"), "{error}");
}

#[test]
fn other_files_and_later_versions_are_told_apart() {
    let code = |bytes: &[u8]| recording(bytes).expect_err("no recording").code();
    assert_eq!(code(b""), "recording-foreign");
    assert_eq!(
        code(b"{\"log\": {\"version\": \"1.2\"}}"),
        "recording-foreign"
    );
    let mut later = whole();
    later[16] = 2;
    assert_eq!(code(&later), "recording-newer");
}
