//! What an answer does not show, each with its legal ground.

use domain::{codes::RegionCode, deadline::day_of, disclosure::ground::Ground, profile::Profile};
use proto::r#type::v1::{Withheld, WithheldGround, WithheldMatter};

use crate::state::Publication;

/// What no list of a region shows; `words` says whether anything in it has words.
pub(crate) fn of_lists(
    publication: &Publication,
    region: &RegionCode,
    words: bool,
) -> Vec<Withheld> {
    let (known, today) = (publication.reference.now(), day_of(publication.shell.clock.now()));
    let profile = known.profile_on(region.as_str(), today).map(AsRef::as_ref);
    let mut withheld = vec![of_figures(profile), of(WithheldMatter::Person, profile)];
    withheld.extend(words.then(|| of(WithheldMatter::Words, profile)));
    withheld
}

/// What no figure shows.
pub(crate) fn of_figures(profile: Option<&Profile>) -> Withheld {
    of(WithheldMatter::PrivateRating, profile)
}

fn of(matter: WithheldMatter, profile: Option<&Profile>) -> Withheld {
    let (ground, stated) = match matter {
        WithheldMatter::PrivateRating => (WithheldGround::RatersChoice, Ground::RatersChoice),
        WithheldMatter::Person | WithheldMatter::Words | WithheldMatter::Unspecified => {
            (WithheldGround::PersonalPrivacy, Ground::PersonalPrivacy)
        }
    };
    let clause = stated.clause(profile);
    Withheld { matter: matter.into(), ground: ground.into(), clause }
}
