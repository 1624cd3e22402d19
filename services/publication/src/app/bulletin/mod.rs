//! Bulletins: what one says, how it is kept, and who sees how much of it.

pub(crate) mod compose;
mod html;
mod pdf;
mod report;
pub(crate) mod view;

use domain::{bulletin::BulletinKind, report_period::ReportPeriod};
use jiff::Timestamp;
use platform::{auth::Officer, database::Txn, facts::basis::Basis};
use prost::Message as _;
use proto::publication::v1::{
    Bulletin, BulletinAgency, BulletinAudience, BulletinCase, BulletinContent, BulletinForm,
};
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::{
    convert::bulletin::{header_to_wire, kind_to_wire, media_to_wire, release_to_wire},
    entity::{
        bulletin::{self, Header},
        column::{column, day_to_column},
    },
    error::{Error, bulletin::BulletinError},
    facts::FOLDED,
    state::Publication,
    store::bulletin as store,
};

/// A draft that is ready to be kept.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) region_code: String,
    pub(crate) period: ReportPeriod,
    pub(crate) content: BulletinContent,
    /// The facts it was counted from.
    pub(crate) bases: [Basis; FOLDED.len()],
}

/// Keeps a draft as the edition after `before`; none if somebody else has kept that one.
///
/// # Errors
/// [`BulletinError::HistoryLost`] if facts it was counted from were taken back since: it is to be drafted
/// anew.
pub(crate) async fn keep(
    txn: &Txn,
    (id, at): (Uuid, Timestamp),
    draft: &Draft,
    before: Option<&Header>,
) -> Result<Option<Header>, Error> {
    for basis in draft.bases {
        if !basis.stands(txn).await? {
            return Err(BulletinError::HistoryLost.into());
        }
    }
    let position = |position: u64| i64::try_from(position).unwrap_or(i64::MAX);
    let row = bulletin::Model {
        id,
        region_code: draft.region_code.clone(),
        kind: column(kind_to_wire(BulletinKind::of(draft.period)).into()),
        period: draft.period.to_string(),
        last_day: day_to_column(draft.period.last()),
        edition: before.map_or(0, |before| before.edition) + 1,
        corrects: before.map(|before| before.id),
        drafted_at: at.as_microsecond(),
        intake_position: position(draft.content.intake_position),
        ticketing_position: position(draft.content.ticketing_position),
        history_lost: false,
        content: draft.content.encode_to_vec(),
    };
    if !store::insert(txn, row).await? {
        return Ok(None);
    }
    Ok(store::header(txn, id).await?)
}

/// What a bulletin says, as it was drafted.
pub(crate) async fn content(
    connection: &impl ConnectionTrait,
    id: Uuid,
) -> Result<BulletinContent, DbErr> {
    let bytes = store::content(connection, id).await?;
    let content = BulletinContent::decode(bytes.as_slice());
    content.map_err(|error| DbErr::Type(format!("bulletin {id}: {error}")))
}

/// What a bulletin tells now: as it was drafted, without the tickets that have become private since.
pub(crate) async fn told(
    connection: &impl ConnectionTrait,
    id: Uuid,
) -> Result<BulletinContent, DbErr> {
    let mut said = content(connection, id).await?;
    let id_of = |case: &BulletinCase| case.ticket_id.parse::<Uuid>().unwrap_or_default();
    let cases = said.good_cases.iter().chain(&said.adverse_cases);
    let open = store::sources::open(connection, cases.map(id_of)).await?;
    said.good_cases.retain(|case| open.contains(&id_of(case)));
    said.adverse_cases.retain(|case| open.contains(&id_of(case)));
    Ok(said)
}

/// A bulletin of a region that an officer works for or is above.
pub(crate) async fn seen(
    connection: &impl ConnectionTrait,
    id: Uuid,
    officer: &Officer,
) -> Result<Header, Error> {
    let header = store::header(connection, id).await?;
    let header = header.filter(|header| officer.reaches(&header.region_code));
    header.ok_or(BulletinError::NotFound.into())
}

/// A bulletin as the officers of the Authority see it.
pub(crate) async fn whole(
    connection: &impl ConnectionTrait,
    header: &Header,
) -> Result<Bulletin, DbErr> {
    let mut releases = store::releases(connection, [header.id]).await?;
    releases.sort_by_key(|release| release.audience);
    let (region, period) = (&header.region_code, &header.period);
    let newest = store::newest(connection, region, period, None).await?;
    let media = store::media(connection, header.id).await?;
    Ok(Bulletin {
        newest_bulletin_id: other_than(header, newest),
        releases: releases.iter().map(release_to_wire).collect(),
        media: media.iter().map(media_to_wire).collect(),
        ..header_to_wire(header)
    })
}

/// The same as those see it whom it was released to: without who did it, and without media, and with no
/// other release than their own.
pub(crate) async fn for_audience(
    connection: &impl ConnectionTrait,
    header: &Header,
    audience: BulletinAudience,
) -> Result<Bulletin, DbErr> {
    let (region, period) = (&header.region_code, &header.period);
    let newest = store::newest(connection, region, period, Some(audience)).await?;
    let mut bulletin = whole(connection, header).await?;
    bulletin.newest_bulletin_id = other_than(header, newest);
    without_persons(&mut bulletin, Some(audience));
    Ok(bulletin)
}

/// Takes out of a bulletin what only the Authority sees.
pub(crate) fn without_persons(bulletin: &mut Bulletin, open_to: Option<BulletinAudience>) {
    bulletin.media.clear();
    bulletin
        .releases
        .retain(|release| open_to.is_none_or(|audience| release.audience() == audience));
    for release in &mut bulletin.releases {
        release.released_by.clear();
        release.withdrawn_by.clear();
    }
}

fn other_than(header: &Header, newest: Option<Header>) -> String {
    let other = newest.filter(|newest| newest.id != header.id);
    other.map(|newest| newest.id.to_string()).unwrap_or_default()
}

/// A page of bulletins: with what only the Authority sees, or as those see it whom they are open to.
pub(crate) async fn listed(
    connection: &impl ConnectionTrait,
    rows: &[Header],
    is_authority: bool,
    open_to: Option<BulletinAudience>,
) -> Result<Vec<Bulletin>, DbErr> {
    let mut releases = store::releases(connection, rows.iter().map(|row| row.id)).await?;
    releases.sort_by_key(|release| release.audience);
    let bulletin = |row: &Header| {
        let own = releases.iter().filter(|release| release.bulletin_id == row.id);
        let own = own.map(release_to_wire).collect();
        let mut bulletin = Bulletin { releases: own, ..header_to_wire(row) };
        if !is_authority {
            without_persons(&mut bulletin, open_to);
        }
        bulletin
    };
    Ok(rows.iter().map(bulletin).collect())
}

/// A bulletin in a form; empty if none is asked for. `own` is the reader's own part, if they have one.
///
/// # Errors
/// [`BulletinError::Busy`] if too many wait for a PDF.
pub(crate) async fn document(
    publication: &Publication,
    form: BulletinForm,
    (bulletin, content): (&Bulletin, &BulletinContent),
    audience: BulletinAudience,
    own: Option<&BulletinAgency>,
) -> Result<Vec<u8>, Error> {
    let report = || report::report(bulletin, content, audience, own);
    match form {
        BulletinForm::Unspecified => Ok(Vec::new()),
        BulletinForm::Html => Ok(html::html(&report()).into_bytes()),
        BulletinForm::Pdf => {
            let report = report();
            // All that it says: two that say the same are the same file.
            let said = format!("{report:?}").into_bytes();
            let make = move || pdf::pdf(&report).map_err(|error| error.to_string());
            publication.press.print(said, make).await
        }
    }
}
