//! Lists what raters wrote, as far as everybody may read it (P05, T08): accepted by a review or by silence,
//! and looked through for what leads to a person. Intake shows it, which has it sealed: so a text is in no
//! fact, and what is taken down is nowhere else.

use std::collections::HashMap;

use domain::{
    codes::RegionCode,
    deadline::day_of,
    disclosure::ground::Ground,
    profile::Profile,
    violation::{Violations, identifier},
};
use platform::{auth::Anyone, page::Page};
use proto::{
    intake::v1::{ListPublishedWordsRequest, ListPublishedWordsResponse, PublishedWords},
    r#type::v1::{Withheld, WithheldGround, WithheldMatter},
};
use uuid::Uuid;

use crate::{
    Intake,
    convert::rating::{Words, mark_to_wire},
    entity::{
        outcome, rating,
        words_verdict::{Model, Verdict},
    },
    error::Error,
    state::dictionary::found,
    store::rating::{outcomes, ratings, words},
};

pub(crate) async fn run(
    intake: &Intake,
    _: Anyone,
    request: ListPublishedWordsRequest,
) -> Result<ListPublishedWordsResponse, Error> {
    let mut wrong = Violations::default();
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    wrong.take("agency_id", identifier(&request.agency_id));
    let page = Page::read(&mut wrong, "ListPublishedWords", request.page_size, &request.page_token);
    let Some(region) = wrong.finish(region)? else {
        return Err(Violations::default().into());
    };
    let read = intake.store.read();
    let of = (region.as_str(), request.agency_id.as_str());
    let (after, size) = (page.after.clone(), page.read_size());
    let mut rows = words::accepted(read, of, after, size).await?;
    let next_page_token = page.cut(&mut rows, |row| (row.day.clone(), row.shown_as));
    let today = day_of(intake.shell.clock.now());
    let known = intake.reference.now();
    let profile = known.profile_on(region.as_str(), today);
    let withheld = profile.and_then(|profile| unreviewed(profile));
    let acts: Vec<Uuid> = rows.iter().map(|row| row.act_id).collect();
    let private = words::private_acts(read, &acts).await?;
    let standing = standing(ratings::newest_that_count(read, &acts).await?);
    let became = outcomes::of(read, &acts).await?;
    let became: HashMap<Uuid, outcome::Model> =
        became.into_iter().map(|row| (row.act_id, row)).collect();
    let mut shown = Vec::with_capacity(rows.len());
    for row in rows.iter().filter(|row| !private.contains(&row.act_id)) {
        let Some(rating) = standing.get(&row.rating_id) else { continue };
        // One that cannot be opened any more keeps nobody from the others.
        let said = match Words::open(&intake.shell.sealer, &rating.words, rating.id) {
            Ok(words) => words.text,
            Err(error) => {
                tracing::error!(rating.id = %rating.id, error = %error, "its words do not open");
                continue;
            }
        };
        if !said.is_empty() {
            shown.push(published(intake, row, (rating, said), became.get(&row.act_id)));
        }
    }
    Ok(ListPublishedWordsResponse { words: shown, next_page_token, withheld })
}

/// Why no words are shown under a policy that has no review of them (T08): what nobody has looked through is
/// not made public, whatever a scan does not find in it.
fn unreviewed(profile: &Profile) -> Option<Withheld> {
    profile.text_review.is_none().then(|| Withheld {
        matter: WithheldMatter::Words.into(),
        ground: WithheldGround::NotReviewed.into(),
        clause: Ground::NotReviewed.clause(Some(profile)),
    })
}

/// The ratings that stand for their acts, by their ids: of each act's the last that counts.
fn standing(newest: Vec<rating::Model>) -> HashMap<Uuid, rating::Model> {
    let mut of_acts: HashMap<Uuid, Vec<rating::Model>> = HashMap::new();
    for rating in newest {
        of_acts.entry(rating.act_id).or_default().push(rating);
    }
    let stands = of_acts.values().filter_map(|of_act| ratings::effective(of_act));
    stands.map(|rating| (rating.id, rating.clone())).collect()
}

fn published(
    intake: &Intake,
    row: &Model,
    (rating, said): (&rating::Model, String),
    became: Option<&outcome::Model>,
) -> PublishedWords {
    let found = found(&said, day_of(intake.shell.clock.now()));
    let shown = found.is_empty();
    PublishedWords {
        published_id: row.shown_as.to_string(),
        day: row.day.clone(),
        agency_id: row.agency_id.clone(),
        item_code: row.item_code.clone(),
        level: rating.level.into(),
        text: if shown { said } else { String::new() },
        by_silence: row.verdict == Verdict::AcceptedBySilence as i16,
        withheld: (!shown).then(|| Withheld {
            matter: WithheldMatter::Words.into(),
            ground: WithheldGround::PersonalPrivacy.into(),
            clause: Ground::PersonalPrivacy.clause(None),
        }),
        found: found.into_iter().map(|found| mark_to_wire(found).into()).collect(),
        state: became.map(|row| row.state.into()).unwrap_or_default(),
        finding: became.map(|row| row.finding.into()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
