//! Lists who was at the bottom in consecutive periods (连续末位).

use domain::violation::Violations;
use platform::{auth::Authority, page::Page};
use proto::publication::v1::{Dimension, ListBottomRunsRequest, ListBottomRunsResponse};

use crate::{
    app::{
        appraisal::{About, LOOKED_BACK, bottom_runs},
        ranking::answer::cut,
    },
    error::Error,
    state::Publication,
};

/// What can be at the bottom.
const APPRAISED: [Dimension; 4] =
    [Dimension::Agency, Dimension::Hall, Dimension::Window, Dimension::Staff];

pub(crate) async fn run(
    publication: &Publication,
    caller: Authority,
    request: ListBottomRunsRequest,
) -> Result<ListBottomRunsResponse, Error> {
    let mut wrong = Violations::default();
    let dimension = Dimension::try_from(request.dimension).unwrap_or_default();
    let is_appraised = APPRAISED.contains(&dimension);
    wrong.require(is_appraised, "dimension", "is no agency, hall, window or staff");
    let about = About::read(&mut wrong, &request.region_code, &request.period);
    wrong.require(request.at_least <= LOOKED_BACK, "at_least", "is more than 12");
    let page = Page::read(&mut wrong, "ListBottomRuns", request.page_size, &request.page_token);
    let Some(about) = wrong.finish(about)? else { return Err(Violations::default().into()) };
    about.admit(publication, &caller)?;
    let at_least = if request.at_least == 0 { 2 } else { request.at_least };
    let at_least = usize::try_from(at_least).unwrap_or(usize::MAX);
    let all = bottom_runs(publication, &caller, &about, dimension, at_least).await?;
    let (runs, next_page_token) = cut(&page, &all);
    Ok(ListBottomRunsResponse { runs: runs.into_iter().cloned().collect(), next_page_token })
}

#[cfg(test)]
mod tests;
