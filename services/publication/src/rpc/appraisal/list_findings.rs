//! Lists what was found true of units and staff, the newest day first (P07).

use domain::{
    deadline::iso_date,
    violation::{Violations, identifier},
};
use jiff::civil::Date;
use platform::{auth::Authority, page::Page};
use proto::publication::v1::{FindingKind, ListFindingsRequest, ListFindingsResponse};

use crate::{
    convert::appraisal::finding_to_wire,
    entity::column::{column, day_to_column},
    error::Error,
    state::Publication,
    store::appraisal::{self, FindingQuery},
};

pub(crate) async fn run(
    publication: &Publication,
    caller: Authority,
    request: ListFindingsRequest,
) -> Result<ListFindingsResponse, Error> {
    let mut wrong = Violations::default();
    let from = wrong.take("from", iso_date(&request.from)).unwrap_or(Date::MIN);
    let to = wrong.take("to", iso_date(&request.to)).unwrap_or(Date::MAX);
    wrong.require(from <= to, "to", "lies before from");
    wrong.take("subject_id", identifier(&request.subject_id));
    wrong.take("agency_id", identifier(&request.agency_id));
    let kind = FindingKind::try_from(request.kind).map_err(|_| "is unknown");
    let kind = wrong.take("kind", kind).filter(|kind| *kind != FindingKind::Unspecified);
    let page = Page::read(&mut wrong, "ListFindings", request.page_size, &request.page_token);
    wrong.finish(())?;
    let given = |id: String| Some(id).filter(|id| !id.is_empty());
    let officer = caller.officer();
    let query = FindingQuery {
        region: officer.region().to_owned(),
        reader: officer.id().to_owned(),
        from: day_to_column(from),
        to: day_to_column(to),
        subject_id: given(request.subject_id),
        agency_id: given(request.agency_id),
        kind: kind.map(|kind| column(kind.into())),
        before: page.after,
        limit: page.read_size(),
    };
    let mut rows = appraisal::list(publication.store.read(), &query).await?;
    let next_page_token = page.cut(&mut rows, |row| (row.day, row.id));
    Ok(ListFindingsResponse {
        findings: rows.iter().map(finding_to_wire).collect(),
        next_page_token,
    })
}

#[cfg(test)]
mod tests;
