//! Reviews: what several RPCs read, write and count.

use std::collections::BTreeMap;

use domain::{
    codes::RegionCode,
    deadline::{end_of, iso_date},
    organization::UnitKind,
    review::{DayRange, Review, ReviewSource},
    violation::{Violations, identifier},
};
use jiff::civil::Date;
use platform::convert::{level, level_to_wire, unit::unit_kind};
use proto::intake::v1::{AgencyCount, LevelCount, RecordReviewRequest, ReviewCounts, SourceCount};
use sea_orm::ConnectionTrait;

use crate::{
    Intake,
    convert::{
        self, given, meaning, number,
        review::{ASSESSORS, ReviewWords, SOURCES, enclosures},
        to_column,
    },
    entity::review,
    error::Error,
    store::review::{ReviewQuery, Span, shares},
};

/// The instants of days.
pub(crate) fn span(days: DayRange) -> Span {
    let before = days.from.yesterday().ok().and_then(end_of);
    let start = before.map_or(i64::MIN, |at| at.as_microsecond());
    start..end_of(days.to).map_or(i64::MAX, |at| at.as_microsecond())
}

/// The counts of a region's period.
pub(crate) async fn count(
    connection: &impl ConnectionTrait,
    region: &RegionCode,
    period: DayRange,
) -> Result<ReviewCounts, Error> {
    let wanted = ReviewQuery {
        region: region.clone(),
        taken_in: Some(span(period)),
        source: None,
        agency_id: None,
    };
    let mut counts = ReviewCounts::default();
    let mut sources = BTreeMap::<i16, u64>::new();
    let mut agencies = BTreeMap::<String, u64>::new();
    // Those without a level come last.
    let mut levels = BTreeMap::<(bool, i16), u64>::new();
    for (source, agency, level, wants_ticket, n) in shares(connection, wanted).await? {
        let n = n.unsigned_abs();
        counts.total += n;
        counts.wants_ticket += if wants_ticket { n } else { 0 };
        *sources.entry(source).or_default() += n;
        *agencies.entry(agency.unwrap_or_default()).or_default() += n;
        *levels.entry((level.is_none(), level.unwrap_or_default())).or_default() += n;
    }
    let source = |(source, count)| SourceCount { source: i32::from(source), count };
    counts.by_source = sources.into_iter().map(source).collect();
    let agency = |(agency_id, count)| AgencyCount { agency_id, count };
    counts.by_agency = agencies.into_iter().map(agency).collect();
    counts.by_agency.sort_by_key(|agency| std::cmp::Reverse(agency.count));
    let level = |((_, level), count)| LevelCount { level: i32::from(level), count };
    counts.by_level = levels.into_iter().map(level).collect();
    Ok(counts)
}

/// Reads a review from any source, and notes all that is wrong with it.
pub(crate) async fn read(
    intake: &Intake,
    mut wrong: Violations,
    source: Option<ReviewSource>,
    request: &RecordReviewRequest,
    today: Date,
) -> Result<Review, Error> {
    let subject = request.subject.clone().unwrap_or_default();
    let region = region(intake, &mut wrong, "subject.region_code", &subject.region_code, today);
    let agencies: &[_] = &[UnitKind::Agency];
    let places: &[_] = &[UnitKind::Hall, UnitKind::Window, UnitKind::Platform];
    let named: Vec<NamedUnit<'_>> = [
        ("subject.agency_id", &subject.agency_id, agencies),
        ("subject.unit_id", &subject.unit_id, places),
    ]
    .into_iter()
    .filter(|(_, id, _)| !id.is_empty())
    .map(|(field, id, kinds)| (field.to_owned(), id.as_str(), kinds))
    .collect();
    known_units(intake, &mut wrong, &named, region.as_deref(), today).await?;
    let mut agency_id = given(&subject.agency_id);
    if !subject.item_code.is_empty()
        && wrong.take("subject.item_code", identifier(&subject.item_code)).is_some()
    {
        let item = intake.reference.item(&subject.item_code, None).await?;
        wrong.require(item.is_some(), "subject.item_code", "is not known here");
        // The list of duties (职责清单, T18): the catalog says whose matter it is.
        if let Some(item) = item.filter(|_| request.wants_ticket && agency_id.is_none()) {
            agency_id = given(&item.content.agency_id);
        }
    }
    let due = Some(request.hotline_due_on.as_str()).filter(|day| !day.is_empty());
    let hotline_due_on = wrong.take("hotline_due_on", due.map(iso_date).transpose()).flatten();
    let stated = (request.level != 0).then(|| level(request.level)).transpose();
    let level = wrong.take("level", stated).flatten();
    let said_on = wrong.take("said_on", iso_date(&request.said_on));
    let kind = (request.assessor_kind != 0).then(|| meaning(&ASSESSORS, request.assessor_kind));
    let assessor_kind = wrong.take("assessor_kind", kind.transpose()).flatten();
    let review = Review {
        // Missing fields were noted; these values only let the rest be checked too.
        source: source.unwrap_or(ReviewSource::App),
        region_code: region.unwrap_or_default(),
        agency_id,
        item_code: given(&subject.item_code),
        unit_id: given(&subject.unit_id),
        level,
        text: request.text.clone(),
        contact: request.contact.clone(),
        real_name: request.real_name,
        private: request.private,
        wants_ticket: request.wants_ticket,
        said_on: said_on.unwrap_or(today),
        body: request.body.clone(),
        assessor_kind,
        original_number: given(&request.original_number),
        enclosures: enclosures(&request.enclosures),
        hotline_due_on,
    };
    review.check(&mut wrong, today);
    Ok(wrong.finish(review)?)
}

/// A region served here, in its shortest form.
pub(crate) fn region(
    intake: &Intake,
    wrong: &mut Violations,
    field: &str,
    code: &str,
    today: Date,
) -> Option<String> {
    let region = wrong.take(field, RegionCode::parse(code))?;
    let served = intake.reference.now().profile_on(region.as_str(), today).is_some();
    wrong.require(served, field, "is not served here");
    Some(region.as_str().to_owned())
}

/// A named unit: the field, its id, and its allowed kinds.
pub(crate) type NamedUnit<'a> = (String, &'a str, &'a [UnitKind]);

/// Notes units that do not exist, have another kind, or belong neither to the region nor to one
/// above or below it. The caller has checked their number; all that are not known here are looked
/// up at once.
pub(crate) async fn known_units(
    intake: &Intake,
    wrong: &mut Violations,
    named: &[NamedUnit<'_>],
    region: Option<&str>,
    today: Date,
) -> Result<(), Error> {
    let snapshot = intake.reference.now();
    let new = |id: &str| identifier(id).is_ok() && !snapshot.knows_unit(id);
    if named.iter().any(|(_, id, _)| new(id)) {
        intake.reference.refresh().await?;
    }
    let snapshot = intake.reference.now();
    let region = region.and_then(|region| RegionCode::parse(region).ok());
    for (field, id, kinds) in named {
        if wrong.take(field, identifier(id)).is_none() {
            continue;
        }
        let fits = |kind: &UnitKind| kinds.contains(kind);
        let unit = snapshot.unit(id, today);
        let unit = unit.filter(|unit| unit_kind(unit.kind).is_ok_and(|kind| fits(&kind)));
        wrong.require(unit.is_some(), field, "is not known here, or of another kind");
        if let (Some(unit), Some(region)) = (unit, &region) {
            let own = RegionCode::parse(&unit.region_code);
            let in_line = own.is_ok_and(|own| own.is_in_line_with(region));
            wrong.require(in_line, field, "is of another region");
        }
    }
    Ok(())
}

/// A new review's row.
pub(crate) fn to_row(
    intake: &Intake,
    review: &Review,
    at: jiff::Timestamp,
) -> Result<review::Model, Error> {
    let id = intake.shell.clock.new_id();
    let assessor = review.assessor_kind.map(|kind| number(&ASSESSORS, kind));
    let enclosures = review.enclosures.iter().map(|enclosure| proto::intake::v1::Enclosure {
        name: enclosure.name.clone(),
        sha256: enclosure.sha256.clone(),
        size: enclosure.size,
    });
    let words = ReviewWords {
        text: review.text.clone(),
        contact: review.contact.clone(),
        body: review.body.clone(),
        assessor_kind: assessor.unwrap_or_default(),
        enclosures: enclosures.collect(),
    };
    Ok(review::Model {
        id,
        source: to_column(number(&SOURCES, review.source)),
        region_code: review.region_code.clone(),
        agency_id: review.agency_id.clone(),
        item_code: review.item_code.clone(),
        unit_id: review.unit_id.clone(),
        level: review.level.map(|level| to_column(level_to_wire(level))),
        real_name: review.real_name,
        private: review.private,
        wants_ticket: review.wants_ticket,
        said_on: review.said_on.to_string(),
        original_number: review.original_number.clone(),
        content: convert::seal(&intake.shell.sealer, "review.content", id, &words)?,
        content_hash: None,
        recorded_by: None,
        recorded_region: None,
        network: None,
        received_at: at.as_microsecond(),
        hotline_due_on: review.hotline_due_on.map(|day| day.to_string()),
    })
}
