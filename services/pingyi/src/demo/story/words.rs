//! The words of the story.

use domain::{item::FieldKind, statistics::Rate};
pub(super) use platform::words::{duty, state as name};
use proto::publication::v1::Figures;

/// The three rates before and after, one line each.
#[must_use]
pub fn figure_lines(before: &Figures, after: &Figures) -> [String; 3] {
    let rate = |rate: Option<proto::publication::v1::Rate>| {
        let rate = rate.unwrap_or_default();
        Rate { numerator: rate.numerator, denominator: rate.denominator }.to_string()
    };
    let line =
        |name: &str, before, after| format!("　　　　{name}　{} → {}", rate(before), rate(after));
    [
        line("满意率", before.satisfaction, after.satisfaction),
        line("参评率", before.participation, after.participation),
        line("整改率", before.rectification, after.rectification),
    ]
}

/// What a visibly invented person fills in.
pub(super) fn answer(field: &visit::content::Field) -> String {
    match field.kind {
        FieldKind::Text => "示例".to_owned(),
        FieldKind::Choice => field.choices.first().cloned().unwrap_or_default(),
        FieldKind::Date => "2026-01-05".to_owned(),
        FieldKind::Number => "1".to_owned(),
        FieldKind::PersonName => "示例办事人".to_owned(),
        FieldKind::Phone => "13800000000".to_owned(),
        // The standard's own published sample number.
        FieldKind::IdNumber => "11010519491231002X".to_owned(),
    }
}

pub(super) fn short(id: &str) -> &str {
    id.get(id.len().saturating_sub(12)..).unwrap_or(id)
}
