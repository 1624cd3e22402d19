//! Figures: every rate, score and channel.

use platform::{
    auth::Caller,
    convert::to_wire,
    facts::consume::Consumer as _,
    testing::{AGENCY, REGION, principal},
};
use proto::{
    fact::v1::{
        DeadlineWatched, Fact, FollowUpEnded, FollowUpOpened, MatterOpening, RatingSubmitted,
        TicketOpened, TicketStepped, deadline_watched::Kind, fact::Body, ticket_opened,
    },
    publication::v1::{GetPeriodReportRequest, GetStaffFiguresRequest, TicketCounts},
    r#type::v1::{Finding, Involved, Level, Origin, ServiceAct, TicketState},
};

use sea_orm::ConnectionTrait as _;
use tonic_types::StatusExt as _;

use super::*;
use crate::{
    rpc::{
        statistics::{get_period_report, get_staff_figures},
        testing::{Fixture, anyone},
    },
    store::statistics::fold::FOLD,
};

#[tokio::test]
async fn p03_closed_rectified_confirmed_relapsed_and_late_are_each_counted_by_themselves() {
    let fixture = Fixture::new().await;
    let act = fixture.act();
    let step = async |ticket_id: &str, state: TicketState, finding: Finding, missed: &[&str]| {
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
    (expected.on_time, expected.real_name) = (1, 1);
    assert_eq!(tickets().await, expected, "fed back is not closed");
    step(&opened().await, TicketState::Closed, Finding::NoLegalBasis, &[]).await;
    (expected.opened, expected.fed_back, expected.closed) = (2, 2, 1);
    (expected.on_time, expected.real_name) = (2, 2);
    assert_eq!(tickets().await, expected, "closed is neither rectified nor confirmed");
    step(&opened().await, TicketState::Confirmed, Finding::Clear, &["fix_clear"]).await;
    (expected.opened, expected.fed_back, expected.rectified) = (3, 3, 2);
    (expected.closed, expected.confirmed, expected.late) = (2, 1, 1);
    expected.real_name = 3;
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
        (Dimension::Platform, act.platform_id),
    ] {
        let figures = fixture.figures_of(dimension, &key, "2026-03-02", "2026-03-02").await;
        assert_eq!(figures.levels, [1, 0, 0, 1, 0], "{dimension:?}");
        assert_eq!((figures.satisfaction, figures.participation), ((1, 2), (2, 3)));
    }
    let long = fixture.figures_of(Dimension::Region, "652301000000", "2026-03-02", "2026-03-02");
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

/// One row of an answer, of 2 March 2026.
async fn told(fixture: &Fixture, request: GetFiguresRequest) -> Figures {
    let (from, to) = ("2026-03-02".to_owned(), "2026-03-02".to_owned());
    let request = GetFiguresRequest { from, to, ..request };
    let answer = run(&fixture.publication, anyone(), request).await.unwrap();
    let [row] = <[Figures; 1]>::try_from(answer.rows).unwrap();
    row
}

fn counts(levels: &[proto::publication::v1::LevelCount]) -> Vec<u64> {
    levels.iter().map(|level| level.count).collect()
}

#[tokio::test]
async fn p01_p02_an_agency_line_and_region_have_the_mean_of_what_their_staff_were_given() {
    let fixture = Fixture::under("guangxi-2019").await;
    let part =
        |agency: &str| Involved { agency_id: agency.to_owned(), region_code: REGION.to_owned() };
    let own = fixture.act();
    let kiosk = ServiceAct { staff_id: String::new(), ..fixture.act() };
    let package = ServiceAct {
        staff_id: String::new(),
        involved: vec![part(AGENCY), part("652301-a04")],
        ..fixture.act()
    };
    for (act, level, origin) in [
        (&own, Level::VerySatisfied, Origin::Active),
        (&fixture.act(), Level::VeryDissatisfied, Origin::Paper),
        (&kiosk, Level::VeryDissatisfied, Origin::Active),
        (&package, Level::Satisfied, Origin::Active),
    ] {
        let rating = fixture.rating(act, level, "2026-03-02T03:00:00Z");
        let rating = RatingSubmitted { origin: origin.into(), ..rating };
        fixture.apply(Body::RatingSubmitted(rating)).await;
    }
    for (dimension, key, named, total, ratings) in [
        (Dimension::Agency, AGENCY, "", 10 + 8, 3),
        (Dimension::Agency, "652301-a04", REGION, 8, 1),
        (Dimension::Region, REGION, "", 10 + 8, 3),
        (Dimension::Line, "line-sample", REGION, 10 + 8, 3),
    ] {
        let request = GetFiguresRequest {
            dimension: dimension.into(),
            key: key.to_owned(),
            region_code: named.to_owned(),
            ..GetFiguresRequest::default()
        };
        let score = told(&fixture, request).await.score.unwrap();
        assert_eq!((score.total, score.ratings), (total, ratings), "{dimension:?}");
        assert!(score.mean_of_staff);
        assert_eq!(score.policy, "guangxi-2019@1");
    }
    let item = GetFiguresRequest {
        dimension: Dimension::Item.into(),
        key: own.item_code.clone(),
        region_code: REGION.to_owned(),
        ..GetFiguresRequest::default()
    };
    let row = told(&fixture, item).await;
    assert_eq!(row.score, None, "a single item's score is its staff member's");
    assert_eq!(counts(&row.levels), [1, 1, 0, 0, 2]);
}

#[tokio::test]
async fn p02_where_units_are_rated_directly_all_of_their_ratings_make_the_stars() {
    let fixture = Fixture::under("shanghai-2019").await;
    let act = ServiceAct { staff_id: String::new(), ..fixture.act() };
    let rating = fixture.rating(&act, Level::Satisfied, "2026-03-02T03:00:00Z");
    fixture.apply(Body::RatingSubmitted(rating)).await;
    let agency = GetFiguresRequest {
        dimension: Dimension::Agency.into(),
        key: AGENCY.to_owned(),
        ..GetFiguresRequest::default()
    };
    let score = told(&fixture, agency).await.score.unwrap();
    assert_eq!((score.total, score.ratings, score.mean_of_staff), (4, 1, false));
    let nation = Fixture::under("state-council-2019").await;
    let unscored = GetFiguresRequest {
        dimension: Dimension::Agency.into(),
        key: AGENCY.to_owned(),
        ..GetFiguresRequest::default()
    };
    assert_eq!(told(&nation, unscored).await.score, None, "no document sets one");
}

#[tokio::test]
async fn p03_a_channel_is_read_by_itself_and_paper_default_and_imported_stand_apart() {
    let fixture = Fixture::new().await;
    for (channel, origin, level) in [
        (Channel::Kiosk, Origin::Active, Level::VerySatisfied),
        (Channel::Portal, Origin::Active, Level::Satisfied),
        (Channel::Paper, Origin::Paper, Level::BasicallySatisfied),
        (Channel::System, Origin::Default, Level::VerySatisfied),
        (Channel::Portal, Origin::Imported, Level::Dissatisfied),
    ] {
        let rating = fixture.rating(&fixture.act(), level, "2026-03-02T03:00:00Z");
        let rating = RatingSubmitted { origin: origin.into(), channel: channel.into(), ..rating };
        fixture.apply(Body::RatingSubmitted(rating)).await;
    }
    let of = async |channel: Channel| {
        let request = GetFiguresRequest {
            dimension: Dimension::Window.into(),
            key: fixture.act().window_id,
            channel: channel.into(),
            ..GetFiguresRequest::default()
        };
        told(&fixture, request).await
    };
    let all = of(Channel::Unspecified).await;
    assert_eq!(counts(&all.levels), [1, 1, 1, 0, 0]);
    assert_eq!(counts(&all.levels_paper), [0, 0, 1, 0, 0]);
    assert_eq!(counts(&all.levels_default), [1, 0, 0, 0, 0]);
    assert_eq!(counts(&all.levels_imported), [0, 0, 0, 1, 0]);
    let portal = of(Channel::Portal).await;
    assert_eq!(counts(&portal.levels), [0, 1, 0, 0, 0]);
    assert_eq!(counts(&portal.levels_imported), [0, 0, 0, 1, 0]);
    assert_eq!((portal.participation, portal.tickets), (None, None), "they have no channel");
}

#[tokio::test]
async fn p03_follow_up_real_name_and_satisfaction_with_the_handling_are_rates_of_their_own() {
    let fixture = Fixture::new().await;
    let step = async |ticket_id: &str, sequence, state: TicketState, followed_up| {
        let stepped = TicketStepped {
            ticket_id: ticket_id.to_owned(),
            sequence,
            state: state.into(),
            at: Some(to_wire(fixture.publication.shell.clock.now())),
            followed_up,
            ..TicketStepped::default()
        };
        fixture.apply(Body::TicketStepped(stepped)).await;
    };
    let due = async |ticket_id: &str, required, sampled| {
        let ticket_id = ticket_id.to_owned();
        let opened = FollowUpOpened { ticket_id, required, sampled, ..FollowUpOpened::default() };
        fixture.apply(Body::FollowUpOpened(opened)).await;
    };
    let opened = async || fixture.open_ticket(&fixture.act(), false).await;
    let neither = opened().await;
    due(&neither, false, false).await;
    step(&neither, 900, TicketState::Closed, false).await;
    let missed = opened().await;
    due(&missed, true, false).await;
    step(&missed, 900, TicketState::Closed, false).await;
    let unasked = opened().await;
    step(&unasked, 900, TicketState::Confirmed, true).await;
    // Ended by an older version's fact alone.
    let ended = FollowUpEnded { ticket_id: unasked, satisfied: true, ..FollowUpEnded::default() };
    fixture.apply(Body::FollowUpEnded(ended)).await;
    let again = opened().await;
    due(&again, true, true).await;
    // The same closing once more, after an answer was taken back; and drawn no more by a new one.
    due(&again, false, false).await;
    step(&again, 900, TicketState::Closed, false).await;
    step(&again, 901, TicketState::Opened, true).await;
    let late = opened().await;
    due(&late, false, true).await;
    step(&late, 901, TicketState::Closed, false).await;
    step(&late, 900, TicketState::Opened, true).await;
    let request = GetFiguresRequest {
        dimension: Dimension::Agency.into(),
        key: AGENCY.to_owned(),
        ..GetFiguresRequest::default()
    };
    let row = told(&fixture, request).await;
    let rate = |rate: Option<proto::publication::v1::Rate>| {
        rate.map(|rate| (rate.numerator, rate.denominator)).unwrap()
    };
    assert_eq!(rate(row.follow_up), (2, 3), "of those due; a step that was set aside is not lost");
    assert_eq!(
        rate(row.real_name_handled),
        (2, 5),
        "one has begun again, two were not followed up"
    );
    assert_eq!(rate(row.handling_satisfaction), (1, 3));
}

#[tokio::test]
async fn p03_figures_of_staff_are_not_read_here() {
    let fixture = Fixture::new().await;
    let request = GetFiguresRequest {
        dimension: Dimension::Staff.into(),
        from: "2026-03-02".to_owned(),
        to: "2026-03-02".to_owned(),
        ..GetFiguresRequest::default()
    };
    let refused = run(&fixture.publication, anyone(), request).await.unwrap_err().to_string();
    assert!(refused.contains("dimension: is for officers"), "{refused}");
}

#[tokio::test]
async fn p03_what_an_earlier_version_counted_otherwise_is_not_given_until_it_is_rebuilt() {
    let fixture = Fixture::under("guangxi-2019").await;
    let rating = fixture.rating(&fixture.act(), Level::Satisfied, "2026-03-02T03:00:00Z");
    fixture.apply(Body::RatingSubmitted(rating)).await;
    fixture.open_ticket(&fixture.act(), false).await;
    let request = || GetFiguresRequest {
        dimension: Dimension::Agency.into(),
        key: AGENCY.to_owned(),
        from: "2026-03-02".to_owned(),
        to: "2026-03-02".to_owned(),
        ..GetFiguresRequest::default()
    };
    let row = told(&fixture, request()).await;
    assert!(row.score.is_some() && row.follow_up.is_some());
    let by_hand = async |sql| {
        fixture.publication.store.write().execute_unprepared(sql).await.unwrap();
    };
    by_hand("UPDATE fold SET version = version - 1").await;
    let earlier = told(&fixture, request()).await;
    let left_out = (earlier.score, earlier.follow_up);
    assert_eq!(left_out, (None, None));
    assert_eq!((earlier.real_name_handled, earlier.handling_satisfaction), (None, None));
    assert_eq!((earlier.levels, earlier.satisfaction), (row.levels, row.satisfaction));
    let officer = || {
        let (region, agency) = (REGION.to_owned(), AGENCY.to_owned());
        principal("handler", Caller::Handler { region, agency })
    };
    let publication = &fixture.publication;
    let staff = async || {
        let request = GetStaffFiguresRequest {
            region_code: REGION.to_owned(),
            agency_id: AGENCY.to_owned(),
            from: "2026-03-01".to_owned(),
            to: "2026-03-31".to_owned(),
            ..GetStaffFiguresRequest::default()
        };
        get_staff_figures::run(publication, officer(), request).await.map(drop)
    };
    let report = async || {
        let request = GetPeriodReportRequest {
            region_code: REGION.to_owned(),
            agency_id: AGENCY.to_owned(),
            period: "2026-02".to_owned(),
            ..GetPeriodReportRequest::default()
        };
        get_period_report::run(publication, officer(), request).await.map(drop)
    };
    for refused in [staff().await, report().await] {
        let status = tonic::Status::from(refused.unwrap_err());
        assert_eq!(status.code(), tonic::Code::Unavailable);
        let info = status.get_error_details().error_info().cloned().unwrap();
        assert_eq!(info.reason, "FIGURES_NOT_REBUILT");
    }
    by_hand("UPDATE fold SET version = version + 1").await;
    staff().await.unwrap();
    report().await.unwrap();
    // What a later version rebuilt is left alone.
    by_hand("UPDATE fold SET version = version + 1").await;
    let fact = Fact {
        producer: "intake".to_owned(),
        position: 900,
        body: Some(Body::RatingSubmitted(RatingSubmitted::default())),
        ..Fact::default()
    };
    let txn = publication.store.begin().await.unwrap();
    let refused = publication.consumer().apply(&txn, &[fact]).await.unwrap_err();
    let later = format!("later version ({})", FOLD + 1);
    assert!(refused.to_string().contains(&later), "{refused}");
}
