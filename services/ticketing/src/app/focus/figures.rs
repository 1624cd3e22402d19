//! The figures of a region, compared.

use std::collections::BTreeMap;

use domain::{
    deadline::day_of,
    focus::{Concentration, MIN_RATINGS, REPEATED_TIMES, Sample, Window},
    level::Level,
    profile::{KeyTargetTrigger, Profile},
};
use proto::{ticketing::v1 as wire, r#type::v1::FocusKind};
use sea_orm::{ConnectionTrait, DbErr};

use crate::{
    convert::focus::{concentration_to_wire, kind_of, object_of},
    state::Ticketing,
    store::focus::counts,
};

/// What is asked of the figures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    /// What is compared.
    pub(crate) kind: FocusKind,
    /// How.
    pub(crate) trigger: KeyTargetTrigger,
    /// The level that, with those below it, is poor.
    pub(crate) level: Level,
    /// The days.
    pub(crate) window: Window,
}

/// The answer for all objects of a kind.
pub(crate) struct Figures {
    question: Question,
    objects: BTreeMap<String, Sample>,
    all: Sample,
    /// Of a reason: how often it was given anywhere in the region.
    tags: BTreeMap<String, u64>,
    compared: u64,
}

impl Question {
    /// What a profile asks about a kind of object; of what it makes no key target, and of items,
    /// where negative ratings (差评) concentrate.
    pub(crate) fn of(kind: FocusKind, profile: &Profile, window: Window) -> Self {
        let rule = profile.key_target.as_ref().map(|rule| &rule.value);
        let rule = rule.filter(|rule| rule.objects.iter().any(|o| kind_of(*o) == Some(kind)));
        let (trigger, level) = match rule {
            Some(rule) => (rule.trigger, rule.level),
            None => (KeyTargetTrigger::Concentrated, Level::Dissatisfied),
        };
        Self { kind, trigger, level, window }
    }

    /// The window that ends today.
    pub(crate) fn today(kind: FocusKind, profile: &Profile, ticketing: &Ticketing) -> Self {
        let today = day_of(ticketing.shell.clock.now());
        Self::of(kind, profile, Window::ending_on(today))
    }

    /// The ratings of an object.
    pub(crate) fn poor(&self, counts: [u64; 5]) -> Sample {
        let levels = Level::ALL.into_iter().zip(counts);
        let poor = levels.filter(|(level, _)| *level >= self.level).map(|(_, n)| n).sum();
        Sample { poor, ratings: counts.iter().sum() }
    }

    /// How many ratings an object must have to be compared at all, whatever they say.
    fn least(&self) -> u64 {
        match self.trigger {
            KeyTargetTrigger::Concentrated => MIN_RATINGS,
            KeyTargetTrigger::Repeated => REPEATED_TIMES,
        }
    }

    /// Which ratings are meant, in Chinese.
    pub(crate) fn words(&self, profile: &Profile, counted: &str) -> String {
        let label = self.level.label(profile.label_set.value);
        match object_of(self.kind, counted).1 {
            "" => format!("“{label}”及以下"),
            tag => format!("以“{tag}”为原因的“{label}”及以下"),
        }
    }
}

impl Figures {
    /// Reads and compares.
    pub(crate) async fn read(
        connection: &impl ConnectionTrait,
        region: &str,
        question: Question,
    ) -> Result<Self, DbErr> {
        let read = async |kind| counts::by_object(connection, kind, region, question.window).await;
        let regions = read(FocusKind::Region).await?;
        let all = regions.values().map(|counts| question.poor(*counts));
        let all = all.fold(Sample::default(), |sum, own| Sample {
            poor: sum.poor + own.poor,
            ratings: sum.ratings + own.ratings,
        });
        let mut objects = BTreeMap::new();
        let mut tags: BTreeMap<String, u64> = BTreeMap::new();
        let enough = |sample: &Sample| sample.ratings >= question.least();
        let compared = if question.kind == FocusKind::ItemTag {
            let items = read(FocusKind::Item).await?;
            let items = items.into_iter().map(|(id, counts)| (id, question.poor(counts)));
            let items: BTreeMap<String, Sample> = items.collect();
            for (pair, counts) in read(FocusKind::ItemTag).await? {
                let (item, tag) = object_of(question.kind, &pair);
                let poor = question.poor(counts).poor;
                *tags.entry(tag.to_owned()).or_default() += poor;
                let ratings = items.get(item).map_or(0, |item| item.ratings);
                objects.insert(pair, Sample { poor, ratings });
            }
            // A reason that nobody gave somewhere was compared there too.
            items.values().filter(|item| enough(item)).count() * tags.len()
        } else {
            let read = match question.kind {
                FocusKind::Region => regions,
                kind => read(kind).await?,
            };
            objects.extend(read.into_iter().map(|(id, counts)| (id, question.poor(counts))));
            objects.values().filter(|own| enough(own)).count()
        };
        let compared = u64::try_from(compared).unwrap_or(u64::MAX);
        Ok(Self { question, objects, all, tags, compared })
    }

    /// The same, when so many comparisons are made at once.
    pub(crate) fn among(self, compared: u64) -> Self {
        Self { compared, ..self }
    }

    /// What was asked.
    pub(crate) fn question(&self) -> Question {
        self.question
    }

    /// How many objects were compared.
    pub(crate) fn compared(&self) -> u64 {
        self.compared
    }

    /// One object; one without ratings too.
    pub(crate) fn of(&self, counted: &str) -> Concentration {
        let own = self.objects.get(counted).copied().unwrap_or_default();
        let poor = match object_of(self.question.kind, counted).1 {
            "" => self.all.poor,
            tag => self.tags.get(tag).copied().unwrap_or_default(),
        };
        let rest = Sample {
            poor: poor.saturating_sub(own.poor),
            ratings: self.all.ratings.saturating_sub(own.ratings),
        };
        let Question { trigger, window, .. } = self.question;
        Concentration::of(trigger, window, own, rest, self.compared)
    }

    /// All objects, the least probable first.
    pub(crate) fn all(&self) -> Vec<(&str, Concentration)> {
        let mut all: Vec<_> = self.objects.keys().map(|id| (id.as_str(), self.of(id))).collect();
        all.sort_by(|one, other| one.1.p.total_cmp(&other.1.p).then(one.0.cmp(other.0)));
        all
    }

    /// A comparison on the wire, in the words of a profile.
    pub(crate) fn to_wire(
        &self,
        profile: &Profile,
        counted: &str,
        told: &Concentration,
    ) -> wire::Concentration {
        let Question { kind, level, .. } = self.question;
        let poor = self.question.words(profile, counted);
        concentration_to_wire(kind, counted, level, &poor, told)
    }
}
