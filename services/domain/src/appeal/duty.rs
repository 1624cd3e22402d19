//! The duties of an exclusion (T03, T07): whose each is, whether it comes before the decision or
//! after it, and in which order. Each is a thing on record, with a date and a person.

use super::{Reason, decided_by, refusal::reason};
use crate::profile::{ExclusionDuty, Office, Profile};

/// Whether a duty follows the decision; the others come before it.
pub(super) fn follows_decision(duty: ExclusionDuty) -> bool {
    match duty {
        ExclusionDuty::NotifyAuthority
        | ExclusionDuty::FiledByAuthority
        | ExclusionDuty::CorrectedUpstream => true,
        ExclusionDuty::Verified
        | ExclusionDuty::OnAppeal
        | ExclusionDuty::InWriting
        | ExclusionDuty::ReviewedByAuthority => false,
    }
}

/// The office that does a duty. Whoever reports in writing has verified; otherwise whoever decides
/// verifies.
pub(super) fn owner(duty: ExclusionDuty, profile: &Profile) -> Office {
    match duty {
        ExclusionDuty::Verified => {
            let written = profile.exclusion.value.duties.contains(&ExclusionDuty::InWriting);
            if written { Office::HandlingAgency } else { decided_by(profile) }
        }
        ExclusionDuty::OnAppeal | ExclusionDuty::InWriting | ExclusionDuty::NotifyAuthority => {
            Office::HandlingAgency
        }
        ExclusionDuty::ReviewedByAuthority
        | ExclusionDuty::FiledByAuthority
        | ExclusionDuty::CorrectedUpstream => Office::Authority,
    }
}

/// The duties that are not on record yet, in their order.
pub(super) fn undone<'a>(
    duties: &'a [ExclusionDuty],
    done: &'a [ExclusionDuty],
) -> impl Iterator<Item = ExclusionDuty> + 'a {
    duties.iter().copied().filter(|duty| !done.contains(duty))
}

/// Whether a duty can be recorded next; why not, if it cannot.
pub(super) fn in_turn(
    duty: ExclusionDuty,
    duties: &[ExclusionDuty],
    done: &[ExclusionDuty],
) -> Result<(), Reason> {
    if !duties.contains(&duty) {
        return Err(reason::NO_SUCH_DUTY);
    }
    if done.contains(&duty) {
        return Err(reason::DONE_ALREADY);
    }
    let same = |other: &ExclusionDuty| follows_decision(*other) == follows_decision(duty);
    match undone(duties, done).find(same) {
        Some(next) if next == duty => Ok(()),
        _ => Err(reason::OUT_OF_ORDER),
    }
}

/// Whether a duty is only done with words: what was found.
#[must_use]
pub fn needs_note(duty: ExclusionDuty) -> bool {
    matches!(duty, ExclusionDuty::Verified | ExclusionDuty::ReviewedByAuthority)
}

/// Whether a duty is a paper, and so has a number: a written report, or what went to an upper
/// system.
#[must_use]
pub fn needs_number(duty: ExclusionDuty) -> bool {
    matches!(duty, ExclusionDuty::InWriting | ExclusionDuty::CorrectedUpstream)
}

/// The name of the command that records a duty.
pub(super) fn name(duty: ExclusionDuty) -> &'static str {
    match duty {
        ExclusionDuty::Verified => "record verification",
        ExclusionDuty::OnAppeal => "record appeal",
        ExclusionDuty::InWriting => "record written report",
        ExclusionDuty::NotifyAuthority => "record notification",
        ExclusionDuty::ReviewedByAuthority => "record review",
        ExclusionDuty::FiledByAuthority => "record filing",
        ExclusionDuty::CorrectedUpstream => "record correction upstream",
    }
}
