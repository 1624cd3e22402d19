//! What the process itself uses, as the kernel says; nothing where there is no `/proc`.

use std::{fs, sync::LazyLock, time::Instant};

use super::{
    Reading,
    table::{CPU, DESCRIPTORS, DESCRIPTORS_MOST, MEMORY, THREADS, UPTIME},
};
use crate::server::descriptors;

/// When the first look was prepared: at the start of the process.
static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);
/// How many ticks of `/proc/self/stat` a second has; the same on every Linux.
const TICKS: f64 = 100.0;
/// The fields of `/proc/self/stat` with the time in the program and in the kernel, counted behind the name.
const TIMES: [(usize, &str); 2] = [(11, "user"), (12, "system")];

/// Remembers when the process began.
pub(super) fn started() {
    LazyLock::force(&STARTED);
}

/// What the process uses now.
pub(super) fn now() -> Vec<Reading> {
    let mut readings = vec![UPTIME.is(STARTED.elapsed().as_secs_f64())];
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    readings.extend(field("VmRSS:").map(|kibibytes| MEMORY.is(kibibytes * 1_024.0)));
    readings.extend(field("Threads:").map(|threads| THREADS.is(threads)));
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        readings.push(Reading::count(&DESCRIPTORS, open.count() as u64));
        readings.push(Reading::count(&DESCRIPTORS_MOST, descriptors() as u64));
    }
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name before it, in parentheses, can hold anything.
    let fields: Vec<&str> =
        stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    for (field, mode) in TIMES {
        let ticks = fields.get(field).and_then(|ticks| ticks.parse::<f64>().ok());
        readings.extend(ticks.map(|ticks| CPU.is(ticks / TICKS).with("cpu.mode", mode)));
    }
    readings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_knows_what_it_uses() {
        started();
        // So that some processor time was used.
        let until = std::time::Duration::from_millis(30);
        let began = Instant::now();
        while began.elapsed() < until {
            std::hint::spin_loop();
        }
        let readings = now();
        for measure in [&UPTIME, &MEMORY, &THREADS, &DESCRIPTORS, &DESCRIPTORS_MOST] {
            let found = readings.iter().find(|reading| reading.value().0 == measure.name);
            assert!(found.is_some_and(|reading| reading.value().1 > 0.0), "{measure:?}");
        }
        let spent = readings.iter().filter(|reading| reading.value().0 == CPU.name);
        let spent: f64 = spent.map(|reading| reading.value().1).sum();
        assert!(spent > 0.0 && spent < 86_400.0, "{spent} s");
    }
}
