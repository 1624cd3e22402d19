//! What was sent and what was acknowledged, kept for the check at the end, in bounded memory: a
//! fair sample of all ratings, and every one that was acknowledged shortly before a call got no
//! answer, for those are at risk.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use proto::intake::v1::SubmitRatingResponse;

/// How many of a kind are kept.
pub(super) const KEPT: usize = 20_000;
/// How many of the last acknowledged ones are at risk when the server goes away.
const RECENT: usize = 2_000;

/// A rating that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SentRating {
    /// The request's identity.
    pub(super) request_id: String,
    /// The invitation's token.
    pub(super) token: Arc<str>,
    /// Which of the forms it was made from.
    pub(super) form: usize,
}

/// A rating that was acknowledged.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AcknowledgedRating {
    /// The rating.
    pub(super) asked: SentRating,
    /// Its receipt.
    pub(super) receipt: SubmitRatingResponse,
}

/// A fair sample of however many.
struct Sample<T> {
    kept: Vec<T>,
    seen: u64,
}

impl<T> Sample<T> {
    fn new() -> Self {
        Self { kept: Vec::new(), seen: 0 }
    }

    /// Adds one; `chance` is a random number.
    fn add(&mut self, one: T, chance: u64) {
        self.seen += 1;
        if self.kept.len() < KEPT {
            self.kept.push(one);
        } else if let Ok(place) = usize::try_from(chance % self.seen)
            && place < KEPT
        {
            self.kept[place] = one;
        }
    }
}

/// The random end of a request's identity.
fn chance(request_id: &str) -> u64 {
    let end = request_id.get(request_id.len().saturating_sub(12)..).unwrap_or_default();
    u64::from_str_radix(end, 16).unwrap_or_default()
}

/// The journal; shared by callers.
pub(super) struct Journal {
    kept: Mutex<JournalState>,
}

struct JournalState {
    acknowledged: u64,
    recent: VecDeque<AcknowledgedRating>,
    at_risk: Vec<AcknowledgedRating>,
    sample: Sample<AcknowledgedRating>,
    perhaps: Sample<SentRating>,
}

/// What is looked for.
pub(super) struct ToCheck {
    /// How many were acknowledged.
    pub(super) acknowledged: u64,
    /// Those of them that are looked for.
    pub(super) receipts: Vec<AcknowledgedRating>,
    /// How many may have been done without being acknowledged.
    pub(super) perhaps: u64,
    /// Those of them that are looked for.
    pub(super) unacknowledged: Vec<SentRating>,
}

impl Journal {
    /// An empty one.
    pub(super) fn new() -> Self {
        let kept = JournalState {
            acknowledged: 0,
            recent: VecDeque::with_capacity(RECENT + 1),
            at_risk: Vec::new(),
            sample: Sample::new(),
            perhaps: Sample::new(),
        };
        Self { kept: Mutex::new(kept) }
    }

    fn kept(&self) -> MutexGuard<'_, JournalState> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes an acknowledged rating.
    pub(super) fn acknowledged(&self, one: AcknowledgedRating) {
        let mut kept = self.kept();
        kept.acknowledged += 1;
        kept.recent.push_back(one);
        if kept.recent.len() > RECENT
            && let Some(older) = kept.recent.pop_front()
        {
            let chance = chance(&older.asked.request_id);
            kept.sample.add(older, chance);
        }
    }

    /// Notes a rating of which nobody said whether it was taken.
    pub(super) fn perhaps(&self, one: SentRating) {
        let mut kept = self.kept();
        let chance = chance(&one.request_id);
        kept.perhaps.add(one, chance);
        if kept.at_risk.len() + kept.recent.len() <= KEPT {
            let recent = std::mem::take(&mut kept.recent);
            kept.at_risk.extend(recent);
        }
    }

    /// What is looked for now.
    pub(super) fn to_check(&self) -> ToCheck {
        let kept = self.kept();
        let receipts = kept.at_risk.iter().chain(&kept.recent).chain(&kept.sample.kept);
        ToCheck {
            acknowledged: kept.acknowledged,
            receipts: receipts.cloned().collect(),
            perhaps: kept.perhaps.seen,
            unacknowledged: kept.perhaps.kept.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(n: usize) -> SentRating {
        let mixed = (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16;
        SentRating {
            request_id: format!("00000000-0000-7000-8000-{mixed:012x}"),
            token: "token".into(),
            form: n,
        }
    }

    fn acknowledged(n: usize) -> AcknowledgedRating {
        AcknowledgedRating { asked: asked(n), receipt: SubmitRatingResponse::default() }
    }

    #[test]
    fn load_few_ratings_are_all_kept_and_many_in_bounded_memory() {
        let journal = Journal::new();
        for n in 0..RECENT + KEPT {
            journal.acknowledged(acknowledged(n));
        }
        let check = journal.to_check();
        let mut forms: Vec<_> = check.receipts.iter().map(|one| one.asked.form).collect();
        forms.sort_unstable();
        assert!(forms.into_iter().eq(0..RECENT + KEPT), "each once");
        let many = 10 * KEPT;
        for n in RECENT + KEPT..many {
            journal.acknowledged(acknowledged(n));
        }
        let check = journal.to_check();
        assert_eq!(check.acknowledged, many as u64);
        assert_eq!(check.receipts.len(), RECENT + KEPT);
        let early = check.receipts.iter().filter(|one| one.asked.form < many / 2).count();
        assert!((9_000..=11_000).contains(&early), "{early} of the first half");
    }

    #[test]
    fn load_what_was_acknowledged_just_before_a_call_went_unanswered_is_looked_for() {
        let journal = Journal::new();
        for n in 0..3 * KEPT {
            journal.acknowledged(acknowledged(n));
        }
        journal.perhaps(asked(3 * KEPT));
        for n in 4 * KEPT..9 * KEPT {
            journal.acknowledged(acknowledged(n));
        }
        let check = journal.to_check();
        let at_risk = 3 * KEPT - RECENT..3 * KEPT;
        let kept = check.receipts.iter().filter(|one| at_risk.contains(&one.asked.form)).count();
        assert_eq!(kept, RECENT);
        assert_eq!((check.perhaps, check.unacknowledged.len()), (1, 1));
    }
}
