//! Compiling in a process of its own: what it gives, what stops it, and that
//! the host lives on.

#[allow(
    unreachable_pub,
    reason = "a module of helpers that several tests share"
)]
mod guest;

use std::time::Duration;

use guest::{component, small};
use homeroom_sandbox::{AdmissionError, Compiler, Limits, Sandbox, inspect};

const PROGRAM: &str = env!("CARGO_BIN_EXE_homeroom-compile");

fn sandbox(limits: Limits) -> Sandbox {
    Sandbox::with_compiler(limits, Compiler::program(PROGRAM)).expect("an engine")
}

fn honest() -> Vec<u8> {
    component("", "", "i32.const 1024")
}

/// Loops in loops with many values alive in each: valid, a few kilobytes, and
/// minutes of a compiler's time.
fn bomb(depth: usize) -> Vec<u8> {
    let locals = 300;
    let sets: String = (1..=locals)
        .map(|n| {
            format!(
                "(local.set {n} (i64.add (local.get {n}) (local.get {})))",
                n % locals + 1
            )
        })
        .collect();
    let body = format!(
        "{}{sets}{}",
        "(loop ".repeat(depth),
        "(br_if 0 (local.get 0)))".repeat(depth)
    );
    let declared = "i64 ".repeat(locals);
    let function = format!("(func (param i32) (local {declared}) {body})");
    component("", &function, "i32.const 1024")
}

#[test]
fn the_code_is_that_of_this_process() {
    let adapter = honest();
    let sandbox = sandbox(small());
    let code = sandbox.compile(&adapter).expect("compiled");
    let here = Sandbox::new(small()).expect("an engine");
    assert_eq!(here.fingerprint(), sandbox.fingerprint());
    assert!(code == here.compile(&adapter).expect("compiled"));
    let inspection = inspect(&adapter).expect("admitted");
    assert!(sandbox.load(&code, &inspection).is_ok());
}

#[test]
fn a_bomb_is_refused_and_the_host_lives() {
    let limits = Limits {
        loop_depth: 100_000,
        block_depth: 100_000,
        compile_time: Duration::from_secs(1),
        compile_time_per_mib: Duration::ZERO,
        ..small()
    };
    let sandbox = sandbox(limits);
    let bomb = bomb(1000);
    assert!(bomb.len() < 32 * 1024, "{}", bomb.len());
    let Err(error) = sandbox.compile(&bomb) else {
        panic!("it was compiled");
    };
    assert_eq!(error.code(), "compile-limit", "{error}");
    assert!(
        error.to_string().contains("1 s of processor time"),
        "{error}"
    );
    assert!(sandbox.compile(&honest()).is_ok());
}

#[test]
fn before_that_its_shape_gives_it_away() {
    let error = sandbox(small()).compile(&bomb(1000)).expect_err("refused");
    assert_eq!(error.code(), "too-large", "{error}");
}

#[test]
fn the_compilers_memory_is_bounded() {
    let limits = Limits {
        compile_memory_bytes: 96 * 1024 * 1024,
        ..small()
    };
    // So many functions that their code alone needs more than that.
    let functions = "(func (param i64 i64) (result i64)
        (i64.add (i64.mul (local.get 0) (local.get 1)) (i64.div_u (local.get 0) (local.get 1))))"
        .repeat(60_000);
    let large = component("", &functions, "i32.const 1024");
    let sandbox = sandbox(limits);
    let error = sandbox.compile(&large).expect_err("refused");
    assert_eq!(error.code(), "compile-limit", "{error}");
    assert!(error.to_string().contains("96 MiB of memory"), "{error}");
}

#[test]
fn a_program_that_is_no_compiler_is_told() {
    for (program, what) in [
        ("/nonexistent/compiler", "cannot be started"),
        ("/bin/true", "not whole"),
        ("/bin/false", "exit status: 1"),
    ] {
        let sandbox =
            Sandbox::with_compiler(small(), Compiler::program(program)).expect("an engine");
        let error = sandbox.compile(&honest()).expect_err("refused");
        assert_eq!(error.code(), "compiler-failed", "{error}");
        assert!(error.to_string().contains(what), "{program}: {error}");
    }
}

#[test]
fn compiled_code_has_a_size_limit() {
    let limits = Limits {
        compiled_bytes: 1000,
        ..small()
    };
    let error = sandbox(limits).compile(&honest()).expect_err("refused");
    assert!(matches!(error, AdmissionError::CompileLimit(_)), "{error}");
}

#[test]
fn by_hand_it_says_what_it_is_for() {
    let output = std::process::Command::new(PROGRAM)
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}
