//! Reads a signal of fraud with its evidence: ratings, and nobody who gave them (S03).

use domain::violation::Violations;
use platform::auth::Authority;
use proto::intake::v1::{GetSignalRequest, GetSignalResponse};

use crate::{
    Intake,
    app::signal::own,
    convert::signal::{evidence_to_wire, judgement_to_wire, signal_id, signal_to_wire},
    error::Error,
    store::signal::signals,
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Authority,
    request: GetSignalRequest,
) -> Result<GetSignalResponse, Error> {
    let mut wrong = Violations::default();
    let id = signal_id(&mut wrong, &request.signal_id);
    wrong.finish(())?;
    let (signal, evidence) = own(intake.store.read(), id, caller.officer()).await?;
    let judgements = signals::judgements(&intake.store, id).await?;
    let sealer = &intake.shell.sealer;
    let judgements = judgements.iter().map(|row| judgement_to_wire(sealer, row));
    Ok(GetSignalResponse {
        signal: Some(signal_to_wire(&signal)),
        ratings: evidence.iter().map(|(row, act)| evidence_to_wire(row, act.as_ref())).collect(),
        judgements: judgements.collect::<Result<_, _>>()?,
    })
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        convert::to_wire,
        testing::{AGENCY, REGION, STAFF, WINDOWS, principal},
    };
    use proto::r#type::v1::{Channel, Level};
    use tonic::Code;

    use super::*;
    use crate::{
        jobs::find_signals::testing::{china, faked},
        rpc::testing::{Fixture, authority, named, refusal},
    };

    #[tokio::test]
    async fn s03_a_signal_shows_its_numbers_and_its_ratings_to_its_authority_alone() {
        let fixture = Fixture::new().await;
        let (ids, signals) = faked(&fixture).await;
        let request = GetSignalRequest { signal_id: signals[0].signal_id.clone() };
        let get = async |caller: Authority| run(&fixture.intake, caller, request.clone()).await;
        let got = get(authority(REGION)).await.unwrap();
        assert_eq!(got.signal.as_ref(), Some(&signals[0]));
        assert!(got.judgements.is_empty());
        let cited: Vec<_> = got.ratings.iter().map(|rating| rating.rating_id.clone()).collect();
        let mut expected: Vec<_> = ids[1..].iter().map(ToString::to_string).collect();
        expected.sort();
        assert_eq!(cited, expected, "all but the first of the row");
        let one = &got.ratings[0];
        let at = Some(to_wire(china("2026-03-02", "10:00:03")));
        assert_eq!((one.level(), one.channel()), (Level::VerySatisfied, Channel::Evaluator));
        assert_eq!((&one.received_at, &one.reported_at), (&at, &at));
        assert_eq!((one.window_id.as_str(), one.agency_id.as_str()), (WINDOWS[0], AGENCY));
        assert!(signals[0].explanation.contains("24条评价中有23条"), "{}", signals[0].explanation);
        for stranger in ["652302", "652301105"] {
            let refused = get(authority(stranger)).await.unwrap_err();
            assert_eq!(refusal(refused), (Code::NotFound, "SIGNAL_NOT_FOUND".to_owned()));
        }
        let herself = principal(STAFF, Caller::Authority { region: REGION.to_owned() });
        let refused = get(herself).await.unwrap_err();
        let rated = (Code::FailedPrecondition, "RATED_STAFF_MEMBER".to_owned());
        assert_eq!(refusal(refused), rated);
        let wrong = GetSignalRequest { signal_id: "x".to_owned() };
        let refused = run(&fixture.intake, authority(REGION), wrong).await.unwrap_err();
        assert_eq!(named(refused), ["signal_id"]);
    }
}
