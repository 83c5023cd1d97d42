//! Faults in words, for command lines: `status=500 on=users page=3 times=2`.

use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};

use crate::{Fault, FaultKind, Resource, RetryAfter, Target, When};

/// What `--help` says about faults.
pub(crate) const HELP: &str = "\
FAULTS
  A fault is a kind and, after blanks, when it strikes; without a when, always:
      --fault 'status=500 on=users page=3 times=2'
      --fault '429=1 times=3' --fault 'slow=2000 every=10'

  Kinds
    status=N           an error object with this status (500, 502, 504, 403, 404 ...)
    429=SECONDS        429 with Retry-After in seconds
    429-date=SECONDS   429 with Retry-After as an HTTP date
    429                429 without Retry-After
    reset              the connection is reset before the answer
    redirect=ORIGIN    a redirect to this origin (http://host:port), same path
    redirect           a redirect on this host (the query gains moved=1)
    html               a login page in HTML with 200
    error-200          an error object with 200
    warning            a warning object beside the data
    empty-body         200 without a body
    204                204
    empty              an empty list
    no-envelope        200 and an object without the list
    null-envelope      200 and null instead of the list
    broken-json        JSON that breaks off
    bad-utf8           a byte that is no UTF-8
    slow=BYTES         the body at so many bytes a second
    delay=MS           the answer after so many milliseconds
    truncated          the connection ends in the middle of the body
    length=N           Content-Length is off by N bytes (may be negative)
    huge-headers=BYTES headers of that size
    gzip-bomb=MIB      a small gzip body that unfolds to so many MiB
    deep=N             N arrays within each other
    endless            a body that never ends
    echo               500 that repeats the credentials of the request
    type=VALUE         another Content-Type (type= for none)
    bom                a byte order mark before the body

  When (all that is said must hold)
    on=LIST            only this list: users, orgs, students ... or token
    page=N             only this page (1 is the first)
    after=N            not the first N such requests
    every=N            every Nth of those
    times=N            at most N times
    lasting=MS         for so many milliseconds, from its first time on
";

impl FromStr for Fault {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut words = text.split_whitespace();
        let kind = words.next().context("a fault needs a kind")?;
        let mut when = When::default();
        for word in words {
            let (name, value) = word
                .split_once('=')
                .with_context(|| format!("`{word}` is no name=value"))?;
            match name {
                "on" if value == "token" => when.target = Target::Token,
                "on" => {
                    let resource = Resource::from_name(value);
                    when.resource =
                        Some(resource.with_context(|| format!("there is no list `{value}`"))?);
                }
                "page" => when.page = Some(number(word, value)?),
                "after" => when.after = Some(number(word, value)?),
                "every" => when.every = Some(number(word, value)?),
                "times" => when.times = Some(number(word, value)?),
                "lasting" => {
                    when.lasting = Some(Duration::from_millis(number(word, value)?));
                }
                _ => bail!("`{word}`: a fault strikes on, page, after, every, times, lasting"),
            }
        }
        Ok(Fault {
            kind: kind_of(kind)?,
            when,
        })
    }
}

fn number<T: FromStr>(word: &str, value: &str) -> Result<T> {
    let read = value.parse();
    read.map_err(|_| anyhow!("`{word}` needs a whole number after the `=`"))
}

fn kind_of(word: &str) -> Result<FaultKind> {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    let needed = || value.with_context(|| format!("`{name}` needs a value, as in `{name}=1`"));
    Ok(match name {
        "status" => FaultKind::Status(number(word, needed()?)?),
        "429" => FaultKind::TooManyRequests(match value {
            Some(seconds) => RetryAfter::Seconds(number(word, seconds)?),
            None => RetryAfter::Absent,
        }),
        "429-date" => FaultKind::TooManyRequests(RetryAfter::Date(number(word, needed()?)?)),
        "reset" => FaultKind::Reset,
        "redirect" => match value {
            Some(origin) => FaultKind::RedirectTo(origin.to_owned()),
            None => FaultKind::RedirectHere,
        },
        "html" => FaultKind::HtmlLogin,
        "error-200" => FaultKind::ErrorWith200,
        "warning" => FaultKind::WarningBeside,
        "empty-body" => FaultKind::EmptyBody,
        "204" => FaultKind::NoContent,
        "empty" => FaultKind::EmptyRoster,
        "no-envelope" => FaultKind::MissingEnvelope,
        "null-envelope" => FaultKind::NullEnvelope,
        "broken-json" => FaultKind::BrokenJson,
        "bad-utf8" => FaultKind::InvalidUtf8,
        "slow" => FaultKind::SlowBody(number(word, needed()?)?),
        "delay" => FaultKind::Delay(number(word, needed()?)?),
        "truncated" => FaultKind::TruncatedBody,
        "length" => FaultKind::WrongLength(number(word, needed()?)?),
        "huge-headers" => FaultKind::HugeHeaders(number(word, needed()?)?),
        "gzip-bomb" => FaultKind::GzipBomb(number(word, needed()?)?),
        "deep" => FaultKind::DeepNesting(number(word, needed()?)?),
        "endless" => FaultKind::EndlessBody,
        "echo" => FaultKind::CredentialEcho,
        "type" => FaultKind::ContentType(needed()?.to_owned()),
        "bom" => FaultKind::ByteOrderMark,
        _ => bail!("there is no fault `{name}`; --help lists them"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_from_words() {
        let fault: Fault = "status=502 on=users page=3 times=2"
            .parse()
            .expect("a fault");
        let expected = Fault::on_page(Resource::Users, 3, 2, FaultKind::Status(502));
        assert_eq!(fault, expected);
        let token: Fault = "429 on=token every=2".parse().expect("a fault");
        assert_eq!(token.kind, FaultKind::TooManyRequests(RetryAfter::Absent));
        assert_eq!(token.when.target, Target::Token);
        assert_eq!(token.when.every, Some(2));
        let storm: Fault = "429=1 lasting=3000".parse().expect("a fault");
        assert_eq!(storm.when.lasting, Some(Duration::from_secs(3)));
    }

    #[test]
    fn every_kind_of_the_help_can_be_read() {
        let kinds = HELP
            .split("  Kinds\n")
            .nth(1)
            .and_then(|rest| rest.split("  When").next());
        let mut count = 0;
        for line in kinds
            .expect("the kinds")
            .lines()
            .filter(|line| !line.is_empty())
        {
            let word = line.split_whitespace().next().expect("a word");
            let example = match word.split_once('=') {
                Some((name, _)) => format!("{name}=7"),
                None => word.to_owned(),
            };
            assert!(example.parse::<Fault>().is_ok(), "{example}");
            count += 1;
        }
        assert_eq!(count, 28);
    }

    #[test]
    fn what_is_no_fault_is_named() {
        for text in [
            "",
            "status",
            "status=x",
            "sleep=1",
            "html on=cats",
            "html page",
            "html x=1",
        ] {
            assert!(text.parse::<Fault>().is_err(), "{text}");
        }
    }
}
