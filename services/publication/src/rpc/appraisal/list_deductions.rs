//! Lists for whom deductions are to be considered (扣分、取消评先资格): from verified findings alone.

use domain::violation::Violations;
use platform::{auth::Authority, page::Page};
use proto::publication::v1::{ListDeductionsRequest, ListDeductionsResponse};

use crate::{
    app::appraisal::{About, deductions},
    error::Error,
    state::Publication,
};

pub(crate) async fn run(
    publication: &Publication,
    caller: Authority,
    request: ListDeductionsRequest,
) -> Result<ListDeductionsResponse, Error> {
    let mut wrong = Violations::default();
    let about = About::read(&mut wrong, &request.region_code, &request.period);
    let page: Page<String> =
        Page::read(&mut wrong, "ListDeductions", request.page_size, &request.page_token);
    let Some(about) = wrong.finish(about)? else { return Err(Violations::default().into()) };
    about.admit(publication, &caller)?;
    let (after, most) = (page.after.clone(), Some(page.read_size()));
    let mut deductions = deductions(publication, &caller, &about, after, most).await?;
    let next_page_token = page.cut(&mut deductions, |row| row.subject_id.clone());
    Ok(ListDeductionsResponse { deductions, next_page_token })
}

#[cfg(test)]
mod tests;
