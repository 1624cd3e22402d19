//! Whose matter the evaluator of a window (窗口评价器) shows: the citizen's who is there now, and
//! nobody else's (I19).

use jiff::{SignedDuration, Timestamp};

/// How long after a service its citizen may still stand at the window: our number, no document
/// states one. Anyone there later is another citizen.
pub const STANDS_FOR: SignedDuration = SignedDuration::from_mins(2);

/// A step of a case at a window, whether it offers a rating or not: each has its citizen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowStep {
    /// When it was received, by the server's clock.
    pub received_at: Timestamp,
    /// When it happened, by the business system's.
    pub reported_at: Timestamp,
}

/// Steps of this time or earlier are over at `at`.
#[must_use]
pub fn over_by(at: Timestamp) -> Timestamp {
    at.saturating_sub(STANDS_FOR).unwrap_or(Timestamp::MIN)
}

/// Which step at a window, the last received first, belongs to the citizen who stands there at
/// `at`: the last one. A step reported long after it happened changes nothing. A step received
/// after a later one shows that the order is unknown: then the screen stays blank, which is better
/// than showing another citizen's matter.
#[must_use]
pub fn standing(steps: &[WindowStep], at: Timestamp) -> Option<usize> {
    let over = over_by(at);
    let is_recent = |step: &WindowStep| step.received_at > over && step.reported_at > over;
    let last = steps.iter().position(is_recent)?;
    let reported_at = steps.get(last)?.reported_at;
    let overtaken = |step: &WindowStep| is_recent(step) && step.reported_at > reported_at;
    (!steps.iter().any(overtaken)).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps by seconds: received and reported, the last received first.
    fn standing_at(at: i64, steps: &[(i64, i64)]) -> Option<usize> {
        let second = |second| Timestamp::from_second(second).unwrap();
        let step = |&(received, reported): &(i64, i64)| WindowStep {
            received_at: second(received),
            reported_at: second(reported),
        };
        let steps: Vec<_> = steps.iter().map(step).collect();
        standing(&steps, second(at))
    }

    #[test]
    fn i19_the_citizen_of_the_last_step_stands_at_the_window_for_two_minutes() {
        assert_eq!(standing_at(1_000, &[]), None);
        assert_eq!(standing_at(1_000, &[(1_000, 1_000), (990, 990)]), Some(0));
        assert_eq!(standing_at(1_119, &[(1_000, 1_000)]), Some(0));
        assert_eq!(standing_at(1_120, &[(1_000, 1_000)]), None);
    }

    #[test]
    fn i19_a_step_told_late_shows_nothing_and_hides_nothing() {
        assert_eq!(standing_at(1_000, &[(1_000, 880)]), None, "told two minutes late");
        assert_eq!(standing_at(1_000, &[(1_000, 500), (990, 990)]), Some(1));
    }

    #[test]
    fn i19_where_the_order_is_not_known_nobodys_matter_is_shown() {
        assert_eq!(standing_at(1_000, &[(1_000, 950), (980, 980)]), None);
        assert_eq!(standing_at(1_000, &[(1_000, 980), (980, 980)]), Some(0));
        // A clock that runs ahead blocks the screen no longer than its own step does.
        assert_eq!(standing_at(1_000, &[(1_000, 1_000), (990, 1_200)]), None);
        assert_eq!(standing_at(1_110, &[(1_000, 1_000), (990, 1_200)]), Some(0));
    }
}
