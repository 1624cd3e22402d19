//! The words of a simulation's report: a stable name for programs, English, Chinese.

use domain::simulate::{BlindSpot, Change, Gap, Objection, Outcome};

/// A name for programs, in English and in Chinese.
pub type Words = (&'static str, &'static str, &'static str);

/// Why a rating would have been refused.
pub fn objection(objection: Objection) -> Words {
    match objection {
        Objection::TooLate => ("too_late", "after the window's end", "超过评价期限"),
        Objection::NoReason => ("no_reason", "negative, with no reason given", "差评未说明理由"),
        Objection::NoName => ("no_name", "not in the rater's name", "未实名"),
        Objection::Private => ("private", "kept from the public", "选择不公开"),
    }
}

/// How a deadline ended.
pub fn outcome(outcome: Outcome) -> Words {
    match outcome {
        Outcome::Met => ("met", "met", "按期"),
        Outcome::Missed => ("missed", "missed", "超期"),
        Outcome::Running => ("running", "running", "未到期"),
        Outcome::NotTold => ("not_told", "not known", "无从判断"),
    }
}

/// What kind of change it is.
pub fn kind(change: &Change) -> Words {
    match change {
        Change::Window { .. } => ("window", "window", "评价期限"),
        Change::Rating { .. } => ("rating", "rating", "评价"),
        Change::Effective { .. } => ("effective_rating", "effective rating", "有效评价"),
        Change::Default { .. } => ("default_rating", "default rating", "默认评价"),
        Change::Deadline { .. } => ("deadline", "deadline", "办理时限"),
        Change::FollowUp { .. } => ("follow_up", "follow-up", "回访"),
        Change::Unreviewed { .. } => ("unreviewed", "closed without review", "未经审核办结"),
    }
}

/// What was left out.
pub fn gap(gap: Gap) -> Words {
    match gap {
        Gap::PolicyNotKnown => (
            "policy_not_known",
            "service acts whose own profile is not among the facts: left out",
            "所依实施细则不在数据中的服务：未计入",
        ),
        Gap::InvitationNotTold => (
            "invitation_not_told",
            "service acts whose invitation is not among the facts: the window given is unknown",
            "评价邀请不在数据中的服务：原评价期限不明",
        ),
        Gap::EventNotTold => (
            "event_not_told",
            "service acts whose window would run from an event that is not among the facts",
            "评价期限的起算事件不在数据中的服务",
        ),
        Gap::CalendarNotKnown => (
            "calendar_not_known",
            "windows or deadlines that reach a year without a calendar",
            "期限所及年份没有工作日历",
        ),
        Gap::GivenByOtherCalendar => (
            "given_by_other_calendar",
            "windows given by an earlier calendar: part of the difference is the calendar's",
            "按此前公布的日历确定的评价期限：差异部分来自日历",
        ),
        Gap::OpeningNotTold => (
            "opening_not_told",
            "tickets whose opening or rating is not among the facts: left out",
            "生成记录或评价不在数据中的工单：未计入",
        ),
        Gap::StepNotTold => (
            "step_not_told",
            "tickets of which a step is missing: left out",
            "缺少步骤的工单：未计入",
        ),
        Gap::ClassNotTold => (
            "class_not_told",
            "tickets under rules for what is simple or not fixable at once: no fact has that class",
            "适用“简单”“不能立行立改”时限的工单：数据中没有这一分类",
        ),
        Gap::ShareNotTold => (
            "share_not_told",
            "closings of which a share must be followed up: which ones, no fact shows",
            "按比例回访的工单：数据中没有抽取结果",
        ),
    }
}

/// Why facts do not show what a rule changes.
pub fn blind_spot(blind_spot: BlindSpot) -> Words {
    match blind_spot {
        BlindSpot::Prompts => (
            "prompts",
            "no fact shows screens opening or staff asking",
            "数据不含评价器打开和提示情况",
        ),
        BlindSpot::Messages => ("messages", "no fact shows messages sent", "数据不含短信发送情况"),
        BlindSpot::Words => (
            "words",
            "no fact has the words shown or the questions answered",
            "数据不含页面用语和问卷答复",
        ),
        BlindSpot::Objects => (
            "objects",
            "facts name the staff, window, hall and terminal of a service, not which of them is rated",
            "数据载有服务的人员、窗口、大厅、终端，不含评价针对其中哪一个",
        ),
        BlindSpot::Invitations => (
            "invitations",
            "a service nobody was invited to rate leaves no fact",
            "未邀请评价的服务不产生数据",
        ),
        BlindSpot::Reviews => ("reviews", "reviews of texts are not replayed", "不推演文字审核"),
        BlindSpot::Classes => (
            "classes",
            "facts know no class but clear, complex and without legal basis, no plan, no new date",
            "数据只分情况清楚、情况复杂、缺乏法定依据，不含计划和延期",
        ),
        BlindSpot::Offices => {
            ("offices", "no fact shows who acted, nor by which way", "数据不含经办机构和联系方式")
        }
        BlindSpot::Exclusions => {
            ("exclusions", "exclusions are not replayed", "不推演不予采纳和撤销")
        }
        BlindSpot::Appeals => ("appeals", "appeals are not replayed", "不推演申诉"),
        BlindSpot::Organisation => (
            "organisation",
            "it binds the organisation and no single rating or ticket",
            "约束机构工作，不涉及单个评价或工单",
        ),
    }
}

/// What facts never tell, whatever the profiles.
pub const ALWAYS: [Words; 3] = [
    (
        "refused_ratings",
        "ratings that were refused at the time: a longer window or a milder rule might have taken them",
        "当时被拒绝的评价：较宽的规定下或可受理",
    ),
    (
        "agency_means",
        "means over staff alone: an agency's is over all its ratings, also where nobody is named",
        "仅按人员计算的均分：机构均分按其全部评价计算，含未记载人员的服务",
    ),
    (
        "other_behaviour",
        "what raters and officers would have done under other rules",
        "评价人和经办人员在另一规定下会怎样做",
    ),
];
