//! What a failed call means: from the adapter's typed failure, a trap or a
//! limit to a [`CallError`]. Where the host knows better than the adapter why a
//! request failed, the host's words win.

use std::time::Duration;

use wasmtime::component::WasmStr;
use wasmtime::{Store, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use crate::error::{CallError, ErrorKind};
use crate::limits::Limits;
use crate::log::one_line;
use crate::page::{read_line, unreadable};
use crate::raw;
use crate::state::HostState;

/// A call that ran into one of the clocks.
pub(crate) fn too_long(limit: Duration, did: &str) -> CallError {
    CallError::new(
        ErrorKind::AdapterTimeout,
        format!(
            "the adapter {did} over {} s for one page",
            limit.as_secs_f64()
        ),
    )
}

/// A call whose last request was not answered in time.
pub(crate) fn kept_waiting(limit: Duration) -> CallError {
    CallError::new(
        ErrorKind::Timeout,
        format!(
            "the source kept the adapter waiting; the call ended after {} s",
            limit.as_secs_f64()
        ),
    )
}

/// A run that does not come to its end.
pub(crate) fn run_too_long(limit: Duration) -> CallError {
    CallError::new(
        ErrorKind::Timeout,
        format!("the run has been reading for {} s", limit.as_secs_f64()),
    )
    .with_remedy(
        "Run it again to go on from the last page. If it always takes so long, ask for larger pages with `--set page-size`, or ask the source's vendor why it is slow.",
    )
}

/// A run whose time is over while a server wants patience.
pub(crate) fn waited_too_long(limit: Duration) -> CallError {
    CallError::new(
        ErrorKind::RateLimited,
        format!(
            "the source kept asking for pauses, and the run has been reading for {} s",
            limit.as_secs_f64()
        ),
    )
}

/// A call that never began, because others hold all places.
pub(crate) fn no_slot() -> CallError {
    CallError::new(
        ErrorKind::Timeout,
        "the calls of other runs took all places for too long",
    )
    .with_remedy("Run it again when fewer integrations sync at the same time.")
}

/// A call that ended in a trap.
pub(crate) fn of_trap(error: &wasmtime::Error, state: &HostState) -> CallError {
    if let Some(what) = state.limiter.refused() {
        let limit = match what {
            "memory" => format!(
                "{} MiB of memory",
                state.limits.memory_bytes / (1024 * 1024)
            ),
            _ => format!("{} table elements", state.limits.table_elements),
        };
        return CallError::new(
            ErrorKind::AdapterMemory,
            format!("the adapter wanted more than {limit} and then failed"),
        );
    }
    if let Some(exit) = error.downcast_ref::<I32Exit>() {
        return CallError::new(
            ErrorKind::AdapterTrap,
            format!("the adapter ended itself with code {}", exit.0),
        );
    }
    let trap = error.downcast_ref::<Trap>().copied();
    if trap == Some(Trap::OutOfFuel) {
        return CallError::new(
            ErrorKind::AdapterTimeout,
            "the adapter used up its instructions",
        );
    }
    let root = error.root_cause().to_string();
    if let Some(what) = limit_hit(&root, &state.limits) {
        return CallError::new(ErrorKind::LimitExceeded, what);
    }
    // With no guest code on the stack, it is the answer that could not be taken.
    if error.downcast_ref::<WasmBacktrace>().is_none() && trap.is_none() {
        return unreadable(error);
    }
    let what = match trap {
        Some(Trap::UnreachableCodeReached) => {
            "it gave up; its last log line may say why".to_owned()
        }
        Some(trap) => trap.to_string(),
        None => one_line(&root, 300),
    };
    CallError::new(
        ErrorKind::AdapterTrap,
        format!("the adapter crashed: {what}"),
    )
}

/// The limits that the engine enforces itself, by how it words them.
fn limit_hit(root: &str, limits: &Limits) -> Option<String> {
    let open = format!(
        "the adapter left too many resources open; {} are the most",
        limits.resources.min(limits.handles)
    );
    let told = if OUT_OF_FUEL.iter().any(|text| root.contains(text)) {
        format!(
            "the adapter handed over more than {} bytes at once",
            limits.hostcall_bytes
        )
    } else if ["resource table has no free keys", "handle limit exceeded"]
        .iter()
        .any(|text| root.contains(text))
    {
        open
    } else if ["total size of fields", "too many fields"]
        .iter()
        .any(|text| root.contains(text))
    {
        format!(
            "the adapter built over {} bytes of headers",
            limits.header_bytes
        )
    } else if ["resource limit exceeded", "exceeds limit"]
        .iter()
        .any(|text| root.contains(text))
    {
        format!("the adapter crashed: {}", one_line(root, 300))
    } else {
        return None;
    };
    Some(told)
}

/// How the engine says that a guest handed over too much at once.
pub(crate) const OUT_OF_FUEL: [&str; 1] = ["fuel allocated for hostcalls"];

/// A call that the adapter answered with a failure.
pub(crate) fn of_adapter(store: &mut Store<HostState>, failure: &raw::Failure) -> CallError {
    let (kind, text) = match failure {
        raw::Failure::Unauthorised(t) => (ErrorKind::Unauthorised, Some(t)),
        raw::Failure::Forbidden(t) => (ErrorKind::Forbidden, Some(t)),
        raw::Failure::NotFound(t) => (ErrorKind::NotFound, Some(t)),
        raw::Failure::Unsupported(t) => (ErrorKind::Unsupported, Some(t)),
        raw::Failure::RateLimited(_) => (ErrorKind::RateLimited, None),
        raw::Failure::Unavailable(t) => (ErrorKind::Unavailable, Some(t)),
        raw::Failure::Redirected(t) => (ErrorKind::Redirected, Some(t)),
        raw::Failure::Malformed(t) => (ErrorKind::Malformed, Some(t)),
        raw::Failure::Denied(t) => (ErrorKind::Denied, Some(t)),
        raw::Failure::InvalidSetting((key, _)) => (ErrorKind::InvalidSetting, Some(key)),
    };
    // An adapter learns only that a request failed. The host knows why.
    let trace = &store.data().trace;
    let known = match kind {
        ErrorKind::Denied => trace.denial().or_else(|| trace.failure()),
        ErrorKind::RateLimited => trace.patience_over(),
        ErrorKind::Unavailable | ErrorKind::Malformed => trace.failure().or_else(|| trace.denial()),
        _ => None,
    };
    if let Some(known) = known {
        return known;
    }
    let read = |text: &WasmStr| read_line(store, text, 500);
    let said = match failure {
        raw::Failure::RateLimited(seconds) => Ok(match seconds {
            Some(seconds) => format!("the source wants us to wait {seconds} s"),
            None => "the source takes no more requests for now".to_owned(),
        }),
        raw::Failure::Redirected(to) => read(to).map(|to| format!("the source sends us to `{to}`")),
        raw::Failure::InvalidSetting((key, why)) => {
            read(key).and_then(|key| Ok(format!("the setting `{key}` is unusable: {}", read(why)?)))
        }
        _ => text.map_or_else(|| Ok(String::new()), read),
    };
    let wait = match failure {
        raw::Failure::RateLimited(Some(seconds)) => Some(Duration::from_secs((*seconds).into())),
        _ => None,
    };
    match said {
        Ok(said) if said.is_empty() => {
            CallError::new(kind, format!("the adapter says: {}", kind.code()))
        }
        Ok(said) => CallError::new(kind, said).with_retry_after(wait),
        Err(error) => error,
    }
}
