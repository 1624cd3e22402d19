//! Reads the profile in force in a region on a day.

use domain::{
    codes::RegionCode,
    deadline::{day_of, iso_date},
    violation::Violations,
};
use platform::auth::Anyone;
use proto::catalog::v1::{GetProfileRequest, GetProfileResponse};

use crate::{
    convert::policy::profile_to_wire,
    error::{Error, PolicyError},
    state::Catalog,
};

pub(crate) async fn run(
    catalog: &Catalog,
    _: Anyone,
    request: GetProfileRequest,
) -> Result<GetProfileResponse, Error> {
    let today = day_of(catalog.shell.clock.now());
    let day = if request.on.is_empty() { Ok(today) } else { iso_date(&request.on) };
    let mut wrong = Violations::default();
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    let day = wrong.take("on", day);
    let (Some(region), Some(day)) = wrong.finish((region, day))? else {
        return Err(Violations::default().into());
    };
    let view = catalog.memory.view().await?;
    let documents = &view.documents;
    let profile = documents
        .profile_on(region.as_str(), day)
        .ok_or_else(|| PolicyError::ProfileNotFound { region: region.to_string(), day })?;
    Ok(GetProfileResponse { profile: Some(profile_to_wire(profile)) })
}

#[cfg(test)]
mod tests {
    use platform::testing::nobody;
    use proto::catalog::v1::{ProfileDocument, change::Subject};

    use super::*;
    use crate::{
        jobs::load_region::tests::{SOURCES, loaded},
        rpc::testing::{REGION, change, publish},
    };

    fn request(region_code: &str, on: &str) -> GetProfileRequest {
        GetProfileRequest { region_code: region_code.to_owned(), on: on.to_owned() }
    }

    #[tokio::test]
    async fn every_rule_names_its_clause_and_layer() {
        let (catalog, _place) = loaded().await;
        let answer = run(&catalog, nobody(), request("652301", "2026-03-02")).await.unwrap();
        let profile = answer.profile.unwrap();
        assert_eq!((profile.profile_id.as_str(), profile.trial), ("changji-2020", false));
        let rule = |field| profile.rules.iter().find(|rule| rule.field == field).unwrap();
        assert_eq!(rule("feed_back_clear").clause, "昌市政办发〔2020〕10号 四（一）");
        assert!(rule("feed_back_clear").value.contains("5个工作日"));
        assert_eq!(rule("negative_needs_reason").layer, "system");
        assert!(profile.rules.iter().all(|rule| !rule.clause.is_empty()));
    }

    #[tokio::test]
    async fn c12_what_is_rated_of_each_kind_of_object_is_told_with_its_clause() {
        let (catalog, _place) = loaded().await;
        let text = SOURCES.profiles[1].text.replace("version = 3", "version = 4");
        let content = "\n[rated_content]\nvalue = [{ object = \"staff\", aspects = [\"服务态度\", \
                       \"业务能力\"] }]\nclause = \"五（一）\"\n";
        let document = ProfileDocument { document: text + content, ..ProfileDocument::default() };
        publish(&catalog, REGION, change(Subject::Profile(document))).await.unwrap();
        let answer = run(&catalog, nobody(), request(REGION, "2026-03-02")).await.unwrap();
        let profile = answer.profile.unwrap();
        let rule = profile.rules.iter().find(|rule| rule.field == "rated_content").unwrap();
        assert_eq!(rule.value, "窗口工作人员：服务态度、业务能力");
        assert_eq!(rule.clause, "昌市政办发〔2020〕10号 五（一）");
        assert_eq!((profile.version, profile.region_code.as_str()), (4, REGION));
    }

    #[tokio::test]
    async fn c13_before_it_is_in_force_and_elsewhere_the_nations_is() {
        let (catalog, _place) = loaded().await;
        for (region, on, id) in [
            ("652301", "2020-05-22", "changji-2020"),
            ("652301", "2020-05-21", "state-council-2019"),
            ("652301", "2001-01-01", "state-council-2019"),
            ("652302", "2026-03-02", "state-council-2019"),
            ("110000", "2026-03-02", "state-council-2019"),
            ("652301105", "2026-03-02", "changji-2020"),
            ("652301000000", "2026-03-02", "changji-2020"),
        ] {
            let answer = run(&catalog, nobody(), request(region, on)).await.unwrap();
            assert_eq!(answer.profile.unwrap().profile_id, id, "{region} {on}");
        }
        for nowhere in ["", "65", "elsewhere"] {
            let refused = run(&catalog, nobody(), request(nowhere, "")).await.unwrap_err();
            assert!(refused.to_string().contains("region_code: "), "{nowhere}: {refused}");
        }
        let wrong = run(&catalog, nobody(), request("652301", "yesterday")).await.unwrap_err();
        assert!(wrong.to_string().contains("on: is not a date"), "{wrong}");
    }
}
