//! Pain points.

use domain::{
    focus::Sample,
    pain_point::{Effect, Lift, Trend},
};
use proto::publication::v1 as wire;

pub(crate) fn trend_to_wire(trend: Trend) -> wire::PainTrend {
    match trend {
        Trend::Rising => wire::PainTrend::Rising,
        Trend::Falling => wire::PainTrend::Falling,
        Trend::Steady => wire::PainTrend::Steady,
        Trend::TooFew => wire::PainTrend::TooFew,
    }
}

pub(crate) fn effect_to_wire(effect: Effect) -> wire::ChangeEffect {
    match effect {
        Effect::Better => wire::ChangeEffect::Better,
        Effect::Worse => wire::ChangeEffect::Worse,
        Effect::Unchanged => wire::ChangeEffect::Unchanged,
        Effect::TooFew => wire::ChangeEffect::TooFew,
    }
}

pub(crate) fn share_to_wire(share: Sample) -> wire::PainShare {
    wire::PainShare { count: share.poor, ratings: share.ratings }
}

pub(crate) fn lift_to_wire(lift: &Lift) -> wire::PainLift {
    wire::PainLift {
        peers_count: lift.peers.poor,
        peers_ratings: lift.peers.ratings,
        percent: lift.percent,
        stands_out: lift.stands_out,
    }
}

/// A row's reason as the contract has it.
#[derive(Default)]
pub(crate) struct Named {
    /// A reason tag.
    pub(crate) reason_code: String,
    /// Where complaints came from.
    pub(crate) source: String,
    /// A word.
    pub(crate) word: String,
}

/// Which of the three a row's reason is.
pub(crate) fn named(kind: i16, reason: &str) -> Named {
    let (reason, none) = (reason.to_owned(), Named::default());
    match wire::PainKind::try_from(i32::from(kind)) {
        Ok(wire::PainKind::Complaint) => Named { source: reason, ..none },
        Ok(wire::PainKind::Word) => Named { word: reason, ..none },
        _ => Named { reason_code: reason, ..none },
    }
}
