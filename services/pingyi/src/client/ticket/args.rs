//! What can be asked of tickets on the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::super::server::Server;

/// `pingyi ticket …`
#[derive(Debug, Args)]
pub struct TicketCommand {
    #[command(subcommand)]
    pub(super) asked: Asked,
    #[command(flatten)]
    pub(super) server: Server,
    /// Prints JSON instead of tables and sentences
    #[arg(long, global = true)]
    pub(super) json: bool,
}

/// What is asked. A text given as `-` is read from standard input.
#[derive(Debug, Subcommand)]
pub(super) enum Asked {
    /// Lists tickets, those due soonest first
    List(List),
    /// Shows a ticket with its deadlines, explained day by day, and all its steps
    Show {
        /// The ticket
        ticket: String,
    },
    /// Registers a notice of an upper platform, which opens a ticket
    Notice(Notice),
    /// Fetches the ledger of tickets and steps
    Export(Export),
    #[command(flatten)]
    Step(Box<StepAsked>),
}

/// Which tickets.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Which {
    /// Only those with an overdue deadline
    #[arg(long, group = "urgency")]
    pub(super) overdue: bool,
    /// Only those due today
    #[arg(long, group = "urgency")]
    pub(super) today: bool,
    /// Only those due within three days
    #[arg(long, group = "urgency")]
    pub(super) soon: bool,
    /// Only those that nobody is assigned to
    #[arg(long, group = "whose")]
    pub(super) unassigned: bool,
    /// Only those assigned to who asks
    #[arg(long, group = "whose")]
    pub(super) mine: bool,
    /// Only those assigned to this member of staff
    #[arg(long, group = "whose", value_name = "STAFF")]
    pub(super) assignee: Option<String>,
    /// Only those in this state, for example closed
    #[arg(long, value_parser = super::words::state)]
    pub(super) state: Option<i32>,
    /// Only those of this handling agency
    #[arg(long)]
    pub(super) agency: Option<String>,
    /// Also those of other agencies in which one's own has a part
    #[arg(long)]
    pub(super) participating: bool,
}

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    pub(super) which: Which,
    /// At most so many
    #[arg(long, default_value_t = 200)]
    pub(super) limit: usize,
}

#[derive(Debug, Args)]
pub(super) struct Notice {
    /// Its number there (通报单编号)
    #[arg(long)]
    pub(super) number: String,
    /// The agency it is about
    #[arg(long)]
    pub(super) agency: String,
    /// The item it is about
    #[arg(long, default_value = "")]
    pub(super) item: String,
    /// The last day it names
    #[arg(long, default_value = "", value_name = "DAY")]
    pub(super) due_on: String,
    /// When it was received, if not today
    #[arg(long, default_value = "", value_name = "DAY")]
    pub(super) received_on: String,
    /// The level it names
    #[arg(long)]
    pub(super) level: Option<LevelSaid>,
    /// What it says
    #[arg(long, value_name = "TEXT")]
    pub(super) summary: String,
    #[command(flatten)]
    pub(super) once: Once,
}

/// How a ledger is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LedgerSaid {
    /// One sheet of tickets, one of steps
    Xlsx,
    /// Tickets, or steps with --steps
    Csv,
}

#[derive(Debug, Args)]
pub(super) struct Export {
    #[command(flatten)]
    pub(super) which: Which,
    /// How it is written
    #[arg(long, default_value = "xlsx")]
    pub(super) format: LedgerSaid,
    /// As CSV: the steps instead of the tickets
    #[arg(long)]
    pub(super) steps: bool,
    /// Only tickets opened on this day or later
    #[arg(long, default_value = "", value_name = "DAY")]
    pub(super) from: String,
    /// Only tickets opened on this day or earlier
    #[arg(long, default_value = "", value_name = "DAY")]
    pub(super) to: String,
    /// Where to
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: PathBuf,
}

/// A request's own identity.
#[derive(Clone, Debug, Args)]
pub(super) struct Once {
    /// Repeats an earlier request, for one whose answer was lost
    #[arg(long, value_name = "UUID")]
    pub(super) request_id: Option<String>,
}

/// Which ticket, under which identity of the request.
#[derive(Clone, Debug, Args)]
pub(super) struct Of {
    /// The ticket
    pub(super) ticket: String,
    #[command(flatten)]
    pub(super) once: Once,
}

/// A way of reaching a rater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum By {
    /// 电话
    Phone,
    /// 短信
    Sms,
    /// 在线
    Online,
    /// 当面
    InPerson,
}

/// How a verification ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FindingSaid {
    /// 情况清楚、诉求合理
    Clear,
    /// 简单事项
    Simple,
    /// 情况复杂
    Complex,
    /// 缺乏法定依据
    NoLegalBasis,
}

/// Why a rating is not to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum GroundSaid {
    /// 误评
    Mistaken,
    /// 误操作
    MisTapped,
    /// 恶意差评
    Malicious,
    /// 政务服务信息系统原因
    SystemFault,
    /// 其他非窗口工作质量的客观原因
    ObjectiveCause,
}

/// A level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LevelSaid {
    /// 不满意
    Dissatisfied,
    /// 非常不满意
    VeryDissatisfied,
}

/// What a day after the documented one takes.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Late {
    /// Why a later day
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub(super) late_reason: String,
    /// The number of the written statement for it
    #[arg(long, default_value = "", value_name = "NUMBER")]
    pub(super) late_number: String,
    /// How the rater was given it
    #[arg(long, value_name = "MEANS")]
    pub(super) informed_by: Option<By>,
}

/// A step of a ticket.
#[derive(Debug, Subcommand)]
pub(super) enum StepAsked {
    /// 派单: passes it on to the handling agency
    Dispatch {
        #[command(flatten)]
        of: Of,
        /// The handling agency, the lead if several have a part
        #[arg(long)]
        agency: String,
        /// Another agency that has a part; once for each
        #[arg(long, value_name = "AGENCY")]
        with: Vec<String>,
        /// What is added
        #[arg(long, default_value = "", value_name = "TEXT")]
        note: String,
    },
    /// 指派: assigns a member of staff
    Assign {
        #[command(flatten)]
        of: Of,
        /// The member of staff
        staff: String,
    },
    /// 接手: makes who asks the assigned person
    TakeOver {
        #[command(flatten)]
        of: Of,
    },
    /// 登记回访核实: records a call-back to the rater
    #[command(group = clap::ArgGroup::new("outcome").required(true))]
    Contact {
        #[command(flatten)]
        of: Of,
        /// By which way
        #[arg(long, value_name = "MEANS")]
        by: By,
        /// The rater was reached
        #[arg(long, group = "outcome")]
        reached: bool,
        /// The rater was not reached
        #[arg(long, group = "outcome")]
        not_reached: bool,
        /// What was learned
        #[arg(long, default_value = "", value_name = "TEXT")]
        note: String,
    },
    /// 登记核实结论: records a finding, or why the rating is not to count
    #[command(group = clap::ArgGroup::new("outcome").required(true))]
    Verify {
        #[command(flatten)]
        of: Of,
        /// The finding
        #[arg(long, group = "outcome")]
        finding: Option<FindingSaid>,
        /// Why the rating is not to count
        #[arg(long, group = "outcome")]
        ground: Option<GroundSaid>,
        /// The reason
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// The plan, for a complex one
        #[arg(long, default_value = "", value_name = "TEXT")]
        plan: String,
        /// The day the plan is carried out by
        #[arg(long, default_value = "", value_name = "DAY")]
        carry_out_by: String,
        /// The number of the written report
        #[arg(long, default_value = "", value_name = "NUMBER")]
        document_number: String,
        #[command(flatten)]
        late: Late,
        /// A document that shows it (UUID); once for each
        #[arg(long, value_name = "UUID")]
        document: Vec<String>,
    },
    /// 反馈解决办法: the rater was given the solution of a complex claim
    FeedBackSolution {
        #[command(flatten)]
        of: Of,
        /// By which way
        #[arg(long, value_name = "MEANS")]
        by: By,
        /// What the rater was told
        #[arg(long, value_name = "TEXT")]
        summary: String,
    },
    /// 登记整改: records what was put right
    Rectify {
        #[command(flatten)]
        of: Of,
        /// The measures
        #[arg(long, value_name = "TEXT")]
        measures: String,
        /// What shows it
        #[arg(long, default_value = "", value_name = "TEXT")]
        evidence: String,
        /// A document that shows it (UUID); once for each
        #[arg(long, value_name = "UUID")]
        document: Vec<String>,
    },
    /// 延期: names a new day for what cannot be put right in time
    Extend {
        #[command(flatten)]
        of: Of,
        /// The new day
        #[arg(long, value_name = "DAY")]
        new_day: String,
        #[command(flatten)]
        late: Late,
    },
    /// 协办答复: answers the part of a participating agency
    AnswerPart {
        #[command(flatten)]
        of: Of,
        /// The answer
        #[arg(long, value_name = "TEXT")]
        answer: String,
        /// A document that shows it (UUID); once for each
        #[arg(long, value_name = "UUID")]
        document: Vec<String>,
    },
    /// 反馈评价人: the rater was given the result
    FeedBack {
        #[command(flatten)]
        of: Of,
        /// By which way
        #[arg(long, value_name = "MEANS")]
        by: By,
        /// What the rater was told
        #[arg(long, value_name = "TEXT")]
        summary: String,
    },
    /// 报送结果: reports the result to the Authority
    Report {
        #[command(flatten)]
        of: Of,
        /// The result
        #[arg(long, value_name = "TEXT")]
        summary: String,
    },
    /// 审核通过: accepts the reported result
    Accept {
        #[command(flatten)]
        of: Of,
        /// The opinion
        #[arg(long, default_value = "", value_name = "TEXT")]
        opinion: String,
    },
    /// 审核退回: returns the reported result
    Return {
        #[command(flatten)]
        of: Of,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// 审定不予采纳: decides of an exclusion that the agency proposed
    #[command(group = clap::ArgGroup::new("outcome").required(true))]
    DecideExclusion {
        #[command(flatten)]
        of: Of,
        /// The rating is excluded
        #[arg(long, group = "outcome")]
        uphold: bool,
        /// The rating counts
        #[arg(long, group = "outcome")]
        reject: bool,
        /// The opinion
        #[arg(long, default_value = "", value_name = "TEXT")]
        opinion: String,
    },
    /// 办结: closes the ticket
    Close {
        #[command(flatten)]
        of: Of,
    },
    /// 登记回访: asks after closing whether it is settled
    #[command(group = clap::ArgGroup::new("outcome").required(true))]
    FollowUp {
        #[command(flatten)]
        of: Of,
        /// By which way
        #[arg(long, value_name = "MEANS")]
        by: By,
        /// The rater is satisfied
        #[arg(long, group = "outcome")]
        satisfied: bool,
        /// The rater is not satisfied
        #[arg(long, group = "outcome")]
        unsatisfied: bool,
        /// The rater was not reached
        #[arg(long, group = "outcome")]
        not_reached: bool,
        /// What was said
        #[arg(long, default_value = "", value_name = "TEXT")]
        note: String,
    },
    /// 督办: urges
    Urge {
        #[command(flatten)]
        of: Of,
        /// The words
        #[arg(long, value_name = "TEXT")]
        note: String,
    },
    /// 更正: corrects what an earlier step says
    Correct {
        #[command(flatten)]
        of: Of,
        /// The step's number
        #[arg(long, value_name = "NUMBER")]
        step: u32,
        /// What is right
        #[arg(long, value_name = "TEXT")]
        words: String,
    },
    /// 并案: hands it over to another ticket of the same matter
    Link {
        #[command(flatten)]
        of: Of,
        /// The ticket that handles the same matter
        #[arg(long, value_name = "TICKET")]
        main: String,
        /// Why it is the same matter
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// 撤销并案: takes it out again
    Unlink {
        #[command(flatten)]
        of: Of,
        /// Why it is another matter
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}
