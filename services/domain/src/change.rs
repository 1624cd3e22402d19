//! Changes (变更) of what is published (C02, C13): each is a recorded act, draft → submitted →
//! approved → published, with who and when. Nobody approves their own change.

use jiff::Timestamp;

/// How many steps a change may take before it is full: answers hold all of them.
pub const MAX_STEPS: usize = 200;

/// The state of a change.
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

/// A step of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeStep {
    /// 起草, also again after a return.
    Draft,
    /// 提交.
    Submit,
    /// 审核通过.
    Approve,
    /// 退回: back to draft.
    Return,
    /// 发布.
    Publish,
    /// 导入: drafted and published in one step.
    Import,
}

/// A step that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeEntry {
    /// Which.
    pub step: ChangeStep,
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
    steps: Vec<ChangeEntry>,
}

/// Why a step is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the step {step:?} is refused in the state {from:?}: {reason}")]
pub struct StepRefused {
    /// The state of the change.
    pub from: ChangeState,
    /// The step.
    pub step: ChangeStep,
    /// Why.
    pub reason: &'static str,
}

impl Course {
    /// A new draft.
    #[must_use]
    pub fn begin(officer_id: &str, at: Timestamp) -> Self {
        let officer_id = officer_id.to_owned();
        let first = ChangeEntry { step: ChangeStep::Draft, officer_id, at, note: String::new() };
        Self { steps: vec![first] }
    }

    /// A change made by an import.
    #[must_use]
    pub fn imported(officer_id: &str, at: Timestamp) -> Self {
        let officer_id = officer_id.to_owned();
        let only = ChangeEntry { step: ChangeStep::Import, officer_id, at, note: String::new() };
        Self { steps: vec![only] }
    }

    /// A change from the store: `None` if it has no step.
    #[must_use]
    pub fn of(steps: Vec<ChangeEntry>) -> Option<Self> {
        (!steps.is_empty()).then_some(Self { steps })
    }

    /// Its steps, in order.
    #[must_use]
    pub fn steps(&self) -> &[ChangeEntry] {
        &self.steps
    }

    /// Its state.
    #[must_use]
    pub fn state(&self) -> ChangeState {
        match self.steps.last().map(|taken| taken.step) {
            Some(ChangeStep::Submit) => ChangeState::Submitted,
            Some(ChangeStep::Approve) => ChangeState::Approved,
            Some(ChangeStep::Publish | ChangeStep::Import) => ChangeState::Published,
            Some(ChangeStep::Draft | ChangeStep::Return) | None => ChangeState::Draft,
        }
    }

    /// Takes a step.
    ///
    /// # Errors
    /// [`StepRefused`]: the state does not allow it, a return has no reason, or somebody would
    /// approve their own draft or submission.
    pub fn take(self, taken: ChangeEntry) -> Result<Self, StepRefused> {
        let (from, step) = (self.state(), taken.step);
        let refused = |reason| Err(StepRefused { from, step, reason });
        match (from, step) {
            (ChangeState::Draft, ChangeStep::Draft | ChangeStep::Submit)
                if self.steps.len() >= MAX_STEPS =>
            {
                return refused("it has gone to and fro too often; another is to be drafted");
            }
            (ChangeState::Draft, ChangeStep::Draft | ChangeStep::Submit)
            | (ChangeState::Approved, ChangeStep::Publish) => {}
            (ChangeState::Submitted, ChangeStep::Approve) => {
                let wrote = |taken: &&ChangeEntry| {
                    matches!(taken.step, ChangeStep::Draft | ChangeStep::Submit)
                };
                if self.steps.iter().filter(wrote).any(|w| w.officer_id == taken.officer_id) {
                    return refused("nobody approves what they drafted or submitted themselves");
                }
            }
            (ChangeState::Submitted | ChangeState::Approved, ChangeStep::Return) => {
                if taken.note.trim().is_empty() {
                    return refused("a return says why");
                }
            }
            (ChangeState::Published, _) => return refused("it is published, which is for good"),
            (_, ChangeStep::Draft) => {
                return refused("it is submitted; a return makes it a draft again");
            }
            (_, ChangeStep::Submit) => return refused("it is submitted already"),
            (_, ChangeStep::Approve) => return refused("only what is submitted can be approved"),
            (_, ChangeStep::Return) => return refused("it is a draft already"),
            (_, ChangeStep::Import) => {
                return refused("only an import takes it, as its first and last");
            }
            (_, ChangeStep::Publish) => return refused("only what is approved can be published"),
        }
        let mut steps = self.steps;
        steps.push(taken);
        Ok(Self { steps })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(step: ChangeStep, officer: &str) -> ChangeEntry {
        let note = if step == ChangeStep::Return { "理由" } else { "" };
        ChangeEntry {
            step,
            officer_id: officer.to_owned(),
            at: Timestamp::UNIX_EPOCH,
            note: note.to_owned(),
        }
    }

    fn course(steps: &[(ChangeStep, &str)]) -> Result<Course, StepRefused> {
        let begun = Course::begin("甲", Timestamp::UNIX_EPOCH);
        steps.iter().try_fold(begun, |course, (step, who)| course.take(taken(*step, who)))
    }

    #[test]
    fn c02_every_state_allows_its_steps_and_no_other() {
        use ChangeStep::{Approve, Draft, Import, Publish, Return, Submit};
        type Road<'a> = (&'a [(ChangeStep, &'a str)], &'a [ChangeStep]);
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
        use ChangeStep::{Approve, Draft, Return, Submit};
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
        let mut long = vec![(ChangeStep::Draft, "甲"); MAX_STEPS - 2];
        long.push((ChangeStep::Submit, "甲"));
        let whole = course(&long).unwrap();
        assert_eq!(whole.steps().len(), MAX_STEPS);
        assert!(
            whole.clone().take(taken(ChangeStep::Approve, "乙")).is_ok(),
            "it can still be approved"
        );
        let returned = whole.take(taken(ChangeStep::Return, "乙")).unwrap();
        assert!(returned.clone().take(taken(ChangeStep::Draft, "甲")).is_err());
        assert!(returned.take(taken(ChangeStep::Submit, "甲")).is_err());
    }

    #[test]
    fn c02_a_return_says_why_and_makes_a_draft_again() {
        let submitted = course(&[(ChangeStep::Submit, "甲")]).unwrap();
        let silent = ChangeEntry { note: " ".to_owned(), ..taken(ChangeStep::Return, "乙") };
        assert!(submitted.clone().take(silent).is_err());
        let returned = submitted.take(taken(ChangeStep::Return, "乙")).unwrap();
        assert_eq!(returned.state(), ChangeState::Draft);
        assert_eq!(returned.steps().len(), 3);
    }
}
