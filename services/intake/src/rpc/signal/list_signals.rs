//! Lists signals of fraud, the newest first (S03).

use domain::violation::Violations;
use platform::{auth::Authority, page::Page};
use proto::{
    intake::v1::{ListSignalsRequest, ListSignalsResponse, SignalState},
    r#type::v1::SignalKind,
};

use crate::{
    Intake,
    convert::{given, signal::signal_to_wire, to_column},
    error::Error,
    store::signal::signals::{self, SignalQuery},
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Authority,
    request: ListSignalsRequest,
) -> Result<ListSignalsResponse, Error> {
    let mut wrong = Violations::default();
    let kind = SignalKind::try_from(request.kind).map_err(|_| "is unknown");
    let state = SignalState::try_from(request.state).map_err(|_| "is unknown");
    let (kind, state) = (wrong.take("kind", kind), wrong.take("state", state));
    let page = Page::read(&mut wrong, "ListSignals", request.page_size, &request.page_token);
    wrong.finish(())?;
    let query = SignalQuery {
        kind: kind.filter(|kind| *kind != SignalKind::Unspecified).map(to_column),
        state: state.filter(|state| *state != SignalState::Unspecified).map(to_column),
        subject_id: given(&request.subject_id),
    };
    let mut rows = signals::list(&intake.store, caller.officer(), &query, &page).await?;
    let next_page_token = page.cut(&mut rows, |row| row.id);
    Ok(ListSignalsResponse { signals: rows.iter().map(signal_to_wire).collect(), next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{REGION, STAFF, WINDOWS, principal},
    };
    use proto::r#type::v1::SignalSubject;

    use super::*;
    use crate::{
        jobs::find_signals::testing::faked,
        rpc::testing::{Fixture, authority, named},
    };

    #[tokio::test]
    async fn s03_the_authority_lists_the_signals_of_its_region_and_nobody_those_about_themselves() {
        let fixture = Fixture::new().await;
        let (_, signals) = faked(&fixture).await;
        let list = async |caller: Authority, request: ListSignalsRequest| {
            run(&fixture.intake, caller, request).await.unwrap()
        };
        let all = ListSignalsRequest::default();
        for (region, count) in [(REGION, 2), ("652300", 2), ("652302", 0), ("652301105", 0)] {
            let listed = list(authority(region), all.clone()).await.signals;
            assert_eq!(listed.len(), count, "{region}");
        }
        let first = ListSignalsRequest { page_size: 1, ..all.clone() };
        let page = list(authority(REGION), first.clone()).await;
        let next = ListSignalsRequest { page_token: page.next_page_token, ..first };
        let last = list(authority(REGION), next).await;
        assert_eq!([&page.signals[0], &last.signals[0]], [&signals[0], &signals[1]]);
        assert_eq!(last.next_page_token, "");
        let found = |kind: SignalKind, state: SignalState, subject_id: &str| ListSignalsRequest {
            kind: kind.into(),
            state: state.into(),
            subject_id: subject_id.to_owned(),
            ..ListSignalsRequest::default()
        };
        for (query, count) in [
            (found(SignalKind::FasterThanAHand, SignalState::Open, ""), 2),
            (found(SignalKind::FasterThanAHand, SignalState::Unspecified, WINDOWS[0]), 1),
            (found(SignalKind::Night, SignalState::Unspecified, ""), 0),
            (found(SignalKind::Unspecified, SignalState::FoundTrue, ""), 0),
        ] {
            assert_eq!(
                list(authority(REGION), query.clone()).await.signals.len(),
                count,
                "{query:?}"
            );
        }
        let herself = principal(STAFF, Caller::Authority { region: REGION.to_owned() });
        let [signal] = &list(herself, all).await.signals[..] else { panic!() };
        assert_eq!(signal.subject(), SignalSubject::Window);
        let wrong = ListSignalsRequest {
            kind: 99,
            state: 99,
            page_token: "x".to_owned(),
            ..ListSignalsRequest::default()
        };
        let refused = run(&fixture.intake, authority(REGION), wrong).await.unwrap_err();
        assert_eq!(named(refused), ["kind", "state", "page_token"]);
    }
}
