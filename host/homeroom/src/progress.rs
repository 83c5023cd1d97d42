//! What a run tells while it works, on standard error: one line that moves on a
//! terminal, and otherwise a plain line every few seconds. Standard output is
//! left alone, so that `--json` stays one object.

mod tracker;

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use homeroom_sync::{Event, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use tracker::Tracker;

/// The least time between two plain lines.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// The bar on the terminal, while there is one.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Does something to standard error while the bar is out of the way.
pub(crate) fn suspended<T>(work: impl FnOnce() -> T) -> T {
    let bar = locked(&BAR).clone();
    match bar {
        Some(bar) => bar.suspend(work),
        None => work(),
    }
}

/// Progress for this process's standard error. Dropping what is returned takes
/// the bar away.
pub(crate) fn start() -> (Arc<dyn Progress>, Ending) {
    if std::io::stderr().is_terminal() {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        // The template is a constant; the default is shown should it be wrong.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        *locked(&BAR) = Some(bar.clone());
        let progress = Bar {
            bar,
            tracker: Mutex::new(Tracker::new()),
        };
        return (Arc::new(progress), Ending);
    }
    let lines = Lines {
        state: Mutex::new((Tracker::new(), None)),
    };
    (Arc::new(lines), Ending)
}

/// Takes the bar off the terminal when it is dropped.
pub(crate) struct Ending;

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(bar) = locked(&BAR).take() {
            bar.finish_and_clear();
        }
    }
}

/// One line that moves.
struct Bar {
    bar: ProgressBar,
    tracker: Mutex<Tracker>,
}

impl Progress for Bar {
    fn event(&self, event: &Event) {
        let mut tracker = locked(&self.tracker);
        tracker.apply(event, Instant::now());
        self.bar.set_message(tracker.line());
    }
}

/// A line every few seconds.
struct Lines {
    /// With the time of the last line.
    state: Mutex<(Tracker, Option<Instant>)>,
}

impl Progress for Lines {
    fn event(&self, event: &Event) {
        let now = Instant::now();
        let mut state = locked(&self.state);
        let (tracker, last) = &mut *state;
        tracker.apply(event, now);
        if last.is_some_and(|last| now.duration_since(last) < BETWEEN_LINES) {
            return;
        }
        *last = Some(now);
        // Nobody is left to tell if standard error is closed.
        let _ = writeln!(std::io::stderr(), "{}", tracker.line());
    }
}

/// A thread that panicked with the lock held leaves text behind, nothing that
/// could be inconsistent.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
