//! Lines that an adapter writes for the person who reads the run's log. They
//! are foreign text: made one line, cut, counted, and never mixed with what the
//! host itself says.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::limits::Limits;
use crate::observer::{LogLevel, Observer};

/// A run's quota of log lines and where they go.
pub(crate) struct RunLog {
    observer: Arc<dyn Observer>,
    written: Arc<AtomicU32>,
    most: u32,
    line_bytes: usize,
}

impl RunLog {
    pub(crate) fn new(observer: Arc<dyn Observer>, limits: &Limits) -> Self {
        RunLog {
            observer,
            written: Arc::default(),
            most: limits.log_lines,
            line_bytes: limits.log_line_bytes,
        }
    }

    /// The same quota with another observer.
    pub(crate) fn seen_by(
        &self,
        observer: impl FnOnce(Arc<dyn Observer>) -> Arc<dyn Observer>,
    ) -> Self {
        RunLog {
            observer: observer(self.observer.clone()),
            written: self.written.clone(),
            ..*self
        }
    }

    /// Passes a line on; the first one beyond the quota becomes a note that
    /// there are more.
    pub(crate) fn write(&self, level: LogLevel, message: &str) {
        let before = self.written.fetch_add(1, Ordering::Relaxed);
        if before < self.most {
            self.observer
                .log(level, &one_line(message, self.line_bytes));
        } else if before == self.most {
            self.observer
                .log(LogLevel::Warn, "further lines of this run are dropped");
        }
        // A guest that floods must not make the counter wrap.
        if before > self.most.saturating_add(1) {
            self.written
                .store(self.most.saturating_add(1), Ordering::Relaxed);
        }
    }

    /// Lines that earlier attempts of the run have written count, too.
    pub(crate) fn continue_after(&self, lines: u32) {
        self.written.fetch_add(lines, Ordering::Relaxed);
    }

    pub(crate) fn written(&self) -> u32 {
        self.written.load(Ordering::Relaxed).min(self.most)
    }
}

/// The text as one line of at most `most` bytes: control characters and those
/// that reorder or hide text are escaped.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let mut line = String::with_capacity(text.len().min(most));
    for c in text.chars() {
        let hidden = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        let before = line.len();
        match c {
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            c if c.is_control() || hidden => line.extend(c.escape_unicode()),
            c => line.push(c),
        }
        if line.len() > most {
            line.truncate(before);
            while line.len() + '…'.len_utf8() > most && line.pop().is_some() {}
            if most >= '…'.len_utf8() {
                line.push('…');
            }
            break;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn a_line_cannot_pretend_to_be_two() {
        assert_eq!(
            one_line("ok\n2026 ERROR root: fake\u{1b}[31m", 100),
            "ok\\n2026 ERROR root: fake\\u{1b}[31m"
        );
        assert_eq!(one_line("a\u{202e}b", 100), "a\\u{202e}b");
    }

    #[test]
    fn a_long_line_is_cut_on_a_character() {
        let line = one_line(&"ü".repeat(100), 21);
        assert!(line.len() <= 21, "{}", line.len());
        assert!(line.ends_with('…'));
        assert_eq!(one_line("short", 21), "short");
    }

    #[derive(Default)]
    struct Lines(Mutex<Vec<String>>);
    impl Observer for Lines {
        fn log(&self, _: LogLevel, line: &str) {
            self.0.lock().expect("no panic").push(line.to_owned());
        }
    }

    #[test]
    fn a_flood_ends_with_one_note() {
        let lines = Arc::new(Lines::default());
        let log = RunLog::new(
            lines.clone(),
            &Limits {
                log_lines: 2,
                ..Limits::default()
            },
        );
        for _ in 0..1000 {
            log.write(LogLevel::Info, "x");
        }
        let seen = lines.0.lock().expect("no panic");
        assert_eq!(*seen, ["x", "x", "further lines of this run are dropped"]);
        assert_eq!(log.written(), 2);
    }
}
