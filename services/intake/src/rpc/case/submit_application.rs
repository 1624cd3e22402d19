//! Submits an application at a terminal and accepts it.

use domain::{
    canary::is_robots,
    case::{CaseState, Stage, check_entries, is_real_name, promise},
    codes::{ItemCode, normal, normal_phone},
    deadline::day_of,
    item::{FieldKind, FormField, ItemState},
    profile::Profile,
    rating::RaterKind,
    violation::Violations,
};
use jiff::Timestamp;
use platform::{
    auth::Terminal,
    convert::{deadline_to_wire, rater_kind, rater_kind_to_wire},
    once::Recognised,
};
use prost::Message as _;
use proto::intake::v1::{
    Invitation, ServiceMode, SubmitApplicationRequest, SubmitApplicationResponse,
};
use uuid::Uuid;

use crate::{
    Intake,
    app::{
        case::offer::{GivenService, hall_of, offer, own_step},
        message::invite,
    },
    convert::{
        case::{Entries, case_to_wire, language},
        people::Applicant,
        request_id, to_column,
    },
    entity::case_file,
    error::{Error, case::CaseError},
    facts::{case_completed, case_submitted},
    state::snapshot_with,
    store::{case::cases, message::messages},
};

/// The channel a terminal offers items in, by its name in guides.
const KIOSK: &str = "kiosk";

pub(crate) async fn run(
    intake: &Intake,
    caller: Terminal,
    request: SubmitApplicationRequest,
) -> Result<SubmitApplicationResponse, Error> {
    let request_id = request_id(&request.request_id)?;
    let mut wrong = Violations::default();
    wrong.take("item_code", ItemCode::parse(&request.item_code));
    wrong.take("language", language(&request.language));
    let rater_kind = match request.rater_kind {
        0 => RaterKind::NaturalPerson,
        stated => wrong.take("rater_kind", rater_kind(stated)).unwrap_or(RaterKind::NaturalPerson),
    };
    let rater_kind = rater_kind_to_wire(rater_kind);
    wrong.finish(())?;
    let scope = caller.id().as_bytes();
    let key = intake.shell.requests.key(scope, "SubmitApplication", request_id, &request);
    if let Some(answer) = intake.shell.answered(&intake.store, key).await? {
        return Ok(answer);
    }
    let not_yet = |reason, what| Error::NotKnownYet { reason, what };
    let at = intake.shell.clock.now();
    let today = day_of(at);
    let item = intake.reference.item(&request.item_code, None).await?;
    let item = item.ok_or_else(|| intake.unknown.item(&request.item_code, at))?;
    if item.state == ItemState::Cancelled {
        return Err(CaseError::ItemCancelled.into());
    }
    let snapshot = snapshot_with(intake, caller.id()).await?;
    let terminal = match snapshot.terminal(caller.id(), today) {
        Some(terminal) => terminal,
        // It stands nowhere any more, or not yet; another call soon would not help.
        None if snapshot.knows_unit(caller.id()) => {
            return Err(CaseError::ItemNotOfferedHere.into());
        }
        None => return Err(not_yet("TERMINAL_NOT_KNOWN_YET", "the terminal")),
    };
    let offered = item.content.guide.channels.iter().any(|channel| channel == KIOSK);
    // Whoever stands at a terminal is no robot.
    if !offered || terminal.region_code != item.region_code || is_robots(&item.code) {
        return Err(CaseError::ItemNotOfferedHere.into());
    }
    let entries: Vec<(String, String)> =
        request.entries.iter().map(|entry| (entry.field_id.clone(), entry.value.clone())).collect();
    check_entries(&item.content.form, &entries, today)?;

    let calendar =
        snapshot.calendar().ok_or_else(|| not_yet("CATALOG_NOT_KNOWN_YET", "calendar"))?;
    let calendar = calendar.of(&item.region_code);
    let profile = snapshot
        .profile_on(&item.region_code, today)
        .ok_or_else(|| not_yet("CATALOG_NOT_KNOWN_YET", "the policy profile"))?;
    let promised = promise(&item).due(at, &calendar)?;
    let state = CaseState::accept(&item.content, at);
    let id = intake.shell.clock.new_id();
    let filled_in = |kind| named(&item.content.form, &entries, kind);
    let applicant = Applicant {
        name: filled_in(FieldKind::PersonName),
        number: normal(&filled_in(FieldKind::IdNumber)),
        phone: normal_phone(&filled_in(FieldKind::Phone)),
        language: request.language,
    };
    let blind = &intake.shell.blind;
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let sealed = Entries { entries: request.entries }.encode_to_vec();
    let case = case_file::Model {
        id,
        region_code: item.region_code.clone(),
        project_number: project_number(&item.region_code, at, id),
        item_code: item.code.clone(),
        item_version: i32::try_from(item.version).unwrap_or(i32::MAX),
        item_name: item.content.name.clone(),
        line_id: item.content.line_id.clone(),
        agency_id: item.content.agency_id.clone(),
        terminal_id: caller.id().to_owned(),
        policy: profile.policy(),
        real_name: is_real_name(&item.content.form, &entries),
        accepted_at: at.as_microsecond(),
        completed_at: match state {
            CaseState::Accepted => None,
            CaseState::Completed { at } => Some(at.as_microsecond()),
        },
        promised: deadline_to_wire(&promised).encode_to_vec(),
        promised_before: None,
        provisional: promised.provisional,
        entries: intake.shell.sealer.seal(&sealed, &place(id))?,
        late_reason: None,
        mode: to_column(ServiceMode::Kiosk),
        rater_kind: to_column(rater_kind),
        number_index: some(&applicant.number).map(|number| blind.number(&number).to_vec()),
        phone_index: some(&applicant.phone).map(|phone| blind.phone(&phone).to_vec()),
        applicant: Some(applicant.seal(&intake.shell.sealer, id)?),
        batch_number: None,
        involved: None,
        pushed: None,
    };
    // A case completed on the spot is one service, rated once.
    let stage = if state == CaseState::Accepted { Stage::Acceptance } else { Stage::Completion };
    let given = GivenService::here(stage, hall_of(&snapshot, &case));
    let offered = offer(&intake.shell, profile, &calendar, (&case, &item), given, at)?;
    let opens_on = stages_opening(profile);
    let opens = offered.as_ref().filter(|offered| opens_on.contains(&offered.act.stage));
    let invitation = opens.map(|offered| Invitation {
        token: intake.shell.invitations.token(offered.act.id),
        window: offered.window.as_ref().map(deadline_to_wire),
    });
    let answer = SubmitApplicationResponse { case: Some(case_to_wire(&case, invitation)?) };

    let asked = intake.shell.once(&intake.store, key).await?;
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let mut bodies = vec![case_submitted(&case)];
    let mut steps = vec![own_step(&case, Stage::Acceptance, at)];
    if state != CaseState::Accepted {
        steps.push(own_step(&case, Stage::Completion, at));
        bodies.push(case_completed(&case));
    }
    cases::insert_steps(&txn, steps).await?;
    if let Some(offered) = offered {
        bodies.extend(offered.fact());
        let planned = invite::plan(intake, profile, &case, &offered.row);
        messages::insert(&txn, planned).await?;
        cases::insert_acts(&txn, vec![offered.row]).await?;
    }
    cases::insert_cases(&txn, vec![case]).await?;
    Ok(txn.finish(answer, bodies).await?)
}

/// The entry in the first field of a kind; empty if there is none.
fn named(form: &[FormField], entries: &[(String, String)], kind: FieldKind) -> String {
    let mut fields = form.iter().filter(|field| field.kind == kind);
    let filled = fields.find_map(|field| entries.iter().find(|(id, _)| *id == field.id));
    filled.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

/// The stages after which a kiosk's rating screen opens by itself (I19).
fn stages_opening(profile: &Profile) -> Vec<Stage> {
    profile.kiosk_opens_on.value.to_vec()
}

/// 办件编号: region, day and the random end of the case's id.
fn project_number(region_code: &str, at: Timestamp, id: Uuid) -> String {
    let day = day_of(at).strftime("%Y%m%d");
    let random = id.as_u128() & 0xFFFF_FFFF_FFFF;
    format!("{region_code}{day}{random:012X}")
}

fn place(case_id: Uuid) -> Vec<u8> {
    [b"case_file.entries/".as_slice(), case_id.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        facts,
        testing::{principal, unit_published},
    };
    use proto::{
        catalog::v1::{ItemState, Unit, UnitKind},
        fact::v1::fact::Body,
        intake::v1::{CaseState, CompleteCaseRequest, FormEntry},
    };
    use tonic::Code;
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::{
        rpc::testing::{COMMITTED_ITEM, Fixture, ON_THE_SPOT_ITEM, republished, wire_item},
        store::case::cases,
    };

    #[tokio::test]
    async fn i19_an_item_settled_on_the_spot_is_completed_in_the_answer_with_its_invitation() {
        let fixture = Fixture::new().await;
        let case = fixture.submit(ON_THE_SPOT_ITEM).await;
        assert_eq!(case.state(), CaseState::Completed);
        let window = case.invitation.unwrap().window.unwrap();
        assert_eq!((window.due_on.as_str(), window.provisional), ("2026-03-09", false));
        let case = fixture.submit(COMMITTED_ITEM).await;
        assert_eq!((case.state(), case.invitation), (CaseState::Accepted, None));
    }

    #[tokio::test]
    async fn the_same_request_twice_is_one_case_and_another_body_is_refused() {
        let fixture = Fixture::new().await;
        let request = fixture.application(ON_THE_SPOT_ITEM);
        let first = run(&fixture.intake, fixture.terminal(), request.clone()).await.unwrap();
        let head = facts::head(&fixture.intake.store).await.unwrap();
        let again = run(&fixture.intake, fixture.terminal(), request.clone()).await.unwrap();
        assert_eq!(first, again);
        assert_eq!(facts::head(&fixture.intake.store).await.unwrap(), head);
        let other = SubmitApplicationRequest { item_code: COMMITTED_ITEM.to_owned(), ..request };
        let refused = run(&fixture.intake, fixture.terminal(), other).await.unwrap_err();
        assert_eq!(tonic::Status::from(refused).code(), Code::AlreadyExists);
    }

    #[tokio::test]
    async fn everything_wrong_with_a_form_is_named_at_once_and_nothing_is_kept() {
        let fixture = Fixture::new().await;
        let head = facts::head(&fixture.intake.store).await.unwrap();
        let mut request = fixture.application(ON_THE_SPOT_ITEM);
        let entry = |field_id: &str, value: &str| FormEntry {
            field_id: field_id.to_owned(),
            value: value.to_owned(),
        };
        request.entries = vec![
            entry("applicant_phone", "12345"),
            entry("applicant_phone", "12345"),
            entry("nonsense", "x"),
            entry("applicant_name", "\u{202E}反写"),
        ];
        let refused = run(&fixture.intake, fixture.terminal(), request).await.unwrap_err();
        let told = refused.to_string();
        for part in ["phone number of 11 digits", "twice", "no field", "U+202E"] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert_eq!(tonic::Status::from(refused).code(), Code::InvalidArgument);
        assert_eq!(facts::head(&fixture.intake.store).await.unwrap(), head);
    }

    #[tokio::test]
    async fn i02_what_a_person_filled_in_is_kept_sealed_and_told_to_nobody() {
        let fixture = Fixture::new().await;
        let case = fixture.submit(ON_THE_SPOT_ITEM).await;
        let row = cases::case(&fixture.intake.store, case.case_id.parse().unwrap()).await;
        let row = row.unwrap().unwrap();
        let name = "示例办事人".as_bytes();
        let holds = |bytes: &[u8]| bytes.windows(name.len()).any(|window| window == name);
        // By name, but not by real name: there is no number.
        assert!(!row.real_name && !holds(&row.entries));
        let opened = fixture.intake.shell.sealer.open(&row.entries, &place(row.id)).unwrap();
        assert!(holds(&opened));
        for fact in facts::list(&fixture.intake.store, 0, 1_000).await.unwrap() {
            assert!(!holds(&fact.encode_to_vec()));
        }
    }

    #[tokio::test]
    async fn an_item_unknown_here_or_not_offered_at_a_kiosk_is_refused() {
        let fixture = Fixture::new().await;
        for (item, code) in [
            ("11652301PY6523035C4002014901999", Code::Unavailable),
            (fixture.item_without_kiosk().as_str(), Code::FailedPrecondition),
        ] {
            let request = fixture.application(item);
            let refused = run(&fixture.intake, fixture.terminal(), request).await.unwrap_err();
            assert_eq!(tonic::Status::from(refused).code(), code, "{item}");
        }
    }

    #[tokio::test]
    async fn c01_a_cancelled_item_takes_no_new_cases_and_running_ones_go_on() {
        let fixture = Fixture::new().await;
        let running = fixture.submit(COMMITTED_ITEM).await;
        let mut cancelled = wire_item(COMMITTED_ITEM);
        (cancelled.version, cancelled.state) = (2, ItemState::Cancelled.into());
        fixture.tell(vec![republished(&cancelled)]).await;
        let request = fixture.application(COMMITTED_ITEM);
        let refused = run(&fixture.intake, fixture.terminal(), request).await.unwrap_err();
        let status = tonic::Status::from(refused);
        let details = status.get_error_details();
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(details.error_info().unwrap().reason, "ITEM_CANCELLED");
        assert!(details.localized_message().unwrap().message.contains("已取消"));
        let complete = CompleteCaseRequest {
            request_id: fixture.intake.shell.clock.new_id().to_string(),
            project_number: running.project_number,
            ..CompleteCaseRequest::default()
        };
        let system = fixture.system(&fixture.agency_of(COMMITTED_ITEM));
        crate::rpc::case::complete_case::run(&fixture.intake, system, complete).await.unwrap();
        let told = facts::list(&fixture.intake.store, 0, 1_000).await.unwrap();
        let Some(Body::RatingInvited(invited)) = &told.last().unwrap().body else { panic!() };
        assert_eq!(invited.act.as_ref().unwrap().item_version, 1, "that of its acceptance");
    }

    #[tokio::test]
    async fn p01_a_kiosks_case_is_counted_in_the_hall_where_its_terminal_stood() {
        let fixture = Fixture::new().await;
        fixture.submit(ON_THE_SPOT_ITEM).await;
        let running = fixture.submit(COMMITTED_ITEM).await;
        // Moved since: the case stays where it was submitted.
        let stood = Unit {
            unit_id: fixture.terminal().id().to_owned(),
            kind: UnitKind::Terminal.into(),
            region_code: "652301".to_owned(),
            hall_id: "652301-h01".to_owned(),
            valid_to: "2026-03-02".to_owned(),
            ..Unit::default()
        };
        let stands = Unit {
            hall_id: "652301-h02".to_owned(),
            valid_from: "2026-03-03".to_owned(),
            valid_to: String::new(),
            ..stood.clone()
        };
        fixture.tell(vec![unit_published(&[stood, stands])]).await;
        fixture.on_march(4);
        let complete = CompleteCaseRequest {
            request_id: fixture.intake.shell.clock.new_id().to_string(),
            project_number: running.project_number,
            ..CompleteCaseRequest::default()
        };
        let system = fixture.system(&fixture.agency_of(COMMITTED_ITEM));
        crate::rpc::case::complete_case::run(&fixture.intake, system, complete).await.unwrap();
        fixture.submit(ON_THE_SPOT_ITEM).await;
        let halls: Vec<(bool, String)> = fixture
            .offered()
            .await
            .into_iter()
            .map(|act| (act.case_id == running.case_id, act.hall_id))
            .collect();
        let mut of_running = halls.iter().filter(|(running, _)| *running);
        assert!(of_running.all(|(_, hall)| hall == "652301-h01"), "{halls:?}");
        let mut others = halls.iter().filter(|(running, _)| !running).map(|(_, hall)| hall);
        assert_eq!(
            (others.next().unwrap(), others.next().unwrap()),
            (&"652301-h01".to_owned(), &"652301-h02".to_owned())
        );
    }

    #[tokio::test]
    async fn c06_a_terminal_that_stands_no_more_is_refused_for_good_and_an_unknown_one_for_now() {
        let fixture = Fixture::new().await;
        let stands = Unit {
            unit_id: fixture.terminal().id().to_owned(),
            kind: UnitKind::Terminal.into(),
            region_code: "652301".to_owned(),
            valid_to: "2026-03-02".to_owned(),
            ..Unit::default()
        };
        fixture.tell(vec![unit_published(&[stands])]).await;
        fixture.submit(ON_THE_SPOT_ITEM).await;
        fixture.intake.shell.clock.set("2026-03-03T01:00:00Z".parse().unwrap());
        let stranger = principal("652301-t99", Caller::Terminal);
        for (terminal, code) in
            [(fixture.terminal(), Code::FailedPrecondition), (stranger, Code::Unavailable)]
        {
            let request = fixture.application(ON_THE_SPOT_ITEM);
            let refused = run(&fixture.intake, terminal, request).await.unwrap_err();
            assert_eq!(tonic::Status::from(refused).code(), code);
        }
    }
}
