//! Reads the figures of one dimension for a span of days.

use domain::{
    codes::RegionCode,
    deadline::{day_of, iso_date},
    violation::{Violations, identifier},
};
use jiff::civil::Date;
use platform::{auth::Anyone, page::Page};
use proto::{
    publication::v1::{Dimension, Figures, GetFiguresRequest, GetFiguresResponse},
    r#type::v1::Channel,
};

use crate::{
    app::{disclosure::withheld, statistics::answer},
    entity::column::column,
    error::Error,
    state::Publication,
    store::{
        self,
        statistics::figures::{Counts, FigureQuery, Keys},
    },
};

pub(crate) async fn run(
    publication: &Publication,
    _: Anyone,
    request: GetFiguresRequest,
) -> Result<GetFiguresResponse, Error> {
    let mut wrong = Violations::default();
    let dimension = Dimension::try_from(request.dimension).unwrap_or(Dimension::Unspecified);
    wrong.require(dimension != Dimension::Unspecified, "dimension", "is missing or unknown");
    wrong.require(
        dimension != Dimension::Staff,
        "dimension",
        "is for officers: see GetStaffFigures",
    );
    let from = wrong.take("from", iso_date(&request.from)).unwrap_or(Date::MIN);
    let to = wrong.take("to", iso_date(&request.to)).unwrap_or(Date::MAX);
    wrong.require(from <= to, "to", "lies before from");
    wrong.require(Channel::try_from(request.channel).is_ok(), "channel", "is unknown");
    wrong.take("key", identifier(&request.key));
    let key = match dimension {
        Dimension::Region if !request.key.is_empty() => {
            wrong.take("key", RegionCode::parse(&request.key)).map(|region| region.to_string())
        }
        _ => Some(request.key).filter(|key| !key.is_empty()),
    };
    if !request.region_code.is_empty() {
        wrong.take("region_code", RegionCode::parse(&request.region_code));
    }
    let page = Page::read(&mut wrong, "GetFigures", request.page_size, &request.page_token);
    wrong.finish(())?;
    let wanted = FigureQuery {
        dimension,
        keys: key.clone().map_or(Keys::All, Keys::One),
        channel: column(request.channel),
        from,
        to,
        after: page.after.clone(),
        limit: page.read_size(),
    };
    let read = publication.store.read();
    // Before the figures: they may be rebuilt in between.
    let is_outdated = store::statistics::fold::is_outdated(read).await?;
    let figures = store::statistics::figures::figures(read, &wanted).await?;
    let known = publication.reference.now();
    let row = |key: String, counts: &Counts| -> Figures {
        let profile = answer::profile_of(&known, dimension, &key, &request.region_code, to);
        let row = answer::row(dimension, key, counts, profile);
        let row = if is_outdated { answer::of_earlier_version(row) } else { row };
        if request.channel == 0 { row } else { answer::of_channel(row) }
    };
    let mut rows: Vec<Figures> =
        figures.into_iter().map(|(key, counts)| row(key, &counts)).collect();
    let next_page_token = page.cut(&mut rows, |row| row.key.clone());
    if let Some(key) = key.filter(|_| rows.is_empty()) {
        rows.push(row(key, &Counts::default()));
    }
    let today = day_of(publication.shell.clock.now());
    let profile = known.profile_on(&request.region_code, today).map(AsRef::as_ref);
    let withheld = vec![withheld::of_figures(profile)];
    Ok(GetFiguresResponse { rows, next_page_token, withheld })
}

#[cfg(test)]
mod tests;
