//! Bulletins.

use domain::{bulletin::BulletinKind, report_period::ReportPeriod, violation::Violations};
use platform::{clock::instant, convert::to_wire};
use proto::publication::v1 as wire;
use uuid::Uuid;

use crate::entity::{bulletin::Header, bulletin_media, bulletin_release, column::day_of_column};

pub(crate) fn kind_to_wire(kind: BulletinKind) -> wire::BulletinKind {
    match kind {
        BulletinKind::Monthly => wire::BulletinKind::Monthly,
        BulletinKind::Quarterly => wire::BulletinKind::Quarterly,
        BulletinKind::Annual => wire::BulletinKind::Annual,
    }
}

/// A bulletin, but for its releases and media.
pub(crate) fn header_to_wire(row: &Header) -> wire::Bulletin {
    let first = ReportPeriod::parse(&row.period).map(ReportPeriod::first);
    wire::Bulletin {
        bulletin_id: row.id.to_string(),
        region_code: row.region_code.clone(),
        kind: row.kind.into(),
        period: row.period.clone(),
        from: first.map(|day| day.to_string()).unwrap_or_default(),
        to: day_of_column(row.last_day).to_string(),
        edition: row.edition.unsigned_abs(),
        corrects_bulletin_id: row.corrects.map(|id| id.to_string()).unwrap_or_default(),
        drafted_at: Some(to_wire(instant(row.drafted_at))),
        history_lost: row.history_lost,
        ..wire::Bulletin::default()
    }
}

pub(crate) fn release_to_wire(row: &bulletin_release::Model) -> wire::BulletinRelease {
    let withdrawn_at = Some(row.withdrawn_at).filter(|at| *at > 0);
    wire::BulletinRelease {
        audience: row.audience.into(),
        released_at: Some(to_wire(instant(row.released_at))),
        released_by: row.released_by.clone(),
        withdrawn_at: withdrawn_at.map(|at| to_wire(instant(at))),
        withdrawn_by: row.withdrawn_by.clone(),
        fault: row.fault.into(),
    }
}

pub(crate) fn media_to_wire(row: &bulletin_media::Model) -> wire::MediaRelease {
    wire::MediaRelease {
        outlet: row.outlet.clone(),
        released_on: day_of_column(row.released_on).to_string(),
        recorded_by: row.recorded_by.clone(),
        recorded_at: Some(to_wire(instant(row.recorded_at))),
    }
}

/// An identity in a request.
pub(crate) fn id(wrong: &mut Violations, field: &str, text: &str) -> Option<Uuid> {
    wrong.take(field, text.parse::<Uuid>().map_err(|_| "is no UUID"))
}

/// An audience in a request, which must be stated.
pub(crate) fn audience(wrong: &mut Violations, number: i32) -> Option<wire::BulletinAudience> {
    let stated = wire::BulletinAudience::try_from(number).ok();
    let stated = stated.filter(|stated| *stated != wire::BulletinAudience::Unspecified);
    wrong.take("audience", stated.ok_or("is no audience"))
}

/// What is wrong with a bulletin, in a request.
pub(crate) fn fault(wrong: &mut Violations, number: i32) -> Option<wire::BulletinFault> {
    let stated = wire::BulletinFault::try_from(number).ok();
    let stated = stated.filter(|stated| *stated != wire::BulletinFault::Unspecified);
    wrong.take("fault", stated.ok_or("is no fault"))
}

/// A kind in a request; none for all.
pub(crate) fn kind(wrong: &mut Violations, number: i32) -> i32 {
    let known = wire::BulletinKind::try_from(number).map_err(|_| "is unknown");
    wrong.take("kind", known).map(i32::from).unwrap_or_default()
}

/// A form in a request.
pub(crate) fn form(wrong: &mut Violations, number: i32) -> wire::BulletinForm {
    let known = wire::BulletinForm::try_from(number).map_err(|_| "is unknown");
    wrong.take("form", known).unwrap_or_default()
}
