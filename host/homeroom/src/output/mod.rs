//! Standard output: text for people, JSON for scripts, CSV for spreadsheets.
//!
//! The modules render plain data into text and know nothing of where the data
//! comes from. Values that came from outside are passed through
//! [`text::clean`] before they reach a terminal.

pub(crate) mod adapter;
pub(crate) mod catalogue;
pub(crate) mod csv;
pub(crate) mod explain;
pub(crate) mod integration;
pub(crate) mod log;
pub(crate) mod recording;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod text;

#[cfg(test)]
mod samples;

use std::io::{self, BufWriter, IsTerminal, Write};

use serde::Serialize;

use style::Style;

/// Standard output. Once its reader is gone (`… | head`), whatever is written
/// is dropped without an error, so that a command still ends as its work did.
pub(crate) struct Out {
    sink: Box<dyn Write + Send>,
    reader_gone: bool,
    json: bool,
    style: Style,
}

impl Out {
    /// The process's standard output.
    pub(crate) fn stdout(json: bool) -> Self {
        let colour = io::stdout().is_terminal()
            && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Out {
            sink: Box::new(BufWriter::with_capacity(64 * 1024, io::stdout())),
            reader_gone: false,
            json,
            style: Style::new(colour, jiff::tz::TimeZone::system()),
        }
    }

    /// Whether JSON was asked for.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// How text looks.
    pub(crate) fn style(&self) -> Style {
        self.style.clone()
    }

    /// Writes one JSON value on a line.
    pub(crate) fn json<T: Serialize + ?Sized>(&mut self, value: &T) -> io::Result<()> {
        let line = serde_json::to_string(value)?;
        writeln!(self, "{line}")
    }

    /// Writes text that is rendered already.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.write_all(text.as_bytes())
    }

    /// Writes `value` as JSON if that was asked for, else what `render` makes.
    pub(crate) fn show<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
        render: impl FnOnce(&Style) -> String,
    ) -> io::Result<()> {
        if self.json {
            return self.json(value);
        }
        let rendered = render(&self.style);
        self.text(&rendered)
    }

    /// Begins a JSON array whose elements are written as they come.
    pub(crate) fn json_array(&mut self) -> JsonArray<'_> {
        JsonArray {
            out: self,
            elements: 0,
        }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.reader_gone {
            return Ok(bytes.len());
        }
        match self.sink.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.reader_gone = true;
                Ok(bytes.len())
            }
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.reader_gone {
            return Ok(());
        }
        match self.sink.flush() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.reader_gone = true;
                Ok(())
            }
            flushed => flushed,
        }
    }
}

/// A JSON array, one element a line.
pub(crate) struct JsonArray<'a> {
    out: &'a mut Out,
    elements: u64,
}

impl JsonArray<'_> {
    /// Writes the next element.
    pub(crate) fn push<T: Serialize + ?Sized>(&mut self, element: &T) -> io::Result<()> {
        let before = if self.elements == 0 { "[\n" } else { ",\n" };
        self.elements += 1;
        write!(self.out, "{before}{}", serde_json::to_string(element)?)
    }

    /// Ends the array.
    pub(crate) fn end(self) -> io::Result<()> {
        let after = if self.elements == 0 { "[]" } else { "\n]" };
        writeln!(self.out, "{after}")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Takes so many bytes, and then its reader is gone.
    struct Pipe {
        room: usize,
        taken: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            let count = bytes.len().min(self.room);
            self.room -= count;
            self.taken
                .lock()
                .expect("lock")
                .extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn out(room: usize) -> (Out, Arc<Mutex<Vec<u8>>>) {
        let taken = Arc::new(Mutex::new(Vec::new()));
        let out = Out {
            sink: Box::new(Pipe {
                room,
                taken: Arc::clone(&taken),
            }),
            reader_gone: false,
            json: true,
            style: Style::plain(),
        };
        (out, taken)
    }

    #[test]
    fn a_reader_that_goes_away_is_no_error() {
        let (mut out, taken) = out(5);
        for _ in 0..100 {
            out.text("hello world\n").expect("dropped quietly");
        }
        out.flush().expect("dropped quietly");
        assert_eq!(taken.lock().expect("lock").as_slice(), b"hello");
    }

    #[test]
    fn arrays_stream_and_parse() {
        for count in 0..3 {
            let (mut out, taken) = out(1000);
            let mut array = out.json_array();
            for number in 0..count {
                array.push(&number).expect("room");
            }
            array.end().expect("room");
            let parsed: Vec<i32> =
                serde_json::from_slice(&taken.lock().expect("lock")).expect("an array");
            assert_eq!(parsed, (0..count).collect::<Vec<_>>());
        }
    }
}
