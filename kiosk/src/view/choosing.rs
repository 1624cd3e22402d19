//! Looking for an item among many, in the window.

use slint::{ComponentHandle as _, Model as _, ModelRc, SharedString};
use visit::{
    choice::{FEW, Offered, Wanted, offered},
    content::ItemCard,
};

use super::{model, row};
use crate::ui::{App, By, Choosing, Group, State};

/// Shows items to choose from, all of them at first.
pub(super) fn show_items(app: &App, items: &[ItemCard]) {
    app.global::<State>().set_items(model(items.iter().map(row)));
    app.global::<Choosing>().set_many(items.len() > FEW);
    narrow(app, "", By::All, "");
}

/// Tells what is looked for.
pub(super) fn listen(app: &App) {
    let action = app.global::<Choosing>();
    let weak = app.as_weak();
    action.on_look(move |letters| {
        let Some(app) = weak.upgrade() else { return };
        narrow(&app, &letters, By::All, "");
    });
    let weak = app.as_weak();
    action.on_choose_by(move |by| {
        let Some(app) = weak.upgrade() else { return };
        narrow(&app, "", by, "");
    });
    let weak = app.as_weak();
    action.on_enter(move |group| {
        let Some(app) = weak.upgrade() else { return };
        let by = app.global::<Choosing>().get_by();
        narrow(&app, "", by, &group);
    });
}

/// What was looked for leaves the window with the screen it was looked for on.
pub(super) fn forget(app: &App) {
    show_items(app, &[]);
}

/// Whether anything that was looked for is left in the window.
pub(super) fn remembers(app: &App) -> bool {
    let choosing = app.global::<Choosing>();
    !choosing.get_letters().is_empty()
        || !choosing.get_group().is_empty()
        || choosing.get_items().row_count() > 0
        || choosing.get_groups().row_count() > 0
}

fn narrow(app: &App, letters: &str, by: By, group: &str) {
    let choosing = app.global::<Choosing>();
    let cards: Vec<ItemCard> = app.global::<State>().get_items().iter().map(card).collect();
    let wanted = Wanted {
        letters,
        by: match by {
            By::All => visit::choice::By::All,
            By::Theme => visit::choice::By::Theme,
            By::Agency => visit::choice::By::Agency,
        },
        group,
    };
    let (mut groups, mut items) = (ModelRc::default(), ModelRc::default());
    match offered(&cards, wanted) {
        Offered::Groups(all) => {
            let group = |(name, count): (&str, usize)| Group {
                name: name.into(),
                count: i32::try_from(count).unwrap_or(i32::MAX),
            };
            groups = model(all.into_iter().map(group));
        }
        Offered::Items(all) if all.is_empty() => {}
        Offered::Items(all) => items = model(all.into_iter().map(row)),
    }
    choosing.set_groups(groups);
    choosing.set_items(items);
    choosing.set_letters(letters.into());
    choosing.set_by(by);
    choosing.set_group(SharedString::from(group));
}

fn card(item: crate::ui::Item) -> ItemCard {
    ItemCard {
        code: item.code.into(),
        name: item.name.into(),
        theme: item.theme.into(),
        accepting_unit: item.unit.into(),
        seen_at: item.seen_at.into(),
        ..ItemCard::default()
    }
}
