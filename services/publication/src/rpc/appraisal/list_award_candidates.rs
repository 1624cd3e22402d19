//! Lists who can be proposed for an award (最佳服务窗口、最佳服务之星).

use domain::violation::Violations;
use platform::{auth::Authority, page::Page};
use proto::publication::v1::{Award, ListAwardCandidatesRequest, ListAwardCandidatesResponse};

use crate::{
    app::{
        appraisal::{About, candidates, dimension_of},
        ranking::answer::cut,
    },
    error::Error,
    state::Publication,
};

pub(crate) async fn run(
    publication: &Publication,
    caller: Authority,
    request: ListAwardCandidatesRequest,
) -> Result<ListAwardCandidatesResponse, Error> {
    let mut wrong = Violations::default();
    let award = Award::try_from(request.award).unwrap_or_default();
    let dimension = wrong.take("award", dimension_of(award).ok_or("is missing or unknown"));
    let about = About::read(&mut wrong, &request.region_code, &request.period);
    let page =
        Page::read(&mut wrong, "ListAwardCandidates", request.page_size, &request.page_token);
    let Some((about, dimension)) = wrong.finish(about.zip(dimension))? else {
        return Err(Violations::default().into());
    };
    about.admit(publication, &caller)?;
    let (basis, all) = candidates(publication, &caller, &about, dimension).await?;
    let (candidates, next_page_token) = cut(&page, &all);
    let candidates = candidates.into_iter().cloned().collect();
    Ok(ListAwardCandidatesResponse { basis: Some(basis), candidates, next_page_token })
}

#[cfg(test)]
mod tests;
