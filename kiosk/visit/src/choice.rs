//! Which items a visitor is shown, who looks for one among hundreds: found by a few letters, or by
//! theme or agency, step by step.

use crate::{content::ItemCard, pinyin::found};

/// As many items as are seen at once: nobody has to look for one among them.
pub const FEW: usize = 8;

/// By what items are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// All of them, in the catalogue's order.
    #[default]
    All,
    /// What they are about (主题).
    Theme,
    /// Who accepts them (部门).
    Agency,
}

/// What a visitor looks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// A few letters or hanzi of its name; empty: none. Whoever types looks among all.
    pub letters: &'a str,
    /// How items are chosen otherwise.
    pub by: By,
    /// The theme or agency chosen; empty: none yet.
    pub group: &'a str,
}

/// What is there to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offered<'a> {
    /// Themes or agencies, and how many items each has.
    Groups(Vec<(&'a str, usize)>),
    /// Items.
    Items(Vec<&'a ItemCard>),
}

/// What is offered of `items`. An item whose name begins with what is looked for comes before one
/// that has it further behind, and both before those whose agency has it.
#[must_use]
pub fn offered<'a>(items: &'a [ItemCard], wanted: Wanted<'_>) -> Offered<'a> {
    let Wanted { letters, by, group } = wanted;
    if !letters.trim().is_empty() {
        let place = |item: &ItemCard| {
            let name = found(letters, &item.name).map(|at| (false, at));
            name.or_else(|| found(letters, &item.accepting_unit).map(|at| (true, at)))
        };
        let mut there: Vec<_> =
            items.iter().filter_map(|item| Some((place(item)?, item))).collect();
        // Those alike stay in the catalogue's order.
        there.sort_by_key(|(place, _)| *place);
        return Offered::Items(there.into_iter().map(|(_, item)| item).collect());
    }
    let of = |item: &'a ItemCard| match by {
        By::All => "",
        By::Theme => item.theme.as_str(),
        By::Agency => item.accepting_unit.as_str(),
    };
    if by == By::All || !group.is_empty() {
        return Offered::Items(items.iter().filter(|item| of(item) == group).collect());
    }
    let mut groups: Vec<(&str, usize)> = Vec::new();
    for item in items {
        match groups.iter_mut().find(|(name, _)| *name == of(item)) {
            Some((_, count)) => *count += 1,
            None => groups.push((of(item), 1)),
        }
    }
    Offered::Groups(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items() -> Vec<ItemCard> {
        let item = |(name, theme, unit): (&str, &str, &str)| ItemCard {
            code: name.to_owned(),
            name: name.to_owned(),
            theme: theme.to_owned(),
            accepting_unit: unit.to_owned(),
            ..ItemCard::default()
        };
        let all = [
            ("食品经营许可", "行政许可", "示例市场监督管理局"),
            ("办理公共交通卡", "公共服务", "示例交通运输局"),
            ("公共场所卫生许可", "行政许可", "示例卫生健康委员会"),
            ("道路运输证", "行政许可", "示例交通运输局"),
        ];
        all.into_iter().map(item).collect()
    }

    fn names<'a>(offered: &Offered<'a>) -> Vec<&'a str> {
        match offered {
            Offered::Groups(groups) => groups.iter().map(|(name, _)| *name).collect(),
            Offered::Items(items) => items.iter().map(|item| item.name.as_str()).collect(),
        }
    }

    #[test]
    fn an_item_is_found_by_first_letters_whole_syllables_or_hanzi() {
        let items = items();
        let look = |letters| names(&offered(&items, Wanted { letters, ..Wanted::default() }));
        assert_eq!(look("spjy"), ["食品经营许可"]);
        assert_eq!(look("gonggong"), ["公共场所卫生许可", "办理公共交通卡"], "beginnings first");
        assert_eq!(look("公共"), look("gg"));
        // Whoever knows only the agency.
        assert_eq!(look("jty"), ["办理公共交通卡", "道路运输证"]);
        assert_eq!(look("xyzq"), Vec::<&str>::new());
        assert_eq!(look(" ").len(), items.len());
    }

    #[test]
    fn items_are_chosen_by_theme_or_agency_each_in_one_group() {
        let items = items();
        for by in [By::Theme, By::Agency] {
            let Offered::Groups(groups) = offered(&items, Wanted { by, ..Wanted::default() })
            else {
                panic!("no groups")
            };
            let mut seen = 0;
            for (group, count) in &groups {
                let chosen = names(&offered(&items, Wanted { by, group, ..Wanted::default() }));
                assert_eq!(chosen.len(), *count, "{group}");
                seen += count;
            }
            assert_eq!(seen, items.len());
        }
        let by = Wanted { by: By::Theme, group: "行政许可", letters: "" };
        assert_eq!(names(&offered(&items, by)), ["食品经营许可", "公共场所卫生许可", "道路运输证"]);
        // Letters look among all, whatever was chosen before.
        assert_eq!(names(&offered(&items, Wanted { letters: "blgg", ..by })), ["办理公共交通卡"]);
    }

    #[test]
    fn three_hundred_items_are_searched_at_every_key() {
        let many: Vec<ItemCard> = (0..300)
            .map(|n| ItemCard {
                name: format!("城乡居民基本养老保险参保登记之{n}"),
                ..ItemCard::default()
            })
            .collect();
        let mut letters = String::new();
        for key in "jmjbylbx".chars() {
            letters.push(key);
            let there = offered(&many, Wanted { letters: &letters, ..Wanted::default() });
            assert_eq!(names(&there).len(), 300);
        }
    }
}
