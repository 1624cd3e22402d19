//! T03: who decides that a rating is not to count, on which ground, and how; and T11.

use domain::{
    profile::{ExclusionGround, Office},
    source::Source,
    ticket::{Finding, Opening, Outcome, Refusal, Setting, Ticket, TicketState, TicketStep},
};

use super::{
    CJ, CT, DQ, FRIDAY, GX, HY, SC, XC,
    desk::{Desk, STEPS, at, desk, running, ticket_step},
    refused,
};

const GROUNDS: [ExclusionGround; 5] = [
    ExclusionGround::Mistaken,
    ExclusionGround::MisTapped,
    ExclusionGround::Malicious,
    ExclusionGround::SystemFault,
    ExclusionGround::ObjectiveCause,
];

fn not_to_count(ground: ExclusionGround, written: &str) -> TicketStep {
    let mut step = ticket_step("mistaken", Finding::Clear);
    if let TicketStep::Verify { outcome, document_number, .. } = &mut step {
        *outcome = Outcome::NotToCount(ground);
        written.clone_into(document_number);
    }
    step
}

fn contacted(layers: &[Source<'_>]) -> (Desk, Ticket) {
    let desk = desk(layers);
    let contacted = desk.after(&["assign", "contact"], Finding::Clear, FRIDAY);
    (desk, contacted)
}

#[test]
fn t03_sc_cj_xc_the_agency_itself_takes_a_mistaken_or_malicious_rating_out() {
    for layers in [SC, CJ, XC, CT] {
        let (desk, contacted) = contacted(layers);
        for ground in GROUNDS {
            let known = matches!(ground, ExclusionGround::Mistaken | ExclusionGround::Malicious);
            match desk.take(&contacted, &not_to_count(ground, ""), at(FRIDAY)) {
                Ok(excluded) => {
                    assert!(known, "{} {ground:?}", desk.profile.id);
                    assert_eq!(excluded.state, TicketState::Excluded { ground });
                    assert_eq!(running(&excluded), [""; 0], "nothing is left to do");
                    assert!(!excluded.takes_ratings());
                }
                Err(refused) => {
                    assert!(!known, "{}: {refused}", desk.profile.id);
                    let said = refused.to_string();
                    assert!(said.starts_with("verification.ground: is no ground"), "{said}");
                    assert!(said.contains("误评、恶意差评"), "{said}");
                }
            }
        }
    }
}

#[test]
fn t03_dq_2_3_the_department_reports_in_writing_and_the_authority_decides() {
    let (desk, contacted) = contacted(DQ);
    for ground in [ExclusionGround::Malicious, ExclusionGround::MisTapped] {
        let said = refused(&desk, &contacted, &not_to_count(ground, " "), FRIDAY).unwrap();
        assert!(said.starts_with("verification.document_number: must be filled in"), "{said}");
        let step = not_to_count(ground, "区局报〔2026〕3号");
        let proposed = desk.take(&contacted, &step, at(FRIDAY)).unwrap();
        assert_eq!(proposed.state, TicketState::ExclusionProposed { ground });
        assert!(!running(&proposed).is_empty(), "the clock runs until it is decided");
        let decide = |upheld: &str, office| {
            let step = ticket_step(upheld, Finding::Clear);
            proposed.clone().step(&step, &desk.setting(office, at(FRIDAY)))
        };
        let own = decide("uphold", Office::HandlingAgency);
        assert!(matches!(own, Err(Refusal::Office { owner: Office::Authority, .. })), "{own:?}");
        let excluded = decide("uphold", Office::Authority).unwrap();
        assert_eq!(excluded.state, TicketState::Excluded { ground });
        assert_eq!(running(&excluded), [""; 0]);
        // Not upheld: it is verified again, without calling again, by the clock that runs.
        let dismissed = decide("dismiss", Office::Authority).unwrap();
        assert_eq!(dismissed.state, TicketState::Contacted { reached: true, attempts: 0 });
        assert_eq!(running(&dismissed), running(&proposed));
        assert!(desk.go(&dismissed, "verify", Finding::Clear, at(FRIDAY)).is_ok());
    }
    let mistaken = not_to_count(ExclusionGround::Mistaken, "区局报〔2026〕3号");
    assert!(refused(&desk, &contacted, &mistaken, FRIDAY).is_some());
}

#[test]
fn t03_hy_23_only_an_appeal_takes_a_rating_out() {
    let (desk, contacted) = contacted(HY);
    for ground in [ExclusionGround::Mistaken, ExclusionGround::Malicious] {
        let said = refused(&desk, &contacted, &not_to_count(ground, "号"), FRIDAY).unwrap();
        assert!(said.contains("is decided on an appeal in this region"), "{said}");
        // The appeal itself takes it out, in whatever state.
        let excluded = contacted.clone().exclude(ground, at(FRIDAY));
        assert_eq!(excluded.state, TicketState::Excluded { ground });
        assert_eq!(running(&excluded), [""; 0]);
    }
}

#[test]
fn t03_gx_13_only_a_system_fault_or_another_objective_cause_withdraws_and_the_authority_decides() {
    let (desk, contacted) = contacted(GX);
    for ground in GROUNDS {
        let known =
            matches!(ground, ExclusionGround::SystemFault | ExclusionGround::ObjectiveCause);
        let taken = desk.take(&contacted, &not_to_count(ground, ""), at(FRIDAY));
        assert_eq!(taken.is_ok(), known, "{ground:?}");
        if let Ok(proposed) = taken {
            assert_eq!(proposed.state, TicketState::ExclusionProposed { ground });
        }
    }
}

#[test]
fn t03_an_excluded_ticket_takes_nothing_but_a_correction() {
    let (desk, contacted) = contacted(SC);
    let step = not_to_count(ExclusionGround::Mistaken, "");
    let excluded = desk.take(&contacted, &step, at(FRIDAY)).unwrap();
    for step in STEPS {
        let taken = desk.go(&excluded, step, Finding::Clear, at(FRIDAY));
        assert!(matches!(taken, Err(Refusal::State { .. })), "{step}: {taken:?}");
    }
    let correct = TicketStep::Correct { sequence: 1, words: "更正".to_owned() };
    assert!(desk.take(&excluded, &correct, at(FRIDAY)).is_ok());
}

#[test]
fn t11_xc_the_county_authority_takes_every_step_of_a_township_but_the_rectification() {
    let desk = desk(XC);
    let mut ticket = desk.open_as(Opening::Rating { real_name: true }, true);
    for step in ["assign", "contact", "verify", "rectify", "feed back", "close", "content"] {
        let (owner, other) = match step {
            "rectify" => (Office::HandlingAgency, Office::Authority),
            _ => (Office::Authority, Office::HandlingAgency),
        };
        let ticket_step = ticket_step(step, Finding::Clear);
        let by = |office| ticket.clone().step(&ticket_step, &desk.setting(office, at(FRIDAY)));
        let refused = by(other).unwrap_err();
        assert!(matches!(refused, Refusal::Office { .. }), "{step}: {refused}");
        ticket = by(owner).unwrap();
    }
    assert_eq!(ticket.state, TicketState::Confirmed { finding: Finding::Clear });
    // Elsewhere, and in the county itself, the unit does it.
    for (layers, township) in [(XC, false), (SC, true), (CJ, true)] {
        let desk = super::desk(layers);
        let opened = desk.open_as(Opening::Rating { real_name: true }, township);
        let assign = ticket_step("assign", Finding::Clear);
        let setting = desk.setting(Office::HandlingAgency, at(FRIDAY));
        assert!(opened.step(&assign, &setting).is_ok(), "{} {township}", desk.profile.id);
    }
}

#[test]
fn t01_xc_the_county_authority_verifies_too_and_nowhere_else_does_it() {
    fn setting(desk: &Desk) -> Setting<'_> {
        desk.setting(Office::Authority, at(FRIDAY))
    }
    let xc = desk(XC);
    let assigned = xc.after(&["assign"], Finding::Clear, FRIDAY);
    let contacted = assigned.step(&ticket_step("contact", Finding::Clear), &setting(&xc)).unwrap();
    let verified = contacted.step(&ticket_step("verify", Finding::Clear), &setting(&xc)).unwrap();
    let rectify = verified.step(&ticket_step("rectify", Finding::Clear), &setting(&xc));
    assert!(matches!(rectify, Err(Refusal::Office { .. })), "{rectify:?}");
    for layers in [SC, GX, HY, CJ, DQ, CT] {
        let desk = desk(layers);
        let assigned = desk.after(&["assign"], Finding::Clear, FRIDAY);
        let refused = assigned.step(&ticket_step("contact", Finding::Clear), &setting(&desk));
        assert!(matches!(refused, Err(Refusal::Office { .. })), "{}", desk.profile.id);
    }
}
