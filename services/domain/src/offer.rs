//! Which services are offered a rating (I03, I11, I12): a profile's rules for on-site and online
//! service, immediate and committed cases, and packages.

use jiff::Timestamp;

use crate::{
    calendar::{Calendar, OutOfRange},
    case::Stage,
    deadline::Deadline,
    item,
    profile::{self, Profile, RatingUnit},
};

/// How a service was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// 现场办理: in a hall, at a window.
    OnSite,
    /// 网上办理: from application to result.
    Online,
    /// 自助服务终端办理: on site, without a window.
    Kiosk,
}

/// One service, with the data that decide whether it is offered a rating.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// How it was given.
    pub mode: Mode,
    /// The kind of case it belongs to.
    pub kind: item::CaseKind,
    /// Whether the case is a package (套餐式服务).
    pub package: bool,
    /// Whether the case was completed at its acceptance (当场办结).
    pub on_the_spot: bool,
    /// The stage.
    pub stage: Stage,
    /// Which service at that stage, from 1.
    pub number: u32,
}

/// The stages in the order in which ratings are spread over them: one rating is after completion,
/// two are after acceptance and completion (GX9).
const SPREAD: [Stage; 4] = [Stage::Completion, Stage::Acceptance, Stage::Approval, Stage::Issuance];

/// Whether a service can be rated at all: where every stage can (CJ), this includes services that
/// nobody is asked about.
#[must_use]
pub fn is_rateable(profile: &Profile, service: &Service) -> bool {
    decide(profile, service, profile.every_stage_rateable.value)
}

/// Whether a service is offered a rating: its receiver is asked, and it counts for participation.
#[must_use]
pub fn is_offered(profile: &Profile, service: &Service) -> bool {
    decide(profile, service, false)
}

/// Where every stage can be rated (CJ), each reported one can, even if they are few visits.
/// Otherwise the most specific rule decides: for packages, for cases rated once only, for the kind
/// of case; without any of them, the rule for on-site or online service.
fn decide(profile: &Profile, service: &Service, every_stage: bool) -> bool {
    if every_stage {
        return true;
    }
    // Accepted and completed at once is one service, and so one rating (I03).
    if service.on_the_spot && !service.package && service.stage == Stage::Acceptance {
        return false;
    }
    let first = service.number == 1;
    let unit =
        if service.mode == Mode::Online { &profile.online_unit } else { &profile.on_site_unit };
    let counted = unit.value == RatingUnit::Service || first;
    if let Some(package) = profile.package_rating.as_ref().filter(|_| service.package) {
        let listed = package.value.stages.contains(&service.stage);
        return composite(profile, service) || listed && counted;
    }
    if profile.once_on_completion.as_ref().is_some_and(|kinds| is_among(&kinds.value, service)) {
        return service.stage == Stage::Completion && first;
    }
    let spread =
        |ratings: u32| SPREAD.iter().zip(0..ratings).any(|(stage, _)| *stage == service.stage);
    let rated_on = match service.mode {
        Mode::OnSite | Mode::Kiosk => &profile.on_site_rated_on,
        Mode::Online => &profile.online_rated_on,
    };
    let otherwise = rated_on.value.contains(&service.stage);
    match service.kind {
        item::CaseKind::Immediate => match &profile.immediate_case_ratings {
            Some(exactly) => spread(exactly.value) && first,
            None => otherwise && counted,
        },
        item::CaseKind::Committed => {
            let at_least = profile.committed_case_ratings_min.as_ref();
            (otherwise || at_least.is_some_and(|min| spread(min.value))) && counted
        }
    }
}

/// Whether the offered rating is the composite rating of a package (综合评价): one for the whole,
/// on completion, that counts for all agencies and regions involved (GX10).
#[must_use]
pub fn composite(profile: &Profile, service: &Service) -> bool {
    let rule = profile.package_rating.as_ref().filter(|_| service.package);
    rule.is_some_and(|rule| rule.value.composite)
        && service.stage == Stage::Completion
        && service.number == 1
}

/// The window of a service act (I06); none if it can always be rated.
///
/// It runs from the act itself, whatever event the profile names. Where it names two, acceptance or
/// completion (GX8), each of them is an act with its own rating: the window of the first runs from
/// acceptance, that of the second from completion, and neither waits.
///
/// # Errors
/// [`OutOfRange`] if it reaches a year without a known calendar.
pub fn window(
    profile: &Profile,
    served_at: Timestamp,
    calendar: &Calendar,
) -> Result<Option<Deadline>, OutOfRange> {
    let rule = profile.rating_window.as_ref();
    rule.map(|ruled| ruled.value.due(served_at, calendar)).transpose()
}

/// Whether a service belongs to a case that is rated once only (HY10).
fn is_among(kinds: &[profile::OnceRatedCase], service: &Service) -> bool {
    kinds.iter().any(|kind| match kind {
        profile::OnceRatedCase::FullyOnline => service.mode == Mode::Online,
        profile::OnceRatedCase::Kiosk => service.mode == Mode::Kiosk,
        profile::OnceRatedCase::OnTheSpot => service.on_the_spot,
    })
}
