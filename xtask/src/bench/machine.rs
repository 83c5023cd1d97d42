//! On what the figures were measured.

use std::fs;

/// One line: processor, cores, memory, system.
pub(crate) fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(0, |cores| cores.get());
    let processor = entry("/proc/cpuinfo", "model name")
        .unwrap_or_else(|| format!("unnamed {} processor", std::env::consts::ARCH));
    let memory = entry("/proc/meminfo", "MemTotal")
        .and_then(|text| text.trim_end_matches("kB").trim().parse::<f64>().ok())
        .map_or_else(
            || "memory unknown".to_owned(),
            |kib| format!("{:.0} GiB of memory", kib / 1024.0 / 1024.0),
        );
    format!(
        "{processor}, {cores} cores, {memory}, {}",
        std::env::consts::OS
    )
}

/// The value of the first `name : value` line.
fn entry(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let value = text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })?;
    (!value.is_empty()).then_some(value)
}
