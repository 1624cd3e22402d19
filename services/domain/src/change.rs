//! Changes (变更) of what is published (C02, C13): each a recorded act, draft → submitted →
//! approved → published, with who and when. Nobody approves what they wrote themselves.

use jiff::Timestamp;

/// How many steps a change takes before nothing more is written to it: all of them go out with it.
pub const MAX_STEPS: usize = 200;

/// Where a change stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeState {
    /// 草稿.
    Draft,
    /// 已提交.
    Submitted,
    /// 已审核.
    Approved,
    /// 已发布.
    Published,
}

/// What is done to a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// 起草, again after a return too.
    Draft,
    /// 提交.
    Submit,
    /// 审核通过.
    Approve,
    /// 退回: back to draft.
    Return,
    /// 发布.
    Publish,
    /// 导入: drafted and published in one.
    Import,
}

/// A step that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Which.
    pub step: Step,
    /// By whom.
    pub officer_id: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub note: String,
}

/// The course of a change: its steps, in order, never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    steps: Vec<Taken>,
}

/// Why a step is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{step:?} is refused from {from:?}: {reason}")]
pub struct StepRefused {
    /// Where the change stands.
    pub from: ChangeState,
    /// The step.
    pub step: Step,
    /// Why not.
    pub reason: &'static str,
}

impl Course {
    /// A change that was just drafted.
    #[must_use]
    pub fn begin(officer_id: &str, at: Timestamp) -> Self {
        let officer_id = officer_id.to_owned();
        let first = Taken { step: Step::Draft, officer_id, at, note: String::new() };
        Self { steps: vec![first] }
    }

    /// A change that an import made.
    #[must_use]
    pub fn imported(officer_id: &str, at: Timestamp) -> Self {
        let officer_id = officer_id.to_owned();
        let only = Taken { step: Step::Import, officer_id, at, note: String::new() };
        Self { steps: vec![only] }
    }

    /// A change as it was kept: `None` if it has no step.
    #[must_use]
    pub fn of(steps: Vec<Taken>) -> Option<Self> {
        (!steps.is_empty()).then_some(Self { steps })
    }

    /// Its steps, in order.
    #[must_use]
    pub fn steps(&self) -> &[Taken] {
        &self.steps
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> ChangeState {
        match self.steps.last().map(|taken| taken.step) {
            Some(Step::Submit) => ChangeState::Submitted,
            Some(Step::Approve) => ChangeState::Approved,
            Some(Step::Publish | Step::Import) => ChangeState::Published,
            Some(Step::Draft | Step::Return) | None => ChangeState::Draft,
        }
    }

    /// Takes a step.
    ///
    /// # Errors
    /// [`StepRefused`]: the state does not allow it, a return says no reason, or somebody would
    /// approve what they drafted or submitted themselves.
    pub fn take(self, taken: Taken) -> Result<Self, StepRefused> {
        let (from, step) = (self.state(), taken.step);
        let refused = |reason| Err(StepRefused { from, step, reason });
        match (from, step) {
            (ChangeState::Draft, Step::Draft | Step::Submit) if self.steps.len() >= MAX_STEPS => {
                return refused("it has gone to and fro too often; another is to be drafted");
            }
            (ChangeState::Draft, Step::Draft | Step::Submit)
            | (ChangeState::Approved, Step::Publish) => {}
            (ChangeState::Submitted, Step::Approve) => {
                let wrote = |taken: &&Taken| matches!(taken.step, Step::Draft | Step::Submit);
                if self.steps.iter().filter(wrote).any(|w| w.officer_id == taken.officer_id) {
                    return refused("nobody approves what they drafted or submitted themselves");
                }
            }
            (ChangeState::Submitted | ChangeState::Approved, Step::Return) => {
                if taken.note.trim().is_empty() {
                    return refused("a return says why");
                }
            }
            (ChangeState::Published, _) => return refused("it is published, which is for good"),
            (_, Step::Draft) => return refused("it is submitted; a return makes it a draft again"),
            (_, Step::Submit) => return refused("it is submitted already"),
            (_, Step::Approve) => return refused("only what is submitted can be approved"),
            (_, Step::Return) => return refused("it is a draft already"),
            (_, Step::Import) => return refused("only an import takes it, as its first and last"),
            (_, Step::Publish) => return refused("only what is approved can be published"),
        }
        let mut steps = self.steps;
        steps.push(taken);
        Ok(Self { steps })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(step: Step, officer: &str) -> Taken {
        let note = if step == Step::Return { "理由" } else { "" };
        Taken {
            step,
            officer_id: officer.to_owned(),
            at: Timestamp::UNIX_EPOCH,
            note: note.to_owned(),
        }
    }

    fn course(steps: &[(Step, &str)]) -> Result<Course, StepRefused> {
        let begun = Course::begin("甲", Timestamp::UNIX_EPOCH);
        steps.iter().try_fold(begun, |course, (step, who)| course.take(taken(*step, who)))
    }

    #[test]
    fn c02_every_state_allows_its_steps_and_no_other() {
        use Step::{Approve, Draft, Import, Publish, Return, Submit};
        type Road<'a> = (&'a [(Step, &'a str)], &'a [Step]);
        let roads: [Road<'_>; 4] = [
            (&[], &[Draft, Submit]),
            (&[(Submit, "甲")], &[Approve, Return]),
            (&[(Submit, "甲"), (Approve, "乙")], &[Return, Publish]),
            (&[(Submit, "甲"), (Approve, "乙"), (Publish, "乙")], &[]),
        ];
        for (road, allowed) in roads {
            for step in [Draft, Submit, Approve, Return, Publish, Import] {
                let taken = course(road).unwrap().take(taken(step, "丙"));
                assert_eq!(taken.is_ok(), allowed.contains(&step), "{road:?} {step:?}");
            }
        }
    }

    #[test]
    fn c13_nobody_approves_what_they_wrote() {
        use Step::{Approve, Draft, Return, Submit};
        assert!(course(&[(Submit, "乙"), (Approve, "甲")]).is_err());
        assert!(course(&[(Submit, "乙"), (Approve, "乙")]).is_err());
        let again =
            [(Submit, "甲"), (Return, "乙"), (Draft, "乙"), (Submit, "甲"), (Approve, "乙")];
        let refused = course(&again).unwrap_err();
        assert_eq!((refused.from, refused.step), (ChangeState::Submitted, Approve));
        assert!(course(&[(Submit, "甲"), (Approve, "乙")]).is_ok());
    }

    #[test]
    fn c02_a_change_does_not_go_to_and_fro_without_end() {
        let mut long = vec![(Step::Draft, "甲"); MAX_STEPS - 2];
        long.push((Step::Submit, "甲"));
        let whole = course(&long).unwrap();
        assert_eq!(whole.steps().len(), MAX_STEPS);
        assert!(whole.clone().take(taken(Step::Approve, "乙")).is_ok(), "it can still be approved");
        let returned = whole.take(taken(Step::Return, "乙")).unwrap();
        assert!(returned.clone().take(taken(Step::Draft, "甲")).is_err());
        assert!(returned.take(taken(Step::Submit, "甲")).is_err());
    }

    #[test]
    fn c02_a_return_says_why_and_makes_a_draft_again() {
        let submitted = course(&[(Step::Submit, "甲")]).unwrap();
        let silent = Taken { note: " ".to_owned(), ..taken(Step::Return, "乙") };
        assert!(submitted.clone().take(silent).is_err());
        let returned = submitted.take(taken(Step::Return, "乙")).unwrap();
        assert_eq!(returned.state(), ChangeState::Draft);
        assert_eq!(returned.steps().len(), 3);
    }
}
