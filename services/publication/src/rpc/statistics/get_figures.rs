//! Reads the figures of one dimension for a span of days.

use domain::{
    codes::RegionCode,
    deadline::iso_date,
    statistics::{participation, rectification, satisfaction, with_defaults},
    violation::{Violations, identifier},
};
use jiff::civil::Date;
use platform::{auth::Anyone, page::Page};
use proto::publication::v1::{Dimension, Figures, GetFiguresRequest, GetFiguresResponse};

use crate::{
    convert::statistics::{levels_to_wire, rate_to_wire},
    error::Error,
    state::Publication,
    store::{
        self,
        statistics::figures::{Counts, FigureQuery},
    },
};

pub(crate) async fn run(
    publication: &Publication,
    _: Anyone,
    request: GetFiguresRequest,
) -> Result<GetFiguresResponse, Error> {
    let mut wrong = Violations::default();
    let dimension = Dimension::try_from(request.dimension).unwrap_or(Dimension::Unspecified);
    wrong.require(dimension != Dimension::Unspecified, "dimension", "is missing or unknown");
    let from = wrong.take("from", iso_date(&request.from)).unwrap_or(Date::MIN);
    let to = wrong.take("to", iso_date(&request.to)).unwrap_or(Date::MAX);
    wrong.require(from <= to, "to", "lies before from");
    wrong.take("key", identifier(&request.key));
    let key = match dimension {
        Dimension::Region if !request.key.is_empty() => {
            wrong.take("key", RegionCode::parse(&request.key)).map(|region| region.to_string())
        }
        _ => Some(request.key).filter(|key| !key.is_empty()),
    };
    let page = Page::read(&mut wrong, "GetFigures", request.page_size, &request.page_token);
    wrong.finish(())?;
    let wanted = FigureQuery {
        dimension,
        key: key.clone(),
        from,
        to,
        after: page.after.clone(),
        limit: page.read_size(),
    };
    let figures = store::statistics::figures::figures(publication.store.read(), &wanted).await?;
    let mut rows: Vec<Figures> =
        figures.into_iter().map(|(key, counts)| row(key, &counts)).collect();
    let next_page_token = page.cut(&mut rows, |row| row.key.clone());
    if let Some(key) = key.filter(|_| rows.is_empty()) {
        rows.push(row(key, &Counts::default()));
    }
    Ok(GetFiguresResponse { rows, next_page_token })
}

fn row(key: String, counts: &Counts) -> Figures {
    let rate = |rate| Some(rate_to_wire(rate));
    Figures {
        key,
        levels: levels_to_wire(counts.levels),
        satisfaction: rate(satisfaction(counts.levels)),
        participation: rate(participation(counts.participated, counts.offered)),
        rectification: rate(rectification(counts.tickets.fed_back, counts.tickets.opened)),
        levels_default: levels_to_wire(counts.levels_default),
        satisfaction_with_defaults: rate(satisfaction(with_defaults(
            counts.levels,
            counts.levels_default,
        ))),
        levels_imported: levels_to_wire(counts.levels_imported),
        tickets: Some(counts.tickets),
    }
}

#[cfg(test)]
mod tests {
    use platform::convert::to_wire;
    use proto::{
        fact::v1::{
            DeadlineWatched, MatterOpening, TicketOpened, TicketStepped, deadline_watched::Kind,
            fact::Body, ticket_opened,
        },
        publication::v1::TicketCounts,
        r#type::v1::{Finding, Level, TicketState},
    };

    use super::*;
    use crate::rpc::testing::{Fixture, anyone};

    #[tokio::test]
    async fn p03_closed_rectified_confirmed_relapsed_and_late_are_each_counted_by_themselves() {
        let fixture = Fixture::new().await;
        let act = fixture.act();
        let step =
            async |ticket_id: &str, state: TicketState, finding: Finding, missed: &[&str]| {
                fixture
                    .apply(Body::TicketStepped(TicketStepped {
                        ticket_id: ticket_id.to_owned(),
                        sequence: 900,
                        state: state.into(),
                        finding: finding.into(),
                        at: Some(to_wire(fixture.publication.shell.clock.now())),
                        missed: missed.iter().map(|act| (*act).to_owned()).collect(),
                        ..TicketStepped::default()
                    }))
                    .await;
            };
        let tickets = async || {
            let request = GetFiguresRequest {
                dimension: Dimension::Agency.into(),
                key: act.agency_id.clone(),
                from: "2026-03-02".to_owned(),
                to: "2026-03-02".to_owned(),
                ..GetFiguresRequest::default()
            };
            let answer = run(&fixture.publication, anyone(), request).await.unwrap();
            answer.rows[0].tickets.unwrap()
        };
        let mut expected = TicketCounts::default();
        let opened = async || fixture.open_ticket(&fixture.act(), false).await;
        let fed_back = opened().await;
        step(&fed_back, TicketState::FedBack, Finding::Clear, &[]).await;
        (expected.opened, expected.fed_back, expected.rectified) = (1, 1, 1);
        assert_eq!(tickets().await, expected, "fed back is not closed");
        step(&opened().await, TicketState::Closed, Finding::NoLegalBasis, &[]).await;
        (expected.opened, expected.fed_back, expected.closed) = (2, 2, 1);
        assert_eq!(tickets().await, expected, "closed is neither rectified nor confirmed");
        step(&opened().await, TicketState::Confirmed, Finding::Clear, &["fix_clear"]).await;
        (expected.opened, expected.fed_back, expected.rectified) = (3, 3, 2);
        (expected.closed, expected.confirmed, expected.late) = (2, 1, 1);
        assert_eq!(tickets().await, expected, "confirmed, and late all the same");
        let relapse = fixture.publication.shell.clock.new_id().to_string();
        let came_back = TicketOpened {
            ticket_id: relapse.clone(),
            act: Some(fixture.act()),
            opened_at: Some(to_wire("2026-03-02T03:00:00Z".parse().unwrap())),
            relapse_of: fed_back.clone(),
            opening: Some(ticket_opened::Opening::Matter(MatterOpening::default())),
            ..TicketOpened::default()
        };
        fixture.apply(Body::TicketOpened(came_back)).await;
        (expected.opened, expected.relapsed) = (4, 1);
        assert_eq!(tickets().await, expected);
        let escalated = DeadlineWatched {
            ticket_id: relapse.clone(),
            kind: Kind::Escalated.into(),
            ..DeadlineWatched::default()
        };
        for _ in 0..2 {
            fixture.apply(Body::DeadlineWatched(escalated.clone())).await;
        }
        expected.late = 2;
        assert_eq!(tickets().await, expected, "overdue before any step");
        step(&relapse, TicketState::Excluded, Finding::Unspecified, &["fix_clear"]).await;
        (expected.opened, expected.relapsed, expected.late) = (3, 0, 1);
        assert_eq!(tickets().await, expected, "an excluded one counts nowhere");
    }

    #[tokio::test]
    async fn p03_the_rates_follow_the_formulas_in_every_dimension() {
        let fixture = Fixture::new().await;
        for level in [Some(Level::VerySatisfied), Some(Level::Dissatisfied), None] {
            let act = fixture.act();
            fixture.invite(&act).await;
            if let Some(level) = level {
                let rating = fixture.rating(&act, level, "2026-03-02T03:00:00Z");
                fixture.apply(Body::RatingSubmitted(rating)).await;
            }
        }
        let act = fixture.act();
        for (dimension, key) in [
            (Dimension::Region, act.region_code),
            (Dimension::Agency, act.agency_id),
            (Dimension::Item, act.item_code),
            (Dimension::Line, act.line_id),
            (Dimension::Terminal, act.terminal_id),
            (Dimension::Window, act.window_id),
            (Dimension::Hall, act.hall_id),
        ] {
            let figures = fixture.figures_of(dimension, &key, "2026-03-02", "2026-03-02").await;
            assert_eq!(figures.levels, [1, 0, 0, 1, 0], "{dimension:?}");
            assert_eq!((figures.satisfaction, figures.participation), ((1, 2), (2, 3)));
        }
        let long =
            fixture.figures_of(Dimension::Region, "652301000000", "2026-03-02", "2026-03-02");
        assert_eq!(long.await.levels, [1, 0, 0, 1, 0], "a region in its longer form");
        let nobody =
            fixture.figures_of(Dimension::Agency, "652301-a99", "2026-03-02", "2026-03-02").await;
        assert_eq!((nobody.levels, nobody.satisfaction), ([0; 5], (0, 0)));
    }

    #[tokio::test]
    async fn everything_wrong_is_named_at_once() {
        let fixture = Fixture::new().await;
        let request = GetFiguresRequest { page_token: "%".to_owned(), ..Default::default() };
        let told = run(&fixture.publication, anyone(), request).await.unwrap_err().to_string();
        for field in ["dimension", "from", "to", "page_token"] {
            assert!(told.contains(&format!("{field}:")), "{told}");
        }
    }
}
