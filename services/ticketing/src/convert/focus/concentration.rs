//! A comparison of one object with the rest of its region.

use domain::{
    focus::{BottomRank, Complaints, Concentration, LastingBottom, Sample, Verdict, Window},
    level::Level,
    profile::{KeyTargetTrigger, RatedObject},
};
use platform::convert::level_to_wire;
use proto::{ticketing::v1 as wire, r#type::v1::FocusKind};

/// What can be rated, as a kind; none if nothing of it is counted.
pub(crate) fn kind_of(object: RatedObject) -> Option<FocusKind> {
    match object {
        RatedObject::Staff => Some(FocusKind::Staff),
        RatedObject::Agency => Some(FocusKind::Agency),
        RatedObject::BusinessLine => Some(FocusKind::Line),
        RatedObject::Region => Some(FocusKind::Region),
        RatedObject::Platform | RatedObject::Hall | RatedObject::Window => None,
    }
}

/// An object and its tag from what is counted: of one reason at one item both, with a blank.
pub(crate) fn object_of(kind: FocusKind, counted: &str) -> (&str, &str) {
    match kind {
        FocusKind::ItemTag => counted.split_once(' ').unwrap_or((counted, "")),
        _ => (counted, ""),
    }
}

/// A comparison on the wire; `poor` says in Chinese which ratings are meant.
pub(crate) fn concentration_to_wire(
    kind: FocusKind,
    counted: &str,
    level: Level,
    poor: &str,
    told: &Concentration,
) -> wire::Concentration {
    let (object_id, tag_code) = object_of(kind, counted);
    let (low, high) = told.own.interval();
    wire::Concentration {
        kind: kind.into(),
        object_id: object_id.to_owned(),
        tag_code: tag_code.to_owned(),
        trigger: match told.trigger {
            KeyTargetTrigger::Concentrated => wire::FocusTrigger::Concentrated,
            KeyTargetTrigger::Repeated => wire::FocusTrigger::Repeated,
        }
        .into(),
        level: level_to_wire(level).into(),
        from: told.window.from.to_string(),
        until: told.window.until.to_string(),
        own: Some(sample_to_wire(told.own)),
        rest: Some(sample_to_wire(told.rest)),
        interval_low_basis_points: basis_points(low),
        interval_high_basis_points: basis_points(high),
        compared: told.compared,
        p: told.p,
        threshold: told.threshold(),
        verdict: verdict_to_wire(told.verdict).into(),
        explanation: told.words(poor),
        complaints: None,
    }
}

/// A comparison of complaints on the wire.
pub(crate) fn complaints_to_wire(
    kind: FocusKind,
    object_id: &str,
    told: &Complaints,
) -> wire::Concentration {
    wire::Concentration {
        kind: kind.into(),
        object_id: object_id.to_owned(),
        trigger: wire::FocusTrigger::Concentrated.into(),
        from: told.window.from.to_string(),
        until: told.window.until.to_string(),
        compared: told.compared,
        p: told.p(),
        threshold: told.threshold(),
        verdict: verdict_to_wire(told.verdict).into(),
        explanation: told.words(),
        complaints: Some(wire::ComplaintFigures {
            days_before: told.days_before.unsigned_abs(),
            own_now: told.own.now,
            own_before: told.own.before,
            rest_now: told.rest.now,
            rest_before: told.rest.before,
            p_own: told.p_own,
            p_rest: told.p_rest,
        }),
        ..wire::Concentration::default()
    }
}

/// Lasting bottom ranks on the wire; `months` are those that were ranked, the oldest first.
pub(crate) fn ranks_to_wire(
    told: &LastingBottom,
    months: &[Window],
    level: Level,
    poor: &str,
) -> wire::LastingBottomRank {
    let name = |month: &Window| month.from.strftime("%Y-%m").to_string();
    let names: Vec<String> = months.iter().map(name).collect();
    let rank = |(rank, month): (&BottomRank, &String)| wire::BottomRank {
        month: month.clone(),
        own: Some(sample_to_wire(rank.own)),
        rest: Some(sample_to_wire(rank.rest)),
        shrunk_basis_points: basis_points(rank.share),
        tied: rank.tied,
        ranked: rank.ranked,
        p: rank.p,
    };
    wire::LastingBottomRank {
        staff_id: told.staff_id.clone(),
        months: told.months.iter().zip(&names).map(rank).collect(),
        level: level_to_wire(level).into(),
        compared: told.compared,
        p: told.p,
        threshold: told.threshold(),
        explanation: told.words(&names, poor),
    }
}

fn verdict_to_wire(verdict: Verdict) -> wire::FocusVerdict {
    match verdict {
        Verdict::Found => wire::FocusVerdict::Found,
        Verdict::TooFew => wire::FocusVerdict::TooFew,
        Verdict::NoBaseline => wire::FocusVerdict::NoBaseline,
        Verdict::WithinChance => wire::FocusVerdict::WithinChance,
        Verdict::SmallExcess => wire::FocusVerdict::SmallExcess,
    }
}

/// The object's ratings in a comparison that was kept.
pub(crate) fn sample_of(kept: Option<&wire::Concentration>) -> Sample {
    let own = kept.and_then(|kept| kept.own).unwrap_or_default();
    Sample { poor: own.poor, ratings: own.ratings }
}

fn sample_to_wire(sample: Sample) -> wire::RatingSample {
    wire::RatingSample { poor: sample.poor, ratings: sample.ratings }
}

#[expect(clippy::cast_possible_truncation, reason = "a share is from 0 to 1")]
#[expect(clippy::cast_sign_loss, reason = "a share is from 0 to 1")]
fn basis_points(share: f64) -> u32 {
    (share * 10_000.0).round() as u32
}
