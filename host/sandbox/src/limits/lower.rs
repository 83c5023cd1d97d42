//! Lowering a limit by its name, for operators who allow adapters less than
//! this program would. No name raises one.

use serde_json::{Map, Value};

use super::Limits;

/// What is among the limits' settings and limits nothing.
const NO_LIMITS: [&str; 2] = ["pooling", "epoch-tick"];

impl Limits {
    /// These limits with some of them lowered. Names are the fields' in kebab
    /// case, times are in seconds.
    ///
    /// # Errors
    /// The name that is at fault, and a phrase.
    pub fn lowered<'a>(
        &self,
        caps: impl IntoIterator<Item = (&'a str, f64)>,
    ) -> Result<Limits, (&'a str, String)> {
        let value = serde_json::to_value(self).unwrap_or_default();
        let Value::Object(mut all) = value else {
            return Ok(self.clone());
        };
        for (name, cap) in caps {
            lower(&mut all, name, cap).map_err(|why| (name, why))?;
        }
        Ok(serde_json::from_value(Value::Object(all)).unwrap_or_else(|_| self.clone()))
    }
}

fn lower(all: &mut Map<String, Value>, name: &str, cap: f64) -> Result<(), String> {
    if NO_LIMITS.contains(&name) || !all.contains_key(name) {
        let known: Vec<_> = all
            .keys()
            .map(String::as_str)
            .filter(|key| !NO_LIMITS.contains(key))
            .collect();
        return Err(format!(
            "there is no such limit; there are {}",
            known.join(", ")
        ));
    }
    let Some(value) = all.get_mut(name) else {
        return Ok(());
    };
    if !cap.is_finite() || cap <= 0.0 {
        return Err("it must be above 0".to_owned());
    }
    let is_time = value.is_object();
    if !is_time && cap.fract() != 0.0 {
        return Err("it must be a whole number".to_owned());
    }
    let now = match &*value {
        Value::Object(time) => {
            let part = |key: &str| time.get(key).and_then(Value::as_f64).unwrap_or_default();
            part("secs") + part("nanos") / 1e9
        }
        // No limit at all, so that any is lower.
        Value::Null => f64::MAX,
        other => other.as_f64().unwrap_or_default(),
    };
    if cap > now {
        return Err(format!("it is {now} and can only be lowered"));
    }
    *value = match is_time {
        true => {
            let whole = cap.trunc();
            let nanos = ((cap - whole) * 1e9) as u32;
            serde_json::json!({ "secs": whole as u64, "nanos": nanos.min(999_999_999) })
        }
        false => serde_json::json!(cap as u64),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn any_limit_can_be_lowered_and_none_raised() {
        let limits = Limits::default();
        let caps = [
            ("memory-bytes", 1e6),
            ("call-time", 1.5),
            ("fuel", 1e9),
            ("memories", 1.0),
        ];
        let lowered = limits.lowered(caps).expect("lower");
        assert_eq!(lowered.memory_bytes, 1_000_000);
        assert_eq!(lowered.call_time, Duration::from_millis(1500));
        assert_eq!(lowered.fuel, Some(1_000_000_000));
        assert_eq!(lowered.memories, 1);
        assert_eq!(lowered.log_lines, limits.log_lines);
        for (name, cap) in [
            ("memory-bytes", 1e12),
            ("call-time", 601.0),
            ("memories", 0.0),
            ("memories", -1.0),
            ("memories", 1.5),
            ("memories", f64::NAN),
            ("pooling", 1.0),
            ("epoch-tick", 0.001),
            ("memory_bytes", 1.0),
        ] {
            let refused = limits.lowered([(name, cap)]).expect_err(name);
            assert_eq!(refused.0, name);
        }
        // Once lowered, the lower one is the most.
        assert!(lowered.lowered([("memory-bytes", 2e6)]).is_err());
    }

    /// A limit of a new kind would be one that no operator can lower.
    #[test]
    fn every_limit_can_be_named() {
        let Ok(Value::Object(all)) = serde_json::to_value(Limits::default()) else {
            panic!("an object");
        };
        for name in all.keys().filter(|key| !NO_LIMITS.contains(&key.as_str())) {
            assert!(
                Limits::default().lowered([(name.as_str(), 1.0)]).is_ok(),
                "{name}"
            );
        }
    }
}
