use platform::{
    auth::Caller,
    convert::to_wire,
    facts::consume::{Consumer as _, Obstacle},
    testing::{AGENCY, REGION, STAFF, WINDOWS, principal},
};
use proto::{
    fact::v1::{
        DeadlineWatched, Fact, MisconductTransferred, RatingExcluded, RatingReinstated,
        RestrictedMatterDecided, SignalJudged, StaffMeasureStepped, TicketAnnulled, TicketStepped,
        deadline_watched::Kind as Watched, fact::Body,
    },
    publication::v1::{AppraisalFinding, FindingSubject},
    r#type::v1::{
        ExclusionGround, ExclusionKind, RestrictedKind, SignalKind, SignalSubject,
        StaffMeasureState, TicketState,
    },
};

use super::*;
use crate::rpc::testing::Fixture;

fn authority(id: &str, region: &str) -> Authority {
    principal(id, Caller::Authority { region: region.to_owned() })
}

fn year() -> ListFindingsRequest {
    ListFindingsRequest {
        from: "2026-01-01".to_owned(),
        to: "2026-12-31".to_owned(),
        ..ListFindingsRequest::default()
    }
}

async fn listed(fixture: &Fixture, request: ListFindingsRequest) -> Vec<AppraisalFinding> {
    run(&fixture.publication, authority("主管", REGION), request).await.unwrap().findings
}

/// All findings as (kind, subject, day).
async fn told(fixture: &Fixture) -> Vec<(FindingKind, String, String)> {
    let all = listed(fixture, year()).await.into_iter();
    all.map(|found| (found.kind(), found.subject_id, found.day)).collect()
}

fn found(kind: FindingKind, subject: &str, day: &str) -> (FindingKind, String, String) {
    (kind, subject.to_owned(), format!("2026-03-{day}"))
}

fn id(fixture: &Fixture) -> String {
    fixture.publication.shell.clock.new_id().to_string()
}

/// Noon of a day of March in China.
fn noon(day: u8) -> jiff::Timestamp {
    format!("2026-03-{day:02}T04:00:00Z").parse().unwrap()
}

fn judged(signal_id: &str, subject: SignalSubject, found_true: bool, day: u8) -> Body {
    Body::SignalJudged(SignalJudged {
        signal_id: signal_id.to_owned(),
        kind: SignalKind::FasterThanAHand.into(),
        subject: subject.into(),
        subject_id: match subject {
            SignalSubject::Staff => STAFF.to_owned(),
            SignalSubject::Window => WINDOWS[0].to_owned(),
            _ => String::new(),
        },
        region_code: REGION.to_owned(),
        agency_id: AGENCY.to_owned(),
        found_true,
        at: Some(to_wire(noon(day))),
    })
}

fn measure(measure_id: &str, state: StaffMeasureState, sequence: u32, day: u8) -> Body {
    Body::StaffMeasureStepped(StaffMeasureStepped {
        measure_id: measure_id.to_owned(),
        staff_id: STAFF.to_owned(),
        agency_id: AGENCY.to_owned(),
        region_code: REGION.to_owned(),
        state: state.into(),
        at: Some(to_wire(noon(day))),
        sequence,
        ..StaffMeasureStepped::default()
    })
}

fn decided(matter_id: &str, kind: RestrictedKind, upheld: bool) -> Body {
    Body::RestrictedMatterDecided(RestrictedMatterDecided {
        matter_id: matter_id.to_owned(),
        region_code: REGION.to_owned(),
        kind: kind.into(),
        upheld,
        at: Some(to_wire(noon(9))),
        unit_id: if upheld { AGENCY.to_owned() } else { String::new() },
    })
}

fn stepped(ticket_id: &str, sequence: u32, missed: &[&str], day: u8) -> Body {
    Body::TicketStepped(TicketStepped {
        ticket_id: ticket_id.to_owned(),
        sequence,
        state: TicketState::Assigned.into(),
        at: Some(to_wire(noon(day))),
        missed: missed.iter().map(|act| (*act).to_owned()).collect(),
        agency_id: AGENCY.to_owned(),
        ..TicketStepped::default()
    })
}

#[tokio::test]
async fn p07_s03_deductions_come_only_from_what_was_found_true() {
    let fixture = Fixture::new().await;
    for (subject, found_true, day) in [
        (SignalSubject::Staff, true, 3),
        (SignalSubject::Window, false, 4),
        // A rater or a network is nobody's who is appraised.
        (SignalSubject::Rater, true, 5),
        (SignalSubject::Network, true, 5),
    ] {
        fixture.apply(judged(&id(&fixture), subject, found_true, day)).await;
    }
    let measures = id(&fixture);
    fixture.apply(measure(&measures, StaffMeasureState::Verified, 0, 6)).await;
    fixture.apply(measure(&measures, StaffMeasureState::Taught, 1, 20)).await;
    fixture.apply(decided(&id(&fixture), RestrictedKind::Retaliation, true)).await;
    fixture.apply(decided(&id(&fixture), RestrictedKind::Leak, false)).await;
    let praise = found(FindingKind::FakedPraise, STAFF, "03");
    let taught = found(FindingKind::StaffMeasure, STAFF, "06");
    let upheld = found(FindingKind::Retaliation, AGENCY, "09");
    assert_eq!(told(&fixture).await, [upheld, taught, praise]);
    let all = listed(&fixture, year()).await;
    assert!(all.iter().all(|found| found.verified && found.region_code == REGION));
    assert_eq!(all[2].subject(), FindingSubject::Staff);
    assert_eq!(all[2].signal_kind(), SignalKind::FasterThanAHand);
    assert_eq!((all[1].source_id.as_str(), all[1].agency_id.as_str()), (&*measures, AGENCY));
}

#[tokio::test]
async fn p07_the_last_judgement_holds_in_whatever_order_the_facts_come() {
    for later_first in [false, true] {
        let fixture = Fixture::new().await;
        let signal = id(&fixture);
        let facts = [(1, true), (2, false)].map(|(position, found_true)| Fact {
            position,
            fact_id: id(&fixture),
            body: Some(judged(&signal, SignalSubject::Staff, found_true, 3)),
            ..Fact::default()
        });
        let order = if later_first { [1, 0] } else { [0, 1] };
        for n in order {
            let txn = fixture.publication.store.begin().await.unwrap();
            let facts = [facts[n].clone()];
            fixture.publication.consumer().apply(&txn, &facts).await.unwrap();
            txn.commit().await.unwrap();
        }
        assert_eq!(told(&fixture).await, [], "later first: {later_first}");
    }
}

#[tokio::test]
async fn p07_t09_a_late_ticket_is_one_finding_while_it_counts() {
    let fixture = Fixture::new().await;
    let ticket = fixture.open_ticket(&fixture.act(), false).await;
    fixture.apply(stepped(&ticket, 1, &[], 4)).await;
    assert_eq!(told(&fixture).await, [], "in time");
    let watched = DeadlineWatched {
        ticket_id: ticket.clone(),
        kind: Watched::Escalated.into(),
        at: Some(to_wire(noon(10))),
        agency_id: "652301-a09".to_owned(),
        ..DeadlineWatched::default()
    };
    fixture.apply(Body::DeadlineWatched(watched)).await;
    // The agency that let it pass, once, on the day of the first.
    let late = [found(FindingKind::LateRectification, "652301-a09", "10")];
    assert_eq!(told(&fixture).await, late);
    fixture.apply(stepped(&ticket, 2, &["fix_clear", "feed_back"], 12)).await;
    assert_eq!(told(&fixture).await, late);
    // Of a rating that counts nowhere nothing is deducted.
    let exclusion_id = id(&fixture);
    let excluded = RatingExcluded {
        exclusion_id: exclusion_id.clone(),
        rating_id: id(&fixture),
        ticket_id: ticket.clone(),
        act_id: id(&fixture),
        ground: ExclusionGround::Mistaken.into(),
        kind: ExclusionKind::Excluded.into(),
        at: Some(to_wire(noon(13))),
        ..RatingExcluded::default()
    };
    fixture.apply(Body::RatingExcluded(excluded)).await;
    assert_eq!(told(&fixture).await, []);
    let reinstated = RatingReinstated {
        exclusion_id,
        ticket_id: ticket.clone(),
        at: Some(to_wire(noon(14))),
        ratings_left: 1,
        ..RatingReinstated::default()
    };
    fixture.apply(Body::RatingReinstated(reinstated)).await;
    assert_eq!(told(&fixture).await, late);
    // A later notice took the missed day back; another one was missed then.
    fixture.apply(stepped(&ticket, 3, &[], 15)).await;
    assert_eq!(told(&fixture).await, []);
    let again = vec![stepped(&ticket, 4, &["feed_back"], 17), stepped(&ticket, 5, &["fix"], 18)];
    fixture.apply_together(again).await.unwrap();
    assert_eq!(told(&fixture).await, [found(FindingKind::LateRectification, AGENCY, "17")]);
    let annulled = TicketAnnulled { ticket_id: ticket, sequence: 6, at: None };
    fixture.apply(Body::TicketAnnulled(annulled)).await;
    assert_eq!(told(&fixture).await, []);
}

#[tokio::test]
async fn p07_t10_a_transfer_is_listed_with_its_tickets_agency_and_is_no_verified_finding() {
    let fixture = Fixture::new().await;
    let transferred = |ticket_id: &str| {
        Body::MisconductTransferred(MisconductTransferred {
            ticket_id: ticket_id.to_owned(),
            transfer_id: id(&fixture),
            at: Some(to_wire(noon(8))),
        })
    };
    let unknown = fixture.try_apply(transferred(&id(&fixture))).await.unwrap_err();
    assert!(matches!(unknown, Obstacle::Waits(_)), "{unknown:?}");
    let ticket = fixture.open_ticket(&fixture.act(), false).await;
    fixture.apply(transferred(&ticket)).await;
    let [one] = &listed(&fixture, year()).await[..] else { panic!() };
    assert_eq!(one.kind(), FindingKind::MisconductTransferred);
    assert_eq!((one.agency_id.as_str(), one.verified), (AGENCY, false));
}

#[tokio::test]
async fn p07_facts_in_no_history_any_more_leave_no_finding() {
    let fixture = Fixture::new().await;
    let consumer = fixture.publication.consumer();
    let forget = async |producer: &str, after: i64| {
        let txn = fixture.publication.store.begin().await.unwrap();
        let forgotten = consumer.forget(&txn, producer, after).await.unwrap();
        txn.commit().await.unwrap();
        forgotten
    };
    let signal = id(&fixture);
    fixture.apply(judged(&signal, SignalSubject::Staff, true, 3)).await;
    fixture.apply(decided(&id(&fixture), RestrictedKind::Leak, true)).await;
    let ticket = fixture.open_ticket(&fixture.act(), false).await;
    fixture.apply(stepped(&ticket, 1, &["fix_clear"], 4)).await;
    let kept = told(&fixture).await;
    assert_eq!(kept.len(), 3);
    // Position 1 stays of intake's history, 3 of ticketing's: the signal's judgement, the opening.
    fixture.apply(judged(&signal, SignalSubject::Staff, false, 5)).await;
    assert_eq!(told(&fixture).await.len(), 2);
    let forgotten = forget("intake", 1).await;
    assert_eq!(forgotten.subjects, [signal.parse().unwrap()].into());
    let again = judged(&signal, SignalSubject::Staff, true, 3);
    let fact = Fact { position: 1, body: Some(again.clone()), ..Fact::default() };
    assert!(consumer.concerns(&fact, &forgotten.subjects), "it is read again");
    fixture.apply(again).await;
    assert_eq!(told(&fixture).await, kept);
    let forgotten = forget("ticketing", 3).await;
    assert!(forgotten.subjects.contains(&ticket.parse().unwrap()), "with its ticket");
    let left = [FindingKind::Leak, FindingKind::FakedPraise];
    assert_eq!(told(&fixture).await.into_iter().map(|(kind, ..)| kind).collect::<Vec<_>>(), left);
    forget("ticketing", 0).await;
    forget("intake", 0).await;
    assert_eq!(told(&fixture).await, []);
}

#[tokio::test]
async fn p07_the_authority_reads_its_regions_findings_page_by_page_and_nobody_their_own() {
    let fixture = Fixture::new().await;
    for day in 3..6 {
        fixture.apply(judged(&id(&fixture), SignalSubject::Window, true, day)).await;
    }
    fixture.apply(judged(&id(&fixture), SignalSubject::Staff, true, 4)).await;
    let count = async |caller: Authority, request: ListFindingsRequest| {
        run(&fixture.publication, caller, request).await.unwrap().findings.len()
    };
    for (region, expected) in [(REGION, 4), ("652300", 4), ("652302", 0), ("652301105", 0)] {
        assert_eq!(count(authority("主管", region), year()).await, expected, "{region}");
    }
    assert_eq!(count(authority(STAFF, REGION), year()).await, 3, "not her own");
    let from = |from: &str| ListFindingsRequest { from: format!("2026-03-{from}"), ..year() };
    for (request, expected) in [
        (from("04"), 3),
        (ListFindingsRequest { to: "2026-03-04".to_owned(), ..from("04") }, 2),
        (ListFindingsRequest { subject_id: STAFF.to_owned(), ..year() }, 1),
        (ListFindingsRequest { agency_id: AGENCY.to_owned(), ..year() }, 4),
        (ListFindingsRequest { agency_id: "652301-a99".to_owned(), ..year() }, 0),
        (ListFindingsRequest { kind: FindingKind::FakedPraise.into(), ..year() }, 4),
        (ListFindingsRequest { kind: FindingKind::Leak.into(), ..year() }, 0),
    ] {
        assert_eq!(
            count(authority("主管", REGION), request.clone()).await,
            expected,
            "{request:?}"
        );
    }
    let (mut pages, mut request) = (Vec::new(), ListFindingsRequest { page_size: 3, ..year() });
    loop {
        let caller = authority("主管", REGION);
        let answer = run(&fixture.publication, caller, request.clone()).await.unwrap();
        pages.extend(answer.findings);
        if answer.next_page_token.is_empty() {
            break;
        }
        request.page_token = answer.next_page_token;
    }
    assert_eq!(pages, listed(&fixture, year()).await);
    assert!(pages.is_sorted_by(|one, other| one.day >= other.day) && pages.len() == 4);
    let wrong = ListFindingsRequest { kind: 99, page_token: "x".to_owned(), ..from("32") };
    let told = run(&fixture.publication, authority("主管", REGION), wrong).await.unwrap_err();
    let told = tonic::Status::from(told);
    assert_eq!(told.code(), tonic::Code::InvalidArgument);
    assert!(told.message().ends_with("(one of 3)"), "from, kind and page token: {told}");
}
