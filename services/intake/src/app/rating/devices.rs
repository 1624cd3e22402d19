//! The devices that raters touch: which window each stands at, and what may be rated on it (I15,
//! I19).

use domain::{
    channel::{Channel, RatingEntry},
    deadline::day_of,
    id::ActId,
};
use platform::{auth::Rater, convert::channel, reference::Snapshot};
use proto::catalog::v1::{Unit, UnitNature};

use crate::{
    Intake,
    error::{
        Error,
        rating::{device::DeviceError, invitation::InvitationError},
    },
    store::case::acts,
};

/// The channel a rater names, if it fits the caller: a device has its own channel and no other.
pub(crate) fn may_name(
    intake: &Intake,
    caller: &Rater,
    named: i32,
) -> Result<Channel, &'static str> {
    let given = match caller.terminal() {
        None => RatingEntry::Citizen,
        Some(id) if evaluator(intake, &intake.reference.now(), id).is_some() => {
            RatingEntry::Evaluator
        }
        Some(_) => RatingEntry::Kiosk,
    };
    let channel = channel(named).map_err(|why| why.0)?;
    if given.may_name(channel) { Ok(channel) } else { Err("is not one that the caller rates by") }
}

/// A device that the catalog has put out of use is no device any more: a retired evaluator's token
/// does not make it a kiosk.
pub(crate) fn in_use(intake: &Intake, caller: &Rater) -> Result<(), Error> {
    let Some(id) = caller.terminal() else { return Ok(()) };
    let snapshot = intake.reference.now();
    let retired = snapshot.terminal(id, day_of(intake.shell.clock.now())).is_none();
    if retired && snapshot.knows_unit(id) { Err(DeviceError::NoKiosk.into()) } else { Ok(()) }
}

/// An evaluator accepts only ratings of services at its own window.
pub(crate) async fn at_own_window(
    intake: &Intake,
    caller: &Rater,
    act_id: ActId,
) -> Result<(), Error> {
    let snapshot = intake.reference.now();
    let unit = caller.terminal().and_then(|id| evaluator(intake, &snapshot, id));
    let Some(unit) = unit else { return Ok(()) };
    let window = stands_at(unit).ok_or(DeviceError::NoWindow)?;
    let (act, _) = acts::act(&intake.store, act_id).await?.ok_or(InvitationError::NotFound)?;
    if act.window_id.as_deref() == Some(window) {
        Ok(())
    } else {
        Err(DeviceError::OtherWindow.into())
    }
}

/// The region of a kiosk in use; a kiosk reads the visitor's card.
pub(crate) fn kiosk_region(intake: &Intake, terminal: &str) -> Result<String, Error> {
    let snapshot = intake.reference.now();
    match snapshot.terminal(terminal, day_of(intake.shell.clock.now())) {
        Some(unit) if unit.nature() != UnitNature::Evaluator => Ok(unit.region_code.clone()),
        None if !snapshot.knows_unit(terminal) => {
            let reason = "TERMINAL_NOT_KNOWN_YET";
            Err(Error::NotKnownYet { reason, what: "the terminal" })
        }
        Some(_) | None => Err(DeviceError::NoKiosk.into()),
    }
}

/// The window that a terminal watches.
pub(crate) fn window(intake: &Intake, terminal: &str) -> Result<String, Error> {
    let snapshot = intake.reference.now();
    let window = evaluator(intake, &snapshot, terminal).and_then(stands_at);
    if window.is_none() && !snapshot.knows_unit(terminal) {
        let reason = "TERMINAL_NOT_KNOWN_YET";
        return Err(Error::NotKnownYet { reason, what: "the terminal" });
    }
    window.map(str::to_owned).ok_or(DeviceError::NoWindow.into())
}

fn evaluator<'a>(intake: &Intake, known: &'a Snapshot, terminal: &str) -> Option<&'a Unit> {
    let unit = known.terminal(terminal, day_of(intake.shell.clock.now()))?;
    (unit.nature() == UnitNature::Evaluator).then_some(unit)
}

fn stands_at(evaluator: &Unit) -> Option<&str> {
    Some(evaluator.window_id.as_str()).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{EVALUATOR, REGION, TERMINALS, WINDOW_ITEM, WINDOWS, principal, unit_published},
    };
    use proto::{
        catalog::v1::UnitKind,
        intake::v1::{SubmitRatingRequest, SubmitRatingResponse},
        r#type::v1::{Channel, Level, Stage},
    };
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::rpc::{
        rating::submit_rating,
        testing::{Fixture, PERSON, rater, rating_request},
    };

    /// The invitation of a service at a window.
    async fn invitation_at(fixture: &Fixture, number: &str, window: &str) -> String {
        let mut report = fixture.report(number, WINDOW_ITEM, &[Stage::Acceptance]);
        report.steps[0].window_id = window.to_owned();
        report.steps[0].staff_id = String::new();
        fixture.push(report).await.unwrap();
        let mine = fixture.my_cases(PERSON).await;
        let own = |my: &&proto::intake::v1::MyCase| {
            my.case.as_ref().is_some_and(|case| case.project_number == number)
        };
        mine.iter().find(own).unwrap().acts[0].invitation.clone().unwrap().token
    }

    async fn rate(
        fixture: &Fixture,
        terminal: &str,
        token: &str,
        channel: Channel,
    ) -> Result<SubmitRatingResponse, Status> {
        let caller = match terminal {
            "" => rater(),
            id => principal(id, Caller::Terminal),
        };
        let request = rating_request(token, Level::Satisfied);
        let request = SubmitRatingRequest { channel: channel.into(), ..request };
        Ok(submit_rating::run(&fixture.intake, caller, None, request).await?)
    }

    #[tokio::test]
    async fn i15_i01_each_device_rates_by_its_own_channel_and_no_other() {
        let fixture = Fixture::new().await;
        let token = invitation_at(&fixture, "P-1", WINDOWS[0]).await;
        let channels = [Channel::Kiosk, Channel::Evaluator, Channel::Portal, Channel::WindowCode];
        for (terminal, own) in [
            (TERMINALS[0], &channels[..1]),
            // A terminal from before terminals had a kind: all of those were kiosks.
            (TERMINALS[1], &channels[..1]),
            (EVALUATOR, &channels[1..2]),
            ("", &channels[2..]),
        ] {
            for channel in channels {
                let code = match rate(&fixture, terminal, &token, channel).await {
                    Ok(_) => Code::Ok,
                    Err(refused) => refused.code(),
                };
                let may = own.contains(&channel);
                let expected = if may { Code::Ok } else { Code::InvalidArgument };
                assert_eq!(code, expected, "{channel:?} from \"{terminal}\"");
            }
        }
        for never in [Channel::SmsReply, Channel::Hotline, Channel::Paper, Channel::Unspecified] {
            for terminal in [TERMINALS[0], EVALUATOR, ""] {
                let refused = rate(&fixture, terminal, &token, never).await.unwrap_err();
                let details = refused.get_error_details();
                let wrong = &details.bad_request().unwrap().field_violations;
                assert_eq!(wrong[0].field, "channel", "{never:?}");
            }
        }
    }

    #[tokio::test]
    async fn i15_the_token_of_a_device_out_of_use_rates_as_nothing() {
        let fixture = Fixture::new().await;
        let token = invitation_at(&fixture, "P-1", WINDOWS[0]).await;
        let retired = |id: &str, nature: UnitNature| Unit {
            unit_id: id.to_owned(),
            kind: UnitKind::Terminal.into(),
            nature: nature.into(),
            region_code: REGION.to_owned(),
            window_id: WINDOWS[0].to_owned(),
            valid_from: "2025-01-01".to_owned(),
            valid_to: "2026-02-28".to_owned(),
            ..Unit::default()
        };
        let evaluator = retired("652301-t05", UnitNature::Evaluator);
        let kiosk = retired("652301-t06", UnitNature::Kiosk);
        fixture.tell(vec![unit_published(&[evaluator]), unit_published(&[kiosk])]).await;
        for terminal in ["652301-t05", "652301-t06"] {
            for channel in [Channel::Kiosk, Channel::Evaluator, Channel::Portal] {
                let refused = rate(&fixture, terminal, &token, channel).await.unwrap_err();
                let details = refused.get_error_details();
                assert_eq!(details.error_info().unwrap().reason, "NO_KIOSK", "{channel:?}");
            }
        }
        rate(&fixture, EVALUATOR, &token, Channel::Evaluator).await.unwrap();
    }

    #[tokio::test]
    async fn i15_i19_an_evaluator_takes_ratings_of_its_own_window_only() {
        let fixture = Fixture::new().await;
        let here = invitation_at(&fixture, "P-1", WINDOWS[0]).await;
        let elsewhere = invitation_at(&fixture, "P-2", WINDOWS[1]).await;
        let at_kiosk = fixture.invitation().await;
        rate(&fixture, EVALUATOR, &here, Channel::Evaluator).await.unwrap();
        for token in [&elsewhere, &at_kiosk] {
            let refused = rate(&fixture, EVALUATOR, token, Channel::Evaluator).await.unwrap_err();
            assert_eq!(refused.code(), Code::FailedPrecondition);
            let details = refused.get_error_details();
            assert_eq!(details.error_info().unwrap().reason, "OTHER_WINDOW");
        }
        // Its holder can rate it anywhere else.
        rate(&fixture, "", &elsewhere, Channel::Portal).await.unwrap();
        let nowhere = Unit {
            unit_id: "652301-t04".to_owned(),
            kind: UnitKind::Terminal.into(),
            nature: UnitNature::Evaluator.into(),
            region_code: REGION.to_owned(),
            ..Unit::default()
        };
        fixture.tell(vec![unit_published(&[nowhere])]).await;
        let refused = rate(&fixture, "652301-t04", &here, Channel::Evaluator).await.unwrap_err();
        let details = refused.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "NO_WINDOW");
    }
}
