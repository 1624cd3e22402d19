//! The law of the rating duty (政务服务"好差评"), pure: no IO, no clock, no async, no wire or row
//! types. Time, profile and calendar are arguments, so nothing here can fail for outside reasons.
//! Every number of a regulation is data with its clause (`profiles/`).

#![warn(missing_docs)]

pub mod appeal;
pub mod base_item;
pub mod bulletin;
pub mod calendar;
pub mod canary;
pub mod case;
pub mod change;
pub mod channel;
pub mod codes;
pub mod deadline;
pub mod disclosure;
pub mod evaluator;
pub mod exchange;
pub mod focus;
pub mod id;
pub mod item;
pub mod level;
pub mod log;
pub mod mask;
pub mod offer;
pub mod organization;
pub mod pain_point;
pub mod profile;
pub mod quiet;
pub mod ranking;
pub mod rating;
pub mod reply;
pub mod report;
pub mod report_period;
pub mod restricted;
pub mod review;
pub mod score;
pub mod signal;
pub mod simulate;
pub mod source;
pub mod statistics;
pub mod survey;
pub mod survey_plan;
pub mod tags;
pub mod terminal;
pub mod text;
pub mod text_review;
pub mod ticket;
pub mod violation;
