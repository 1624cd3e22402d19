//! What the tests of the appraisal share: callers, and judgements.

use platform::{
    auth::{Authority, Caller},
    convert::to_wire,
    testing::{AGENCY, REGION, principal},
};
use proto::{
    fact::v1::{RestrictedMatterDecided, SignalJudged, fact::Body},
    r#type::v1::{RestrictedKind, SignalKind, SignalSubject},
};

use crate::rpc::testing::Fixture;

pub(crate) fn authority(id: &str, region: &str) -> Authority {
    principal(id, Caller::Authority { region: region.to_owned() })
}

/// A signal of faked praise, judged.
pub(crate) async fn judge(
    fixture: &Fixture,
    (subject, id): (SignalSubject, &str),
    day: &str,
    found_true: bool,
) {
    let judged = SignalJudged {
        signal_id: fixture.publication.shell.clock.new_id().to_string(),
        kind: SignalKind::FasterThanAHand.into(),
        subject: subject.into(),
        subject_id: id.to_owned(),
        region_code: REGION.to_owned(),
        agency_id: AGENCY.to_owned(),
        found_true,
        at: Some(to_wire(format!("{day}T04:00:00Z").parse().unwrap())),
    };
    fixture.apply(Body::SignalJudged(judged)).await;
}

/// A restricted matter of the agency, upheld.
pub(crate) async fn uphold(fixture: &Fixture, kind: RestrictedKind, day: &str) {
    let decided = RestrictedMatterDecided {
        matter_id: fixture.publication.shell.clock.new_id().to_string(),
        region_code: REGION.to_owned(),
        kind: kind.into(),
        upheld: true,
        at: Some(to_wire(format!("{day}T04:00:00Z").parse().unwrap())),
        unit_id: AGENCY.to_owned(),
    };
    fixture.apply(Body::RestrictedMatterDecided(decided)).await;
}
