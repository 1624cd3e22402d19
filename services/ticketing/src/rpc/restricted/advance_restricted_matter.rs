//! Takes a step of a restricted matter (S06).

use domain::{deadline::day_of, restricted::RestrictedCommand, violation::Violations};
use platform::{auth::Authority, convert::to_wire, once::Recognised};
use proto::{
    fact::v1::{RestrictedMatterDecided, fact::Body},
    ticketing::v1::{AdvanceRestrictedMatterRequest, AdvanceRestrictedMatterResponse},
};
use uuid::Uuid;

use crate::{
    app::restricted::{in_short, seen, state_of},
    convert::restricted::{command, state_to_wire},
    error::{Error, RestrictedError},
    state::Ticketing,
    store,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Authority,
    request: AdvanceRestrictedMatterRequest,
) -> Result<AdvanceRestrictedMatterResponse, Error> {
    let officer = caller.officer();
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(&request.request_id));
    let id = wrong.take("matter_id", no_uuid(&request.matter_id));
    let command = match command(request.step.clone().and_then(|step| step.act)) {
        Ok(command) => Some(command),
        Err(more) => {
            wrong.0.extend(more.0);
            None
        }
    };
    let (Some(request_id), Some(id), Some(command)) = wrong.finish((request_id, id, command))?
    else {
        return Err(Violations::default().into());
    };
    let shell = &ticketing.shell;
    let rpc = "AdvanceRestrictedMatter";
    let key = shell.requests.key(officer.id().as_bytes(), rpc, request_id, &request);
    let txn = shell.once(&ticketing.store, key).await?;
    let (mut row, mut matter) = seen(ticketing, &*txn, officer, id).await?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let at = shell.clock.now();
    let state = state_of(&matter)?.step(&command, at)?;
    let before = row.sequence;
    row.sequence += 1;
    matter.set_state(state_to_wire(state));
    matter.step_count += 1;
    let decided =
        matches!(command, RestrictedCommand::Uphold { .. } | RestrictedCommand::Reject { .. });
    let upheld = state.upheld() == Some(true);
    if decided && upheld {
        // The consequence that is in force where and when it is decided.
        let known = ticketing.reference.now();
        let profile = known.profile_on(officer.region(), day_of(at));
        let named = profile.and_then(|profile| profile.retaliation_consequence.as_ref());
        matter.consequence = named.map(|rule| rule.value.clone()).unwrap_or_default();
    }
    row.content = store::restricted::seal(&shell.sealer, id, &matter)?;
    if !store::restricted::update(&txn, &row, before).await? {
        return Err(RestrictedError::Changed.into());
    }
    let mut step = request.step.unwrap_or_default();
    (step.sequence, step.at) = (matter.step_count, Some(to_wire(at)));
    officer.id().clone_into(&mut step.by);
    store::restricted::insert_step(&txn, &shell.sealer, id, &step).await?;
    let fact = decided.then(|| {
        let unit_id = if upheld { matter.accused_unit_id.clone() } else { String::new() };
        Body::RestrictedMatterDecided(RestrictedMatterDecided {
            matter_id: matter.matter_id.clone(),
            region_code: matter.region_code.clone(),
            kind: matter.kind,
            upheld,
            at: Some(to_wire(at)),
            unit_id,
        })
    });
    let answer = AdvanceRestrictedMatterResponse { matter: Some(in_short(matter)) };
    Ok(txn.finish(answer, fact.into_iter().collect()).await?)
}

#[cfg(test)]
mod tests {
    use platform::{
        facts,
        testing::{AGENCY, REGION},
    };
    use prost::Message as _;
    use proto::ticketing::v1::{RestrictedState, restricted_step::Act};
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        focus::testing::the_authority,
        restricted::testing::{REPORT, REPORTER, advance, record, text},
        testing::{Fixture, refusal},
    };

    #[tokio::test]
    async fn s06_hy_upheld_brings_what_the_profile_names_and_a_serious_one_is_transferred() {
        for (profile, consequence) in
            [("haiyang-2021", "绩效考核结果直接排名末位"), ("changji-2020", "")]
        {
            let fixture = Fixture::under(profile).await;
            let id = fixture.restricted().await;
            let state = (Code::FailedPrecondition, "RESTRICTED_STATE_REFUSES".to_owned());
            let early = fixture.restricted_step(&id, Act::Upholding(text())).await;
            assert_eq!(refusal(early), state, "investigated first");
            fixture.restricted_step(&id, Act::Investigation(text())).await.unwrap();
            let upheld = fixture.restricted_step(&id, Act::Upholding(text())).await.unwrap();
            assert_eq!(upheld.state(), RestrictedState::Upheld);
            assert_eq!(upheld.consequence, consequence, "{profile}");
            assert_eq!((upheld.report.as_str(), upheld.reporter.as_str()), ("", ""));
            let transferred = fixture.restricted_step(&id, Act::Transfer(record())).await.unwrap();
            assert_eq!(transferred.state(), RestrictedState::Transferred);
            assert_eq!(
                (transferred.step_count, transferred.consequence.as_str()),
                (3, consequence)
            );
            // One fact, of the decision; it names the unit, and nobody who reported it.
            let facts = facts::list(&fixture.ticketing.store, 0, 10).await.unwrap();
            let [fact] = facts.as_slice() else { panic!("{facts:?}") };
            let Some(Body::RestrictedMatterDecided(decided)) = &fact.body else {
                panic!("{fact:?}")
            };
            assert_eq!((decided.upheld, decided.unit_id.as_str()), (true, AGENCY));
            let bytes = fact.encode_to_vec();
            for secret in [REPORT, REPORTER] {
                let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
                assert!(!found, "{secret}");
            }
        }
    }

    #[tokio::test]
    async fn s06_what_is_not_upheld_names_no_unit_and_a_repeat_is_one_step() {
        let fixture = Fixture::under("haiyang-2021").await;
        let id = fixture.restricted().await;
        let request = advance(&id, Act::Investigation(text()));
        let call = || run(&fixture.ticketing, the_authority(REGION), request.clone());
        let (first, second) = tokio::join!(call(), call());
        let first = first.unwrap();
        assert_eq!(second.unwrap(), first);
        assert_eq!(first.matter.unwrap().step_count, 1);
        let rejected = fixture.restricted_step(&id, Act::Rejection(text())).await.unwrap();
        assert_eq!(rejected.consequence, "");
        let facts = facts::list(&fixture.ticketing.store, 0, 10).await.unwrap();
        let Some(Body::RestrictedMatterDecided(told)) = &facts[0].body else { panic!("{facts:?}") };
        assert_eq!((told.upheld, told.unit_id.as_str()), (false, ""));
        let unseen = (Code::NotFound, "RESTRICTED_NOT_FOUND".to_owned());
        let elsewhere = run(&fixture.ticketing, the_authority("652300"), request.clone()).await;
        assert_eq!(refusal(elsewhere), unseen);
        let empty = AdvanceRestrictedMatterRequest::default();
        let told = run(&fixture.ticketing, the_authority(REGION), empty).await.unwrap_err();
        for field in ["request_id", "matter_id", "step"] {
            assert!(told.to_string().contains(field), "{told}");
        }
    }
}
