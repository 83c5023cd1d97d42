//! An adapter that sends one request, built from parts as `wasi:http` takes
//! them, and tells what became of it: a page whose total is the answer's
//! status, the failure `denied` or `unavailable` where there was no answer, or
//! `unsupported` where the library itself did not take a part.

use std::fmt::Write;

use crate::guest::{MANIFEST, World, component_of, core};

/// A request in parts.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(crate) method: &'a str,
    /// `http`, `https` or something else.
    pub(crate) scheme: &'a str,
    pub(crate) authority: &'a str,
    pub(crate) path: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    /// How many times it is sent.
    pub(crate) times: u32,
    /// Whether the adapter crashes once it has an answer and before it reads
    /// the body.
    pub(crate) then_crash: bool,
}

impl Default for Ask<'_> {
    fn default() -> Self {
        Ask {
            method: "GET",
            scheme: "http",
            authority: "",
            path: "/",
            headers: &[],
            times: 1,
            then_crash: false,
        }
    }
}

impl Ask<'_> {
    /// The component.
    pub(crate) fn component(&self) -> Vec<u8> {
        self.component_with(MANIFEST)
    }

    /// The component with a manifest of its own.
    pub(crate) fn component_with(&self, manifest: &str) -> Vec<u8> {
        let mut texts = Texts::default();
        let scheme = match self.scheme {
            "http" => "(i32.const 0) (i32.const 0) (i32.const 0)".to_owned(),
            "https" => "(i32.const 1) (i32.const 0) (i32.const 0)".to_owned(),
            other => format!("(i32.const 2) {}", texts.add(other)),
        };
        let method = match self.method {
            "GET" => "(i32.const 0) (i32.const 0) (i32.const 0)".to_owned(),
            "POST" => "(i32.const 2) (i32.const 0) (i32.const 0)".to_owned(),
            other => format!("(i32.const 9) {}", texts.add(other)),
        };
        let mut read = String::from(
            "(local $fields i32) (local $request i32) (local $future i32) (local $left i32)\n",
        );
        read += &format!(
            "(local.set $left (i32.const {}))\n(loop $again\n",
            self.times
        );
        read += "(local.set $fields (call $fields_new))\n";
        for (name, value) in self.headers {
            let (name, value) = (texts.add(name), texts.add(value));
            write!(
                read,
                "(call $append (local.get $fields) {name} {value} (i32.const 3000))
                 (if (i32.load8_u (i32.const 3000)) (then {} (return)))\n",
                texts.refused("header")
            )
            .expect("memory");
        }
        read += "(local.set $request (call $request_new (local.get $fields)))\n";
        let (authority, path) = (texts.add(self.authority), texts.add(self.path));
        for (what, call) in [
            (
                "method",
                format!("(call $set_method (local.get $request) {method})"),
            ),
            (
                "scheme",
                format!("(call $set_scheme (local.get $request) (i32.const 1) {scheme})"),
            ),
            (
                "authority",
                format!("(call $set_authority (local.get $request) (i32.const 1) {authority})"),
            ),
            (
                "path",
                format!("(call $set_path (local.get $request) (i32.const 1) {path})"),
            ),
        ] {
            writeln!(read, "(if {call} (then {} (return)))", texts.refused(what)).expect("memory");
        }
        let then = if self.then_crash { "unreachable" } else { "" };
        write!(
            read,
            "(call $handle (local.get $request) (i32.const 0) (i32.const 0) (i32.const 3000))
             (if (i32.load8_u (i32.const 3000)) (then
                (call $failed (i32.load8_u (i32.const 3008))) (return (i32.const 1024))))
             (local.set $future (i32.load (i32.const 3008)))
             (call $block (call $subscribe (local.get $future)))
             (call $get (local.get $future) (i32.const 3000))
             (if (i32.load8_u (i32.const 3016)) (then
                (call $failed (i32.load8_u (i32.const 3024))) (return (i32.const 1024))))
             {then}
             (i32.store8 (i32.const 1056) (i32.const 1))
             (i64.store (i32.const 1064) (i64.extend_i32_u (call $status (i32.load (i32.const 3024)))))
             (local.set $left (i32.sub (local.get $left) (i32.const 1)))
             (br_if $again (local.get $left)))
             i32.const 1024"
        )
        .expect("memory");
        // Denied by policy, or anything else that is wrong with the way there.
        let items = format!(
            "{}
             (func $failed (param $code i32)
                (i32.store8 (i32.const 1024) (i32.const 1))
                (i32.store8 (i32.const 1032)
                    (select (i32.const 8) (i32.const 5) (i32.eq (local.get $code) (i32.const 15)))))",
            texts.data
        );
        component_of(&core(IMPORTS, &items, &read), WORLD, Some(manifest))
    }
}

/// Text in the guest's memory, from 8192 on.
#[derive(Default)]
struct Texts {
    data: String,
    length: usize,
}

impl Texts {
    /// Where the text lies, as two instructions.
    fn add(&mut self, text: &str) -> String {
        let at = 8192 + self.length;
        let escaped: String = text.bytes().map(|b| format!("\\{b:02x}")).collect();
        writeln!(self.data, "(data (i32.const {at}) \"{escaped}\")").expect("memory");
        self.length += text.len();
        format!("(i32.const {at}) (i32.const {})", text.len())
    }

    /// The failure `unsupported` with the name of a part.
    fn refused(&mut self, part: &str) -> String {
        let at = 8192 + self.length;
        self.add(part);
        format!(
            "(i32.store8 (i32.const 1024) (i32.const 1)) (i32.store8 (i32.const 1032) (i32.const 3))
             (i32.store (i32.const 1036) (i32.const {at})) (i32.store (i32.const 1040) (i32.const {}))
             (i32.const 1024)",
            part.len()
        )
    }
}

pub(crate) const IMPORTS: &str = r#"
    (import "wasi:http/types@0.2.6" "[constructor]fields" (func $fields_new (result i32)))
    (import "wasi:http/types@0.2.6" "[method]fields.append" (func $append (param i32 i32 i32 i32 i32 i32)))
    (import "wasi:http/types@0.2.6" "[constructor]outgoing-request" (func $request_new (param i32) (result i32)))
    (import "wasi:http/types@0.2.6" "[method]outgoing-request.set-method" (func $set_method (param i32 i32 i32 i32) (result i32)))
    (import "wasi:http/types@0.2.6" "[method]outgoing-request.set-scheme" (func $set_scheme (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi:http/types@0.2.6" "[method]outgoing-request.set-authority" (func $set_authority (param i32 i32 i32 i32) (result i32)))
    (import "wasi:http/types@0.2.6" "[method]outgoing-request.set-path-with-query" (func $set_path (param i32 i32 i32 i32) (result i32)))
    (import "wasi:http/types@0.2.6" "[method]outgoing-request.body" (func $body (param i32 i32)))
    (import "wasi:http/types@0.2.6" "[method]outgoing-body.write" (func $write (param i32 i32)))
    (import "wasi:http/types@0.2.6" "[method]future-incoming-response.subscribe" (func $subscribe (param i32) (result i32)))
    (import "wasi:http/types@0.2.6" "[method]future-incoming-response.get" (func $get (param i32 i32)))
    (import "wasi:http/types@0.2.6" "[method]incoming-response.status" (func $status (param i32) (result i32)))
    (import "wasi:http/outgoing-handler@0.2.6" "handle" (func $handle (param i32 i32 i32 i32)))
    (import "wasi:io/poll@0.2.6" "[method]pollable.block" (func $block (param i32)))
    (import "wasi:io/streams@0.2.6" "[method]output-stream.check-write" (func $check_write (param i32 i32)))"#;

pub(crate) const WORLD: World<'static> = World {
    packages: &PACKAGES,
    imports: "import wasi:io/poll@0.2.6; import wasi:io/error@0.2.6; import wasi:io/streams@0.2.6;
        import wasi:http/types@0.2.6; import wasi:http/outgoing-handler@0.2.6;",
};

/// As much of WASI as a request needs.
const PACKAGES: [&str; 2] = [
    "package wasi:io@0.2.6;
     interface poll { resource pollable { block: func(); } }
     interface error { resource error; }
     interface streams {
        use error.{error};
        variant stream-error { last-operation-failed(error), closed }
        resource output-stream { check-write: func() -> result<u64, stream-error>; }
     }",
    "package wasi:http@0.2.6;
     interface types {
        use wasi:io/poll@0.2.6.{pollable};
        use wasi:io/streams@0.2.6.{output-stream};
        variant method { get, head, post, put, delete, connect, options, trace, patch, other(string) }
        variant scheme { HTTP, HTTPS, other(string) }
        record DNS-error-payload { rcode: option<string>, info-code: option<u16> }
        record TLS-alert-received-payload { alert-id: option<u8>, alert-message: option<string> }
        record field-size-payload { field-name: option<string>, field-size: option<u32> }
        variant error-code {
            DNS-timeout,
            DNS-error(DNS-error-payload),
            destination-not-found,
            destination-unavailable,
            destination-IP-prohibited,
            destination-IP-unroutable,
            connection-refused,
            connection-terminated,
            connection-timeout,
            connection-read-timeout,
            connection-write-timeout,
            connection-limit-reached,
            TLS-protocol-error,
            TLS-certificate-error,
            TLS-alert-received(TLS-alert-received-payload),
            HTTP-request-denied,
            HTTP-request-length-required,
            HTTP-request-body-size(option<u64>),
            HTTP-request-method-invalid,
            HTTP-request-URI-invalid,
            HTTP-request-URI-too-long,
            HTTP-request-header-section-size(option<u32>),
            HTTP-request-header-size(option<field-size-payload>),
            HTTP-request-trailer-section-size(option<u32>),
            HTTP-request-trailer-size(field-size-payload),
            HTTP-response-incomplete,
            HTTP-response-header-section-size(option<u32>),
            HTTP-response-header-size(field-size-payload),
            HTTP-response-body-size(option<u64>),
            HTTP-response-trailer-section-size(option<u32>),
            HTTP-response-trailer-size(field-size-payload),
            HTTP-response-transfer-coding(option<string>),
            HTTP-response-content-coding(option<string>),
            HTTP-response-timeout,
            HTTP-upgrade-failed,
            HTTP-protocol-error,
            loop-detected,
            configuration-error,
            internal-error(option<string>),
        }
        variant header-error { invalid-syntax, forbidden, immutable }
        resource fields {
            constructor();
            append: func(name: string, value: list<u8>) -> result<_, header-error>;
        }
        resource outgoing-body { write: func() -> result<output-stream>; }
        resource outgoing-request {
            constructor(headers: fields);
            body: func() -> result<outgoing-body>;
            set-method: func(method: method) -> result;
            set-scheme: func(scheme: option<scheme>) -> result;
            set-authority: func(authority: option<string>) -> result;
            set-path-with-query: func(path-with-query: option<string>) -> result;
        }
        resource request-options;
        resource incoming-response { status: func() -> u16; }
        resource future-incoming-response {
            subscribe: func() -> pollable;
            get: func() -> option<result<result<incoming-response, error-code>>>;
        }
     }
     interface outgoing-handler {
        use types.{outgoing-request, request-options, future-incoming-response, error-code};
        handle: func(request: outgoing-request, options: option<request-options>)
            -> result<future-incoming-response, error-code>;
     }",
];
