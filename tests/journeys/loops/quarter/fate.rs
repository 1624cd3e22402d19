//! What becomes of a negative rating: which steps are taken on which working day, and whether one of
//! its days is missed.

use proto::{
    ticketing::v1::{Assignment, Decision, Dispatch, Means, NewBeginning, Return, step::Act},
    r#type::v1::{ExclusionGround, Finding},
};

use super::{
    super::{
        steps::{
            accept, close, complex, contact, extension, feed_back, follow_up, found, not_reached,
            not_to_count, rectify, report, solution, uphold, urge,
        },
        walk::By,
    },
    days::Days,
    hall::{Agency, Rules},
};

/// The officers who are behind catch up on every fifth working day.
const WEEK: usize = 5;

/// How it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Settled on the same day.
    Quick,
    /// Without legal basis: explained on the same day.
    Explained,
    /// Left alone, escalated, urged by the Authority, and handled then.
    Slow,
    /// Never handled.
    Left,
    /// A simple matter, settled in three days.
    Simple,
    /// Complex, settled on the day of the plan.
    Complex,
    /// Complex, settled after the day of the plan.
    PlanMissed,
    /// Complex, with a new day for good reason, and settled before that.
    Extended,
    /// Not to count.
    Excluded,
    /// Proposed not to count; the Authority decides otherwise.
    Dismissed,
    /// Returned by the Authority, and verified again on the same day.
    Returned,
    /// The rater is not satisfied with the result.
    Unsatisfied,
    /// The rater is not reached by any follow-up.
    NotReached,
    /// The follow-up comes too late, where it has a day.
    FollowedUpLate,
    /// The rater has the answer and rates again: the ticket begins anew.
    RatedAgain,
    /// The ticket is closed and the rater rates again: another ticket.
    RatedAnew,
}

/// What is done for a life.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    /// A step is taken.
    Step(By, Act),
    /// The rater rates while the ticket is answered and open.
    RatesAgain,
    /// The rater rates after it was closed.
    RatesAnew,
}

/// What the system writes when a rating begins a ticket again.
pub(super) fn new_beginning(rating: &str) -> Act {
    Act::NewBeginning(NewBeginning { rating_id: rating.to_owned() })
}

/// From which a life's deeds are made.
pub(super) struct Script<'a> {
    pub(super) rules: &'a Rules,
    pub(super) days: &'a Days,
    /// The working day on which it begins.
    pub(super) day: usize,
    pub(super) agency: &'a Agency,
    /// Who is assigned.
    pub(super) officer: String,
}

fn agency(steps: impl IntoIterator<Item = Act>) -> Vec<Deed> {
    steps.into_iter().map(|step| Deed::Step(By::Agency, step)).collect()
}

fn authority(step: Act) -> Vec<Deed> {
    vec![Deed::Step(By::Authority, step)]
}

impl Script<'_> {
    /// Its deeds by working day, and whether it misses a day.
    pub(super) fn of(&self, fate: Fate) -> (Vec<(usize, Vec<Deed>)>, bool) {
        let (opening, settled) = (self.opening(), self.settled());
        let all = [opening.clone(), settled.clone()].concat();
        let at_once = |more: Vec<(usize, Vec<Deed>)>| [vec![(0, all.clone())], more].concat();
        let satisfied = || self.followed(follow_up(Means::Phone, true));
        let unreached = || self.followed(not_reached(Means::Phone));
        let open = |step: Act| [opening.clone(), agency([step])].concat();
        let solved = || {
            let told = self.rules.solution_first.then(|| solution(Means::Online));
            [agency(told), self.result()].concat()
        };
        let deeds = match fate {
            Fate::Quick => at_once(vec![(3, satisfied())]),
            Fate::Explained => {
                let told = agency([found(Finding::NoLegalBasis), feed_back(Means::Online)]);
                let first = [opening, told, self.end()].concat();
                vec![(0, first), (3, satisfied())]
            }
            Fate::Slow => {
                let late = self.catch_up(2);
                vec![(late, [authority(urge()), all].concat()), (late + 3, satisfied())]
            }
            Fate::Left => Vec::new(),
            Fate::Simple => {
                vec![(0, open(found(Finding::Simple))), (3, self.result()), (6, satisfied())]
            }
            Fate::Complex => {
                vec![(0, open(complex(&self.on(6)))), (6, solved()), (9, satisfied())]
            }
            Fate::PlanMissed => {
                let late = self.catch_up(4);
                vec![(0, open(complex(&self.on(3)))), (late, solved()), (late + 3, satisfied())]
            }
            Fate::Extended => vec![
                (0, open(complex(&self.on(8)))),
                (8, agency([extension(&self.on(16), true)])),
                (14, self.result()),
                (17, satisfied()),
            ],
            Fate::Excluded => {
                let decided = self.rules.authority_excludes.then(uphold);
                let decided = decided.map(authority).unwrap_or_default();
                vec![(0, [open(self.not_to_count()), decided].concat())]
            }
            Fate::Dismissed => {
                let opinion = "示例：应予采纳".to_owned();
                let dismissed = Act::Decision(Decision { upheld: false, opinion });
                let first = [open(self.not_to_count()), authority(dismissed), settled].concat();
                vec![(0, first), (3, satisfied())]
            }
            Fate::Returned => {
                let reason = "示例：措施不具体".to_owned();
                let returned = Act::Return(Return { reason });
                let first = agency([found(Finding::Clear), rectify(), feed_back(Means::Online)]);
                let reported = [first, agency([report()]), authority(returned)].concat();
                vec![(0, [opening, reported, settled].concat()), (3, satisfied())]
            }
            Fate::Unsatisfied => {
                let unsatisfied = self.followed(follow_up(Means::Phone, false));
                let again = [unsatisfied, self.taken(), settled].concat();
                at_once(vec![(2, again), (5, satisfied())])
            }
            Fate::NotReached => at_once(vec![(2, unreached()), (3, unreached()), (4, unreached())]),
            Fate::FollowedUpLate => at_once(vec![(self.catch_up(6), satisfied())]),
            Fate::RatedAgain => {
                let answered = agency([found(Finding::Clear), rectify(), feed_back(Means::Online)]);
                let again = [vec![Deed::RatesAgain], self.taken(), settled].concat();
                vec![(0, [opening, answered].concat()), (1, again), (4, satisfied())]
            }
            Fate::RatedAnew => at_once(vec![(2, vec![Deed::RatesAnew]), (3, satisfied())]),
        };
        let late = match fate {
            Fate::Slow | Fate::Left | Fate::PlanMissed => true,
            Fate::FollowedUpLate => self.rules.follow_up_has_a_day,
            _ => false,
        };
        (deeds.into_iter().map(|(after, deeds)| (self.day + after, deeds)).collect(), late)
    }

    /// How many working days later, at least so many, the officers catch up.
    fn catch_up(&self, least: usize) -> usize {
        let catches_up = |after: &usize| (self.day + after) % WEEK == WEEK - 1;
        (least..).find(catches_up).unwrap()
    }

    /// The working day so many after the first.
    fn on(&self, after: usize) -> String {
        self.days.working[self.day + after].to_string()
    }

    /// To the agency, to a person, and to the rater.
    fn opening(&self) -> Vec<Deed> {
        let dispatch = || {
            let agency_id = self.agency.id.clone();
            Act::Dispatch(Dispatch { agency_id, ..Dispatch::default() })
        };
        let passed_on = self.rules.dispatches.then(dispatch).map(authority);
        [passed_on.unwrap_or_default(), self.taken()].concat()
    }

    fn taken(&self) -> Vec<Deed> {
        let assigned = Act::Assignment(Assignment { assignee: self.officer.clone() });
        agency([assigned, contact()])
    }

    fn settled(&self) -> Vec<Deed> {
        [agency([found(Finding::Clear)]), self.result()].concat()
    }

    fn result(&self) -> Vec<Deed> {
        [agency([rectify(), feed_back(Means::Online)]), self.end()].concat()
    }

    fn end(&self) -> Vec<Deed> {
        let reviewed = match self.rules.reviewed {
            true => [agency([report()]), authority(accept())].concat(),
            false => Vec::new(),
        };
        [reviewed, agency([close()])].concat()
    }

    fn followed(&self, step: Act) -> Vec<Deed> {
        vec![Deed::Step(self.rules.follows_up, step)]
    }

    fn not_to_count(&self) -> Act {
        // The ground that all three documents know.
        not_to_count(ExclusionGround::Malicious, "示例报告〔2026〕1号")
    }
}
