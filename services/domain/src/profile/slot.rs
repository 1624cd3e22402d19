//! The three kinds of field in a profile: a value that is always there, one that may be missing,
//! and a deadline. Each kind defines its form in a document, its default, how a layer replaces the
//! value below, and its words in Chinese.

use std::collections::BTreeMap;

use serde::{Deserialize, de::DeserializeOwned};
use toml::Spanned;

use super::{
    Rule, RuleWords, SYSTEM_CLAUSE, SYSTEM_LAYER,
    strictness::Strictness,
    terms::Event,
    words::{InWords, deadline_in_words},
};
use crate::deadline::{DayUnit, DeadlineRule};

/// A value of a layer's own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Own<T> {
    value: Spanned<T>,
    clause: Spanned<String>,
}

/// A deadline without its subject, which is the field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limit {
    pub(super) days: u32,
    pub(super) unit: DayUnit,
    pub(super) event: Event,
}

/// A kind of field.
pub(super) trait Slot: Sized {
    /// Its value.
    type Value;
    /// The value in a document's form.
    type Written: DeserializeOwned;
    /// The table's default: a value, or the meaning of having none.
    type Default;

    /// The field with its default.
    fn silent(default: Self::Default) -> Self;

    /// The result of a layer's own value.
    fn own(field: &'static str, written: Rule<Self::Written>) -> Self;

    /// The value in force, if there is one.
    fn ruled(&self) -> Option<&Rule<Self::Value>>;

    /// A value in Chinese.
    fn say(value: &Self::Value) -> String;

    /// The table's default in Chinese.
    fn say_default(default: Self::Default) -> String;

    /// The value in force, if it is a deadline.
    fn deadline(&self) -> Option<&Rule<DeadlineRule>> {
        None
    }
}

/// The rule may be missing; the meaning of that, in Chinese.
pub(super) struct NoRule(pub(super) &'static str);

/// A value that is always there.
impl<T: InWords + DeserializeOwned> Slot for Rule<T> {
    type Value = T;
    type Written = T;
    type Default = T;

    fn silent(value: T) -> Self {
        Self { value, clause: SYSTEM_CLAUSE.to_owned(), layer: SYSTEM_LAYER.to_owned() }
    }

    fn own(_: &'static str, written: Rule<T>) -> Self {
        written
    }

    fn ruled(&self) -> Option<&Rule<T>> {
        Some(self)
    }

    fn say(value: &T) -> String {
        value.words()
    }

    fn say_default(default: T) -> String {
        default.words()
    }
}

/// A value that may be missing.
impl<T: InWords + DeserializeOwned> Slot for Option<Rule<T>> {
    type Value = T;
    type Written = T;
    type Default = NoRule;

    fn silent(_: NoRule) -> Self {
        None
    }

    fn own(_: &'static str, written: Rule<T>) -> Self {
        Some(written)
    }

    fn ruled(&self) -> Option<&Rule<T>> {
        self.as_ref()
    }

    fn say(value: &T) -> String {
        value.words()
    }

    fn say_default(NoRule(means): NoRule) -> String {
        means.to_owned()
    }
}

/// A deadline. A document leaves out its subject, which is the field.
impl Slot for Option<Rule<DeadlineRule>> {
    type Value = DeadlineRule;
    type Written = Limit;
    type Default = NoRule;

    fn silent(_: NoRule) -> Self {
        None
    }

    fn own(field: &'static str, Rule { value, clause, layer }: Rule<Limit>) -> Self {
        let (subject, event) = (field.to_owned(), value.event.name().to_owned());
        let Limit { days, unit, .. } = value;
        let value = DeadlineRule { subject, event, days, unit, clause: clause.clone() };
        Some(Rule { value, clause, layer })
    }

    fn ruled(&self) -> Option<&Rule<DeadlineRule>> {
        self.as_ref()
    }

    fn say(value: &DeadlineRule) -> String {
        deadline_in_words(value)
    }

    fn say_default(NoRule(means): NoRule) -> String {
        means.to_owned()
    }

    fn deadline(&self) -> Option<&Rule<DeadlineRule>> {
        self.as_ref()
    }
}

/// A field in words, with its clause and the layer that set it.
pub(super) fn words<S: Slot>(
    field: &'static str,
    slot: &S,
    default: fn() -> S::Default,
) -> RuleWords {
    match slot.ruled() {
        Some(Rule { value, clause, layer }) => {
            RuleWords { field, value: S::say(value), clause: clause.clone(), layer: layer.clone() }
        }
        None => RuleWords {
            field,
            value: S::say_default(default()),
            clause: SYSTEM_CLAUSE.to_owned(),
            layer: SYSTEM_LAYER.to_owned(),
        },
    }
}

/// Why a lower layer cannot have its own value: it is looser than its superior's, if there is one.
pub(super) fn looser<S: Slot>(
    own: &S,
    above: &S,
    strictness: &Strictness<S::Value>,
) -> Option<String> {
    let (own, above) = (own.ruled()?, above.ruled()?);
    strictness.is_looser(&own.value, &above.value).then(|| {
        let (own, says) = (S::say(&own.value), S::say(&above.value));
        format!("\"{own}\" is looser than {}: \"{says}\"", above.clause)
    })
}

/// Puts a layer's own values over those below, with the layer's name and document, and records
/// where they are written.
pub(super) struct Lay {
    layer: String,
    document: String,
    /// Where each value is written, by its field.
    pub(super) offsets: BTreeMap<&'static str, usize>,
    /// Where a clause is blank.
    pub(super) blank: Option<usize>,
}

impl Lay {
    /// For the layer of this name, by this document.
    pub(super) fn new(layer: &str, document: &str) -> Self {
        let (layer, document) = (layer.to_owned(), document.to_owned());
        Self { layer, document, offsets: BTreeMap::new(), blank: None }
    }

    /// Replaces the value below with a layer's own value, if it has one.
    pub(super) fn over<S: Slot>(
        &mut self,
        field: &'static str,
        own: Option<Own<S::Written>>,
        to: &mut S,
    ) {
        let Some(own) = own else { return };
        self.offsets.insert(field, own.value.span().start);
        if own.clause.get_ref().trim().is_empty() {
            self.blank = self.blank.or(Some(own.clause.span().start));
        }
        let clause = format!("{} {}", self.document, own.clause.get_ref());
        let value = own.value.into_inner();
        *to = S::own(field, Rule { value, clause, layer: self.layer.clone() });
    }
}
