//! Gets the static code of a window, for printing, and for the screen of its evaluator.

use domain::{
    deadline::day_of,
    violation::{Violations, identifier},
};
use platform::{auth::CodeHolder, status::Failure};
use proto::{
    catalog::v1::UnitKind,
    intake::v1::{GetWindowCodeRequest, GetWindowCodeResponse},
};
use qrcode::{EcLevel, QrCode, render::svg};

use crate::{
    Intake,
    app::rating::devices,
    error::{Error, rating::window::WindowError},
    state::snapshot_with,
};

/// Minimum width and height of the image, in pixels: it scales without loss.
const MIN_PIXELS: u32 = 240;

pub(crate) async fn run(
    intake: &Intake,
    caller: CodeHolder,
    GetWindowCodeRequest { window_id }: GetWindowCodeRequest,
) -> Result<GetWindowCodeResponse, Error> {
    let is_officer = matches!(caller, CodeHolder::Officer(_));
    let mut wrong = Violations::default();
    wrong.require(!(is_officer && window_id.is_empty()), "window_id", "is missing");
    if !window_id.is_empty() {
        wrong.take("window_id", identifier(&window_id));
    }
    wrong.finish(())?;
    let window_id = match &caller {
        CodeHolder::Officer(_) => window_id,
        CodeHolder::Terminal(terminal) => {
            snapshot_with(intake, terminal.id()).await?;
            let stands_at = devices::window(intake, terminal.id())?;
            let own = window_id.is_empty() || window_id == stands_at;
            own.then_some(stands_at).ok_or(WindowError::NotFound)?
        }
    };
    let snapshot = intake.reference.now();
    let unit = snapshot.unit(&window_id, day_of(intake.shell.clock.now()));
    // A merged window has its successor's code.
    let window = unit.filter(|unit| unit.kind() == UnitKind::Window && unit.unit_id == window_id);
    let own = window.filter(|unit| match &caller {
        CodeHolder::Officer(officer) => officer.reaches(&unit.region_code),
        CodeHolder::Terminal(_) => true,
    });
    let window = own.ok_or(WindowError::NotFound)?;
    let code = intake.shell.window_codes.code(&window.unit_id);
    // Paper on a counter wears off: a quarter of it may be missing.
    let image = QrCode::with_error_correction_level(&code, EcLevel::Q)
        .map_err(|error| Failure::Internal(format!("QR code: {error}")))?;
    let svg = image.render::<svg::Color<'_>>().min_dimensions(MIN_PIXELS, MIN_PIXELS).build();
    Ok(GetWindowCodeResponse { code, svg })
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{AGENCY, EVALUATOR, REGION, TERMINALS, WINDOWS, principal, unit_published},
    };
    use proto::catalog::v1::Unit;
    use tonic::{Code, Status};

    use super::*;
    use crate::rpc::testing::Fixture;

    fn authority(region: &str) -> CodeHolder {
        principal("officer", Caller::Authority { region: region.to_owned() })
    }

    async fn code(
        fixture: &Fixture,
        caller: CodeHolder,
        window: &str,
    ) -> Result<GetWindowCodeResponse, Status> {
        let request = GetWindowCodeRequest { window_id: window.to_owned() };
        Ok(run(&fixture.intake, caller, request).await?)
    }

    #[tokio::test]
    async fn i24_each_window_has_one_code_for_all_officers_and_for_ever() {
        let fixture = Fixture::new().await;
        let first = code(&fixture, authority(REGION), WINDOWS[0]).await.unwrap();
        let opened = fixture.intake.shell.window_codes.open(&first.code);
        assert_eq!(opened.as_deref(), Ok(WINDOWS[0]));
        assert!(first.svg.contains("<svg") && first.svg.contains("#000"), "{}", first.svg);
        fixture.intake.shell.clock.set("2027-03-02T01:00:00Z".parse().unwrap());
        let caller = Caller::Handler { region: REGION.to_owned(), agency: AGENCY.to_owned() };
        let again = code(&fixture, principal("other", caller), WINDOWS[0]).await.unwrap();
        assert_eq!(again, first);
        let other = code(&fixture, authority(REGION), WINDOWS[1]).await.unwrap();
        assert!(other.code != first.code && other.svg != first.svg);
    }

    #[tokio::test]
    async fn i24_an_evaluator_shows_the_code_of_its_own_window_and_of_no_other() {
        let fixture = Fixture::new().await;
        let printed = code(&fixture, authority(REGION), WINDOWS[0]).await.unwrap();
        let terminal = |id: &str| principal(id, Caller::Terminal);
        for window in ["", WINDOWS[0]] {
            assert_eq!(code(&fixture, terminal(EVALUATOR), window).await.unwrap(), printed);
        }
        let other = code(&fixture, terminal(EVALUATOR), WINDOWS[1]).await.unwrap_err();
        assert_eq!(other.code(), Code::NotFound);
        let kiosk = code(&fixture, terminal(TERMINALS[0]), "").await.unwrap_err();
        assert_eq!(kiosk.code(), Code::FailedPrecondition, "it stands at none");
    }

    #[tokio::test]
    async fn i24_there_is_no_code_of_a_foreign_an_ended_or_no_window() {
        let fixture = Fixture::new().await;
        let merged = Unit {
            unit_id: "652301-w03".to_owned(),
            kind: UnitKind::Window.into(),
            region_code: REGION.to_owned(),
            valid_to: "2026-03-01".to_owned(),
            successor_id: WINDOWS[0].to_owned(),
            ..Unit::default()
        };
        fixture.tell(vec![unit_published(&[merged])]).await;
        for (region, window) in [
            ("652302", WINDOWS[0]),
            (REGION, "652301-w99"),
            (REGION, "652301-w03"),
            (REGION, TERMINALS[0]),
        ] {
            let refused = code(&fixture, authority(region), window).await.unwrap_err();
            assert_eq!(refused.code(), Code::NotFound, "{region} {window}");
        }
        for malformed in ["", "a\nb", &"长".repeat(65)] {
            let refused = code(&fixture, authority(REGION), malformed).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument);
        }
    }
}
