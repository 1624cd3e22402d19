//! Waiting in tests. A machine under load is slow, not broken: time limits grow with the load, and
//! a wait that fails names what it waited for.

use std::{fs, pin::pin, thread::available_parallelism, time::Duration};

use tokio::time::{Instant, sleep, timeout};

/// How long any wait may take on an idle machine.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How many times longer it can be under load.
const MOST: f64 = 10.0;
/// No wait is longer: `tests/run` ends a test after five minutes, without a message.
const LONGEST: Duration = Duration::from_secs(240);
/// How often a condition is checked.
const LOOK: Duration = Duration::from_millis(20);

/// A time that is enough on an idle machine, stretched for the load now.
#[must_use]
pub fn stretched(time: Duration) -> Duration {
    let times = load(&fs::read_to_string("/proc/loadavg").unwrap_or_default());
    time.mul_f64(times).min(LONGEST.max(time))
}

/// How many tasks want each processor: at least one, over the last minute or now. The system shows
/// it as `0.20 0.18 0.12 1/80 11206`.
fn load(said: &str) -> f64 {
    let mut words = said.split_whitespace();
    let minute = words.next().and_then(|word| word.parse::<f64>().ok());
    let running = words.nth(2).and_then(|word| word.split('/').next()?.parse::<f64>().ok());
    let processors = available_parallelism().map_or(1, usize::from);
    let most = minute.unwrap_or_default().max(running.unwrap_or_default());
    (most / f64::from(u32::try_from(processors).unwrap_or(1))).clamp(1.0, MOST)
}

/// The result, within a time that grows with the load.
///
/// # Panics
/// If it does not come: with `what`, and how long the wait was.
pub async fn within<T>(what: &str, time: Duration, comes: impl Future<Output = T>) -> T {
    let (began, mut comes) = (Instant::now(), pin!(comes));
    loop {
        // The load may have grown meanwhile.
        let left = stretched(time).saturating_sub(began.elapsed());
        match timeout(left, &mut comes).await {
            Ok(come) => return come,
            Err(_) if stretched(time) > began.elapsed() => {}
            Err(_) => panic!("{what}: not within {:?}", began.elapsed()),
        }
    }
}

/// Waits for a condition.
///
/// # Panics
/// If it does not come true: with `what`, how long the wait was and how many checks it made.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let (began, mut looks) = (Instant::now(), 1);
    // A check that hangs counts as failed.
    while !within(what, PATIENCE, holds()).await {
        let waited = began.elapsed();
        assert!(waited < stretched(PATIENCE), "{what}: not within {waited:?}, at {looks} looks");
        sleep(LOOK).await;
        looks += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_grows_with_the_load_and_ends_all_the_same() {
        let processors = available_parallelism().map_or(1, usize::from);
        assert_eq!(load(""), 1.0);
        assert_eq!(load("0.01 0.05 0.10 1/80 11206"), 1.0);
        assert_eq!(load(&format!("0.01 0.05 0.10 {}/80 11206", 3 * processors)), 3.0);
        assert_eq!(load(&format!("{}.00 0.05 0.10 1/80 11206", 4 * processors)), 4.0);
        assert_eq!(load(&format!("{}.00 0.05 0.10 1/80 11206", 999 * processors)), MOST);
        assert!(stretched(PATIENCE) <= LONGEST);
    }

    #[tokio::test]
    async fn what_was_waited_for_in_vain_is_named() {
        let never = within("a bus", Duration::from_millis(10), std::future::pending::<()>());
        let died = tokio::spawn(never).await.unwrap_err().into_panic();
        let said = died.downcast_ref::<String>().unwrap();
        assert!(said.starts_with("a bus: not within "), "{said}");
        let mut looks = 0;
        until("the third look", async || {
            looks += 1;
            looks == 3
        })
        .await;
        assert_eq!(within("seven", Duration::from_millis(10), async { 7 }).await, 7);
    }
}
