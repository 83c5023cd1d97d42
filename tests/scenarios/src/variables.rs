//! Variables in scenarios: `{run}`, `{first}`, `{today-30}`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{ToSpan, Zoned};

/// Names and what stands for them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Variables(BTreeMap<String, String>);

impl Variables {
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The text with every known variable and every day replaced. Other braces
    /// stay, as in a OneRoster `userIds` cell.
    pub(crate) fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let known = after
                .split_once('}')
                .and_then(|(name, tail)| Some((self.value(name)?, tail)));
            match known {
                Some((value, tail)) => {
                    filled.push_str(&value);
                    rest = tail;
                }
                None => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    fn value(&self, name: &str) -> Option<String> {
        let known = self.0.get(name).cloned();
        known.or_else(|| Some(day(name)?.to_string()))
    }
}

/// `today`, `today+3`, `today-30`, in the zone of the machine, as the program
/// under test sees it.
fn day(name: &str) -> Option<Date> {
    let offset = name.strip_prefix("today")?;
    let days = match offset {
        "" => 0,
        offset => offset.parse::<i32>().ok()?,
    };
    Zoned::now().date().checked_add(days.days()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_filled_in_and_the_rest_stays() {
        let mut variables = Variables::default();
        variables.set("first", "7");
        assert_eq!(variables.fill("run show {first}"), "run show 7");
        assert_eq!(variables.fill("{LDAP:12},{x}"), "{LDAP:12},{x}");
        let today = Zoned::now().date();
        assert_eq!(variables.fill("{today+0}"), today.to_string());
        assert_eq!(variables.fill("a {open"), "a {open");
    }
}
