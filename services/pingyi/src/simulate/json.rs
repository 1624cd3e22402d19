//! A simulation's report for programs: one object; rates and means as their parts.

use domain::{
    simulate::{Change, DeadlineEnd, Figures, FollowUps, Mean, Object, Objection, Outcomes, Under},
    statistics::Rate,
};
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::{Simulation, table::chosen, words};

/// The report.
pub fn value(simulated: &Simulation) -> Value {
    let Simulation { report, profile, until, told } = simulated;
    let counts = &report.counts;
    let objections = Objection::ALL.into_iter().map(|objection| {
        let both = counts.objections.get(&objection).copied().unwrap_or_default();
        (words::objection(objection).0.to_owned(), under(both, Value::from))
    });
    let deadlines = counts.deadlines.iter();
    let deadlines = deadlines.map(|(act, both)| ((*act).to_owned(), under(*both, outcomes)));
    let of_kind = |wanted: &str| -> Map<String, Value> {
        let figures = report.figures.iter();
        figures
            .filter_map(|(object, both)| {
                let (kind, key) = named(object);
                let figures = json!({"old": figure(&both.old), "new": figure(&both.new)});
                (kind == wanted).then(|| (key.clone(), figures))
            })
            .collect()
    };
    let rules: Vec<Value> = report
        .rules
        .iter()
        .map(|rule| {
            json!({
                "policy": rule.policy,
                "field": rule.field,
                "old": rule.old,
                "new": rule.new,
                "clause": rule.clause,
                "not_told": rule.blind_spot.map(|blind_spot| words::blind_spot(blind_spot).0),
            })
        })
        .collect();
    json!({
        "profile": profile.policy(),
        "until": until.to_string(),
        "facts": told.facts,
        "changed": report.changed(),
        "counts": {
            "acts": counts.acts,
            "ratings": counts.ratings,
            "tickets": counts.tickets,
            "windows_moved": counts.windows_moved,
            "windows_closed": under(counts.windows_closed, Value::from),
            "effective_ratings_moved": counts.effective_moved,
            "objections": objections.collect::<Map<_, _>>(),
            "default_ratings": under(counts.defaults, Value::from),
            "tickets_too_late": under(counts.tickets_too_late, Value::from),
            "deadlines": deadlines.collect::<Map<_, _>>(),
            "follow_ups": under(counts.follow_ups, follow_ups),
            "closed_unreviewed": under(counts.closed_unreviewed, Value::from),
        },
        "regions": of_kind("region"),
        "agencies": of_kind("agency"),
        "halls": of_kind("hall"),
        "windows": of_kind("window"),
        "staff": of_kind("staff"),
        "rules": rules,
        "left_out": left_out(simulated),
        "changes": report.changes.len(),
        "examples": chosen(&report.changes).into_iter().map(change).collect::<Vec<_>>(),
    })
}

/// What kind of thing figures are of, and which.
fn named(object: &Object) -> (&'static str, &String) {
    match object {
        Object::Region(code) => ("region", code),
        Object::Agency(id) => ("agency", id),
        Object::Hall(id) => ("hall", id),
        Object::Window(id) => ("window", id),
        Object::Staff(id) => ("staff", id),
    }
}

fn left_out(Simulation { report, told, .. }: &Simulation) -> Vec<Value> {
    let mut left_out = Vec::new();
    for (gap, count) in &report.gaps {
        let (what, en, _) = words::gap(*gap);
        left_out.push(json!({"what": what, "count": count, "why": en}));
    }
    if told.not_active > 0 {
        let why = "made again by the rules";
        left_out.push(json!({"what": "not_active", "count": told.not_active, "why": why}));
    }
    if told.imported > 0 {
        let why = "taken over from an earlier system, whose rules judged them";
        left_out.push(json!({"what": "imported", "count": told.imported, "why": why}));
    }
    if let Some(first) = &told.first_unread {
        left_out.push(json!({"what": "unread", "count": told.unread, "why": first}));
    }
    for blind_spot in report.blind_spots() {
        let (what, en, _) = words::blind_spot(blind_spot);
        left_out.push(json!({"what": what, "why": en}));
    }
    left_out.extend(words::ALWAYS.map(|(what, en, _)| json!({"what": what, "why": en})));
    left_out
}

fn under<T>(both: Under<T>, value: impl Fn(T) -> Value) -> Value {
    json!({"old": value(both.old), "new": value(both.new)})
}

fn outcomes(of: Outcomes) -> Value {
    json!({
        "met": of.met, "missed": of.missed, "running": of.running, "not_told": of.not_told,
    })
}

fn follow_ups(of: FollowUps) -> Value {
    json!({"due": of.due, "done": of.done})
}

fn figure(figures: &Figures) -> Value {
    let scores = figures.scores.iter().map(|(scale, sums)| {
        let (active, with_defaults) = (mean(sums.active), mean(sums.with_defaults));
        json!({"scale": scale, "active": active, "with_defaults": with_defaults})
    });
    json!({
        "active": figures.active,
        "defaults": figures.defaults,
        "defaults_counted": figures.defaults_counted,
        "satisfaction": rate(figures.satisfaction()),
        "satisfaction_with_defaults": rate(figures.satisfaction_with_defaults()),
        "scores": scores.collect::<Vec<_>>(),
    })
}

fn rate(rate: Rate) -> Value {
    json!({"numerator": rate.numerator, "denominator": rate.denominator})
}

fn mean(mean: Mean) -> Value {
    json!({"sum": mean.sum, "count": mean.count})
}

fn change(change: &Change) -> Value {
    let kind = words::kind(change).0;
    let day = |day: Option<Date>| json!(day.map(|day| day.to_string()));
    let due = |due: Option<DeadlineEnd>| {
        json!(due.map(|due| {
            let outcome = words::outcome(due.outcome).0;
            let (due_on, provisional) = (due.due_on.to_string(), due.provisional);
            json!({"due_on": due_on, "outcome": outcome, "provisional": provisional})
        }))
    };
    match *change {
        Change::Window { act, last_day, closed, provisional } => json!({
            "kind": kind,
            "act": act.to_string(),
            "last_day": under(last_day, day),
            "closed": under(closed, Value::from),
            "provisional": provisional,
        }),
        Change::Rating { rating, act, objection, met } => json!({
            "kind": kind,
            "rating": rating.to_string(),
            "act": act.to_string(),
            "objection": words::objection(objection).0,
            "met": under(met, Value::from),
        }),
        Change::Effective { act, rating } => {
            let id = |id: Option<domain::id::RatingId>| json!(id.map(|id| id.to_string()));
            json!({"kind": kind, "act": act.to_string(), "rating": under(rating, id)})
        }
        Change::Default { act, level } => {
            let stars = |level: Option<domain::level::Level>| {
                json!(level.map(|level| level.label(domain::level::LabelSet::Satisfaction)))
            };
            json!({"kind": kind, "act": act.to_string(), "level": under(level, stars)})
        }
        Change::Deadline { ticket, opening, subject, due: both } => json!({
            "kind": kind,
            "ticket": ticket.to_string(),
            "opening": opening,
            "act": subject,
            "due": under(both, due),
        }),
        Change::FollowUp { ticket, opening, due, done } => json!({
            "kind": kind,
            "ticket": ticket.to_string(),
            "opening": opening,
            "due": under(due, Value::from),
            "done": done,
        }),
        Change::Unreviewed { ticket, opening, against } => json!({
            "kind": kind,
            "ticket": ticket.to_string(),
            "opening": opening,
            "against": under(against, Value::from),
        }),
    }
}
