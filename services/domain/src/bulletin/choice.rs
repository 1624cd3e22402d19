//! What a bulletin tells singly: chosen by rule, so that everyone with the same facts chooses the same. The
//! documents ask for typical problems and cases (突出问题和典型案例) and name no rule; these are ours.

use std::collections::BTreeSet;

use jiff::Timestamp;
use uuid::Uuid;

use super::shown::SMALL;

/// How many typical problems are told.
pub const PROBLEMS: usize = 5;
/// How many negative ratings make a problem typical at least: fewer could be one person's.
pub const MIN_NEGATIVE: u64 = SMALL;
/// How many good cases are told.
pub const GOOD_CASES: usize = 3;
/// How many adverse cases are told.
pub const ADVERSE_CASES: usize = 10;

/// What was counted of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemCounts {
    /// The item.
    pub item_code: String,
    /// Negative ratings that raters gave.
    pub negative: u64,
    /// All ratings that raters gave.
    pub ratings: u64,
    /// Tickets that missed a deadline.
    pub late: u64,
    /// Tickets in which the matter came back.
    pub relapsed: u64,
}

/// The typical problems: the items with most negative ratings, [`MIN_NEGATIVE`] at least; of equal ones the
/// one with more relapses, then by code.
#[must_use]
pub fn typical_problems(mut items: Vec<ItemCounts>) -> Vec<ItemCounts> {
    items.retain(|item| item.negative >= MIN_NEGATIVE);
    items.sort_by(|one, other| {
        let order = |item: &ItemCounts| (item.negative, item.relapsed);
        order(other).cmp(&order(one)).then_with(|| one.item_code.cmp(&other.item_code))
    });
    items.truncate(PROBLEMS);
    items
}

/// A ticket of the period, none of a private rating.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The ticket.
    pub ticket: Uuid,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it reached the state it is in.
    pub state_at: Timestamp,
    /// The rater is satisfied in the end.
    pub confirmed: bool,
    /// The rater was given the result.
    pub fed_back: bool,
    /// The result was an explanation; nothing was put right.
    pub explained: bool,
    /// A deadline was missed.
    pub late: bool,
    /// The matter came back.
    pub relapsed: bool,
}

/// Whether it is a good case (好的典型): put right in time, it did not come back, and the rater confirmed it.
#[must_use]
pub fn good(case: &Case) -> bool {
    case.confirmed && case.fed_back && !case.explained && !case.late && !case.relapsed
}

/// Whether it is an adverse case (不良影响案例): a deadline was missed, and the rater has no answer or the
/// matter came back. That a case did harm (造成不良影响) is for a person to say, who releases the bulletin.
#[must_use]
pub fn adverse(case: &Case) -> bool {
    case.late && (case.relapsed || !case.fed_back)
}

/// The cases chosen so far, of any number of tickets one after the other: no more are held than are told.
#[derive(Clone, Debug, Default)]
pub struct Cases {
    good: BTreeSet<(i128, Uuid)>,
    adverse: BTreeSet<(Timestamp, Uuid)>,
}

impl Cases {
    /// Looks at a ticket.
    pub fn look_at(&mut self, case: &Case) {
        if good(case) {
            let took = case.state_at.duration_since(case.opened_at).as_nanos();
            self.good.insert((took, case.ticket));
            if self.good.len() > GOOD_CASES {
                self.good.pop_last();
            }
        }
        if adverse(case) {
            self.adverse.insert((case.opened_at, case.ticket));
            if self.adverse.len() > ADVERSE_CASES {
                self.adverse.pop_last();
            }
        }
    }

    /// The good cases, the fastest first.
    pub fn good(&self) -> impl Iterator<Item = Uuid> {
        self.good.iter().map(|(_, ticket)| *ticket)
    }

    /// The adverse cases, the oldest first.
    pub fn adverse(&self) -> impl Iterator<Item = Uuid> {
        self.adverse.iter().map(|(_, ticket)| *ticket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(item_code: &str, negative: u64, relapsed: u64) -> ItemCounts {
        let item_code = item_code.to_owned();
        ItemCounts { item_code, negative, ratings: 100, late: 0, relapsed }
    }

    #[test]
    fn p06_typical_problems_are_those_with_most_negative_ratings_and_five_at_least() {
        let items = vec![
            item("b", 7, 0),
            item("a", 7, 0),
            item("c", 7, 1),
            item("d", 4, 4),
            item("e", 90, 0),
            item("f", 5, 0),
            item("g", 6, 0),
        ];
        let mut backwards = items.clone();
        backwards.reverse();
        let of = |items| -> Vec<String> {
            typical_problems(items).into_iter().map(|item| item.item_code).collect()
        };
        assert_eq!(of(items), ["e", "c", "a", "b", "g"]);
        assert_eq!(of(backwards), ["e", "c", "a", "b", "g"], "whatever the order they come in");
    }

    fn case(ticket: u128, minutes: i64) -> Case {
        let opened_at = Timestamp::from_second(1_000_000 - 100 * minutes).unwrap();
        let state_at = opened_at + jiff::SignedDuration::from_mins(minutes);
        Case {
            ticket: Uuid::from_u128(ticket),
            opened_at,
            state_at,
            confirmed: true,
            fed_back: true,
            explained: false,
            late: false,
            relapsed: false,
        }
    }

    #[test]
    fn p06_good_cases_are_put_right_in_time_and_confirmed_the_fastest_first() {
        let mut cases = Cases::default();
        for (ticket, minutes) in [(1, 50), (2, 10), (3, 20), (4, 20), (5, 90)] {
            cases.look_at(&case(ticket, minutes));
        }
        for of in [
            |case: &mut Case| case.confirmed = false,
            |case: &mut Case| case.explained = true,
            |case: &mut Case| case.late = true,
            |case: &mut Case| case.relapsed = true,
            |case: &mut Case| case.fed_back = false,
        ] {
            let mut other = case(6, 1);
            of(&mut other);
            cases.look_at(&other);
        }
        let told: Vec<u128> = cases.good().map(|ticket| ticket.as_u128()).collect();
        assert_eq!(told, [2, 3, 4]);
    }

    #[test]
    fn p06_adverse_cases_are_overdue_and_unanswered_or_back_again_the_oldest_first() {
        let mut cases = Cases::default();
        for (ticket, fed_back, late, relapsed) in [
            (1, false, true, false),
            (2, true, true, true),
            (3, true, true, false),
            (4, false, false, true),
        ] {
            let minutes = i64::try_from(ticket).unwrap();
            cases.look_at(&Case { fed_back, late, relapsed, ..case(ticket, minutes) });
        }
        let told: Vec<u128> = cases.adverse().map(|ticket| ticket.as_u128()).collect();
        assert_eq!(told, [2, 1]);
        for ticket in 10..30 {
            let late = Case { fed_back: false, late: true, ..case(ticket, 0) };
            cases.look_at(&late);
        }
        assert_eq!(cases.adverse().count(), ADVERSE_CASES);
    }
}
