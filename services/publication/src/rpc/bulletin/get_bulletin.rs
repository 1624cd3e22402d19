//! Reads a bulletin, for officers; those of an agency read what was released, and their own part in full
//! (P06, P11).

use domain::violation::Violations;
use platform::auth::Insider;
use proto::publication::v1::{BulletinAudience, GetBulletinRequest, GetBulletinResponse};

use crate::{
    app::bulletin::{document, for_audience, seen, told, view::as_read_by, whole},
    convert::bulletin::{form, id},
    error::{Error, bulletin::BulletinError},
    state::Publication,
    store::bulletin as store,
};

pub(crate) async fn run(
    publication: &Publication,
    caller: Insider,
    request: GetBulletinRequest,
) -> Result<GetBulletinResponse, Error> {
    let mut wrong = Violations::default();
    let bulletin_id = id(&mut wrong, "bulletin_id", &request.bulletin_id);
    let form = form(&mut wrong, request.form);
    let stated = BulletinAudience::try_from(request.audience).map_err(|_| "is unknown");
    let stated = wrong.take("audience", stated).unwrap_or_default();
    let bulletin_id = wrong.finish(bulletin_id)?.unwrap_or_default();
    let read = publication.store.read();
    let header = seen(read, bulletin_id, caller.officer()).await?;
    let said = told(read, bulletin_id).await?;
    let (bulletin, audience, own) = match caller.officer().agency() {
        None => (whole(read, &header).await?, stated, None),
        Some(agency) => {
            let releases = store::releases(read, [bulletin_id]).await?;
            let stands = |audience: BulletinAudience| {
                let of = releases.iter().filter(|release| release.withdrawn_at == 0);
                of.map(|release| release.audience).any(|of| of == store::audience(audience))
            };
            let open = [BulletinAudience::Internal, BulletinAudience::Public];
            let audience = open.into_iter().find(|audience| stands(*audience));
            // A draft is unknown to an agency.
            let audience = audience.ok_or(BulletinError::NotFound)?;
            let own = said.agencies.iter().find(|part| part.agency_id == agency).cloned();
            (for_audience(read, &header, audience).await?, audience, own)
        }
    };
    let content = match audience {
        BulletinAudience::Unspecified => said,
        audience => as_read_by(audience, said),
    };
    let document =
        document(publication, form, (&bulletin, &content), audience, own.as_ref()).await?;
    Ok(GetBulletinResponse { bulletin: Some(bulletin), content: Some(content), own, document })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::publication::v1::{BulletinForm, CellMark};
    use tonic::Code;

    use super::*;
    use crate::rpc::bulletin::testing::{Released, handler, officer, refusal};

    fn asked(bulletin_id: &str) -> GetBulletinRequest {
        GetBulletinRequest {
            bulletin_id: bulletin_id.to_owned(),
            form: BulletinForm::Html.into(),
            ..GetBulletinRequest::default()
        }
    }

    #[tokio::test]
    async fn p11_each_department_gets_its_own_part_in_full_and_the_others_as_everyone_does() {
        let released = Released::new().await;
        let publication = &released.fixture.publication;
        let drafted = released.draft("2026-02").await;
        let read = async |caller| run(publication, caller, asked(&drafted.bulletin_id)).await;
        let whole = read(officer(REGION)).await.unwrap();
        let content = whole.content.unwrap();
        assert_eq!(whole.own, None);
        let part = &content.agencies[0];
        // Two satisfied, one dissatisfied: see `testing`.
        assert_eq!(part.ratings.unwrap().count, 3, "the Authority is told all of it");
        let unknown = (Code::NotFound, "BULLETIN_NOT_FOUND".to_owned());
        assert_eq!(refusal(read(handler(AGENCY)).await), unknown, "a draft");
        released.release(&drafted.bulletin_id, BulletinAudience::Internal).await;
        let told = read(handler(AGENCY)).await.unwrap();
        let own = told.own.unwrap();
        assert_eq!(
            (own.agency_id.as_str(), own.ratings, own.negative),
            (AGENCY, part.ratings, part.negative)
        );
        let shared = told.content.unwrap();
        assert_eq!(shared.agencies[0].ratings.unwrap().mark(), CellMark::BelowFive);
        assert!(String::from_utf8(told.document).unwrap().contains("本单位情况"));
        let other = read(handler("652301-a04")).await.unwrap();
        assert_eq!((other.own, other.content.unwrap()), (None, shared));
        assert_eq!(refusal(read(officer("652302")).await), unknown);
        let nothing = run(publication, officer(REGION), GetBulletinRequest::default()).await;
        assert!(nothing.unwrap_err().to_string().contains("bulletin_id:"));
    }
}
