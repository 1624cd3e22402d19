//! Looks up what to show the holder of an invitation.

use domain::{
    canary::is_robots,
    deadline::day_of,
    level::Level,
    rating::{identified, in_window},
};
use platform::{
    auth::Rater,
    convert::{deadline_to_wire, involved_to_wire, item::question_to_wire, level_to_wire, to_wire},
};
use proto::intake::v1::{LevelChoice, ResolveInvitationRequest, ResolveInvitationResponse, Tag};

use crate::{
    Intake,
    convert::case::{window_before, window_of},
    entity::service_act,
    error::{Error, rating::invitation::InvitationError},
    store::{
        case::{acts, cases},
        people::applicants::holder,
        rating::batches,
    },
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Rater,
    request: ResolveInvitationRequest,
) -> Result<ResolveInvitationResponse, Error> {
    let act_id = intake.shell.invitations.open(&request.token)?;
    let found = acts::act(&intake.store, act_id).await?.filter(|(_, row)| row.offered);
    let (act, row) = found.ok_or(InvitationError::NotFound)?;
    let snapshot = intake.reference.now();
    let not_yet = |what| Error::NotKnownYet { reason: "CATALOG_NOT_KNOWN_YET", what };
    let profile = snapshot.policy(&act.policy).ok_or_else(|| not_yet("the policy profile"))?;
    let tags = snapshot.tags(profile).ok_or_else(|| not_yet("the tag list"))?;
    let item = intake.reference.item(&act.item_code, Some(act.item_version)).await?;
    let item = item.ok_or_else(|| not_yet("the item"))?;
    let window = window_of(&row)?;
    let window_before = window_before(&row)?;
    let closed = in_window(window.as_ref(), intake.shell.clock.now()).is_err();
    let agency = snapshot.unit(&act.agency_id, day_of(act.served_at));
    let known_by_name = row.real_name || caller.citizen().is_some();
    let language = match cases::case(&intake.store, row.case_id).await? {
        Some(case) => {
            let holder = holder(intake.store.read(), &case, &row).await?;
            holder.open(&intake.shell.sealer)?.language
        }
        None => String::new(),
    };
    let together = batch_size(intake, &row).await?;
    let stage = row.stage;
    // A person who is shown an act rates it next.
    intake.acts.keep(row);
    let choice = |level: Level| LevelChoice {
        level: level_to_wire(level).into(),
        label: level.label(profile.label_set.value).to_owned(),
        tags: tags
            .of(level)
            .map(|tag| Tag { code: tag.code.clone(), text: tag.text.clone() })
            .collect(),
    };
    Ok(ResolveInvitationResponse {
        item_name: item.content.name.clone(),
        served_at: Some(to_wire(act.served_at)),
        window: window.as_ref().map(deadline_to_wire),
        closed,
        levels: Level::ALL.into_iter().map(choice).collect(),
        questionnaire: item.content.questionnaire.iter().map(question_to_wire).collect(),
        tag_list_version: tags.version.clone(),
        negative_needs_reason: profile.negative_needs_reason.value,
        private_allowed: profile.private_allowed.value,
        stage: stage.into(),
        agency_name: agency.map(|agency| agency.name.clone()).unwrap_or_default(),
        batch_size: u32::try_from(together).unwrap_or(u32::MAX),
        log_in_first: identified(profile, known_by_name).is_err(),
        language,
        involved: act.involved.iter().map(involved_to_wire).collect(),
        look_up: intake.look_up().to_owned(),
        window_before,
        self_check: is_robots(&act.item_code),
    })
}

/// How many acts get a rating at once.
async fn batch_size(intake: &Intake, row: &service_act::Model) -> Result<u64, Error> {
    let Some(batch) = row.batch_id else { return Ok(1) };
    let now = intake.shell.clock.now().as_microsecond();
    Ok(batches::size(&intake.store, batch, row.stage, now).await?.max(1))
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{EVALUATOR, TERMINALS, principal},
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::testing::{Fixture, PERSON, rater};

    #[tokio::test]
    async fn i04_five_levels_are_shown_best_first_each_with_its_own_tags() {
        let fixture = Fixture::new().await;
        let token = fixture.invitation().await;
        let request = ResolveInvitationRequest { token };
        let shown = run(&fixture.intake, rater(), request).await.unwrap();
        let labels: Vec<&str> = shown.levels.iter().map(|choice| choice.label.as_str()).collect();
        assert_eq!(labels, ["非常满意", "满意", "基本满意", "不满意", "非常不满意"]);
        for (choice, digit) in shown.levels.iter().zip(["5", "4", "3", "2", "1"]) {
            assert_eq!(choice.tags.len(), 8);
            assert!(choice.tags.iter().all(|tag| tag.code.starts_with(digit)), "{choice:?}");
        }
        assert_eq!(shown.questionnaire.len(), 5);
        assert!(!shown.closed && !shown.item_name.is_empty());
    }

    #[tokio::test]
    async fn i23_whoever_asks_in_whatever_channel_is_shown_the_same_content() {
        let fixture = Fixture::new().await;
        let token = fixture.invitation().await;
        // The page in a department's system calls without identity; mini-programs know the citizen.
        let at = |terminal: &str| principal(terminal, Caller::Terminal);
        let callers = [rater(), at(TERMINALS[0]), at(EVALUATOR), fixture.citizen(PERSON)];
        let mut shown = Vec::new();
        for caller in callers {
            let request = ResolveInvitationRequest { token: token.clone() };
            shown.push(run(&fixture.intake, caller, request).await.unwrap());
        }
        assert!(shown[0].levels.iter().all(|choice| !choice.label.is_empty()));
        assert!(shown.iter().all(|other| *other == shown[0]));
    }

    #[tokio::test]
    async fn a_forged_invitation_is_nobody_and_a_closed_window_says_so() {
        let fixture = Fixture::new().await;
        let token = fixture.invitation().await;
        let mut forged = token.clone();
        forged.replace_range(40..41, if &token[40..41] == "A" { "B" } else { "A" });
        for wrong in [String::new(), forged] {
            let request = ResolveInvitationRequest { token: wrong };
            let refused = run(&fixture.intake, rater(), request).await.unwrap_err();
            assert_eq!(tonic::Status::from(refused).code(), Code::Unauthenticated);
        }
        fixture.intake.shell.clock.set("2026-03-09T16:00:00Z".parse().unwrap());
        let request = ResolveInvitationRequest { token };
        assert!(run(&fixture.intake, rater(), request).await.unwrap().closed);
    }
}
