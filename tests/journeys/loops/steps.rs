//! Steps of a ticket with all that they must say.

use proto::{
    ticketing::v1::{
        Acceptance, Assignment, Closing, Contact, Decision, Dispatch, Extension, Feedback,
        FollowUp, Grounds, Means, Rectification, Report, Solution, Urging, Verification, step::Act,
    },
    r#type::v1::{ExclusionGround, Finding},
};

use super::walk::AGENCY;

/// To the agency that handles it.
pub(super) fn dispatch() -> Act {
    let agency_id = AGENCY.to_owned();
    Act::Dispatch(Dispatch { agency_id, participant_ids: Vec::new(), note: String::new() })
}

/// To somebody of the handling agency who did not serve.
pub(super) fn assign() -> Act {
    Act::Assignment(Assignment { assignee: "652301-s11".to_owned() })
}

pub(super) fn contact() -> Act {
    let note = "示例：已致电核实".to_owned();
    Act::Contact(Contact { means: Means::Phone.into(), reached: true, note })
}

fn verification() -> Verification {
    Verification { reason: "示例：核实情况".to_owned(), ..Verification::default() }
}

/// A finding that needs no plan.
pub(super) fn found(finding: Finding) -> Act {
    Act::Verification(Verification { finding: finding.into(), ..verification() })
}

/// A complex claim with the day of its plan.
pub(super) fn complex(carry_out_by: &str) -> Act {
    Act::Verification(Verification {
        finding: Finding::Complex.into(),
        plan: "示例：增设窗口".to_owned(),
        carry_out_by: carry_out_by.to_owned(),
        ..verification()
    })
}

/// The rating is not to count.
pub(super) fn not_to_count(ground: ExclusionGround, document_number: &str) -> Act {
    Act::Verification(Verification {
        ground: ground.into(),
        document_number: document_number.to_owned(),
        ..verification()
    })
}

pub(super) fn uphold() -> Act {
    Act::Decision(Decision { upheld: true, opinion: "示例：属实".to_owned() })
}

pub(super) fn solution(means: Means) -> Act {
    Act::Solution(Solution { means: means.into(), summary: "示例：解决办法".to_owned() })
}

/// A new day, with all that a document may ask for, or with nothing.
pub(super) fn extension(new_day: &str, grounds: bool) -> Act {
    let grounds = grounds.then(|| Grounds {
        reason: "示例：需采购设备".to_owned(),
        document_number: "示例函〔2026〕1号".to_owned(),
        informed_by: Means::Phone.into(),
    });
    Act::Extension(Extension { new_day: new_day.to_owned(), grounds })
}

pub(super) fn urge() -> Act {
    Act::Urging(Urging { note: "示例：请尽快办理".to_owned() })
}

pub(super) fn rectify() -> Act {
    let (measures, evidence) = ("示例：增设窗口".to_owned(), "示例：现场照片".to_owned());
    Act::Rectification(Rectification { measures, evidence, document_ids: Vec::new() })
}

pub(super) fn feed_back(means: Means) -> Act {
    Act::Feedback(Feedback {
        means: means.into(), summary: "示例：已告知整改情况".to_owned()
    })
}

pub(super) fn report() -> Act {
    Act::Report(Report { summary: "示例：已整改并反馈".to_owned() })
}

pub(super) fn accept() -> Act {
    Act::Acceptance(Acceptance { opinion: "示例：同意".to_owned() })
}

pub(super) fn close() -> Act {
    Act::Closing(Closing {})
}

pub(super) fn follow_up(means: Means, satisfied: bool) -> Act {
    let note = "示例：回访记录".to_owned();
    Act::FollowUp(FollowUp { means: means.into(), satisfied, note, not_reached: false })
}

/// Nobody was reached.
pub(super) fn not_reached(means: Means) -> Act {
    let note = "示例：无人接听".to_owned();
    Act::FollowUp(FollowUp { means: means.into(), satisfied: false, note, not_reached: true })
}
