//! When a rating is counted nowhere (T03, T07): 不予采纳 and 撤销 are told apart, a ground must be
//! one of the profile's, and it takes what the profile says.

use super::{
    AppealRefusal, Reason,
    duty::{follows_decision, in_turn, owner, undone},
};
use crate::profile::{ExclusionDuty, ExclusionGround, Office, Profile};

/// How a rating is counted nowhere; it stays on record in both cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExclusionKind {
    /// 不予采纳: it was a mistake, or malicious.
    Excluded,
    /// 撤销: its rater was right, but the cause was no service.
    Withdrawn,
}

/// The kind of an exclusion by its ground.
///
/// ```
/// use domain::{appeal::{ExclusionKind, kind_of}, profile::ExclusionGround};
/// assert_eq!(kind_of(ExclusionGround::MisTapped), ExclusionKind::Excluded);
/// assert_eq!(kind_of(ExclusionGround::SystemFault), ExclusionKind::Withdrawn);
/// ```
#[must_use]
pub fn kind_of(ground: ExclusionGround) -> ExclusionKind {
    match ground {
        ExclusionGround::Mistaken | ExclusionGround::MisTapped | ExclusionGround::Malicious => {
            ExclusionKind::Excluded
        }
        ExclusionGround::SystemFault | ExclusionGround::ObjectiveCause => ExclusionKind::Withdrawn,
    }
}

/// Whether the profile has a ground.
pub(super) fn is_ground(ground: ExclusionGround, profile: &Profile) -> Result<(), AppealRefusal> {
    let rule = &profile.exclusion;
    if rule.value.grounds.contains(&ground) {
        return Ok(());
    }
    let (allowed, clause) = (rule.value.grounds.to_vec(), rule.clause.clone());
    Err(AppealRefusal::Ground { ground, allowed, clause })
}

/// The duties that are on record when a step of the ticket excludes its ratings (T03): all that come
/// before the decision, and what the Authority knows by deciding itself.
#[must_use]
pub fn done_by_step(office: Office, profile: &Profile) -> Vec<ExclusionDuty> {
    let done = |duty: &ExclusionDuty| match duty {
        ExclusionDuty::NotifyAuthority => office == Office::Authority,
        duty => !follows_decision(*duty),
    };
    profile.exclusion.value.duties.iter().copied().filter(done).collect()
}

/// Whether every duty of an exclusion is on record.
#[must_use]
pub fn is_complete(done: &[ExclusionDuty], profile: &Profile) -> bool {
    undone(&profile.exclusion.value.duties, done).next().is_none()
}

/// Whether a duty after the decision of an exclusion that no appeal led to can be recorded now.
///
/// # Errors
/// [`AppealRefusal::Office`] with the office whose duty it is, or why it is not its turn.
pub fn next_duty(
    duty: ExclusionDuty,
    office: Office,
    done: &[ExclusionDuty],
    profile: &Profile,
) -> Result<(), AppealRefusal> {
    let command = super::AppealCommand::Record(duty);
    let owner = owner(duty, profile);
    if owner != office {
        return Err(AppealRefusal::Office { command, owner });
    }
    let refused = |reason: Reason| AppealRefusal::Duty { command, reason };
    in_turn(duty, &profile.exclusion.value.duties, done).map_err(refused)
}
