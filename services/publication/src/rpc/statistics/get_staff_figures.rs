//! Reads the figures of an agency's window staff, for its officers and those of its Authority.

use domain::{
    codes::RegionCode,
    deadline::iso_date,
    violation::{Violations, identifier},
};
use jiff::civil::Date;
use platform::{auth::Officer, page::Page};
use proto::publication::v1::{Dimension, Figures, GetStaffFiguresRequest, GetStaffFiguresResponse};

use crate::{
    app::statistics::answer,
    error::{Error, StatisticsError},
    state::Publication,
    store::{
        self,
        statistics::{
            dimensions::staff_key,
            figures::{FigureQuery, Keys},
        },
    },
};

pub(crate) async fn run(
    publication: &Publication,
    caller: Officer,
    request: GetStaffFiguresRequest,
) -> Result<GetStaffFiguresResponse, Error> {
    let mut wrong = Violations::default();
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    wrong.take("agency_id", identifier(&request.agency_id));
    wrong.require(!request.agency_id.is_empty(), "agency_id", "is missing");
    let from = wrong.take("from", iso_date(&request.from)).unwrap_or(Date::MIN);
    let to = wrong.take("to", iso_date(&request.to)).unwrap_or(Date::MAX);
    wrong.require(from <= to, "to", "lies before from");
    let page: Page<String> =
        Page::read(&mut wrong, "GetStaffFigures", request.page_size, &request.page_token);
    let Some(region) = wrong.finish(region)? else {
        return Err(Violations::default().into());
    };
    let own = caller.agency().is_none_or(|agency| agency == request.agency_id);
    if !own || !caller.reaches(region.as_str()) {
        return Err(StatisticsError::AgencyNotFound.into());
    }
    let read = publication.store.read();
    if store::statistics::fold::is_outdated(read).await? {
        return Err(StatisticsError::NotRebuilt.into());
    }
    let staff_of_agency = staff_key(region.as_str(), &request.agency_id, "");
    let wanted = FigureQuery {
        dimension: Dimension::Staff,
        after: page.after.as_ref().map(|after| format!("{staff_of_agency}{after}")),
        keys: Keys::Below(staff_of_agency.clone()),
        channel: 0,
        from,
        to,
        limit: page.read_size(),
    };
    let figures = store::statistics::figures::figures(read, &wanted).await?;
    let known = publication.reference.now();
    let profile = known.profile_on(region.as_str(), to);
    let rows = figures.into_iter().map(|(key, counts)| {
        let staff_id = key.strip_prefix(&staff_of_agency).unwrap_or(&key).to_owned();
        answer::row(Dimension::Staff, staff_id, &counts, profile)
    });
    let mut rows: Vec<Figures> = rows.collect();
    let next_page_token = page.cut(&mut rows, |row| row.key.clone());
    Ok(GetStaffFiguresResponse { rows, next_page_token })
}

#[cfg(test)]
mod tests;
