//! Looking for an item among many.

use visit::screen::Screen;

use crate::{
    sample,
    terminal::{PORTRAIT, Terminal},
};

fn at_the_items() -> Terminal {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(Screen::Items { items: sample::items() });
    terminal
}

fn chosen(terminal: &Terminal) -> String {
    let Screen::Guide { item, .. } = terminal.screen() else { panic!("{:?}", terminal.screen()) };
    item.name
}

#[test]
fn an_item_is_found_by_the_first_letters_of_its_name_on_the_screen_alone() {
    let terminal = at_the_items();
    terminal.tap("搜索事项");
    for key in ["g", "g", "c"] {
        terminal.tap(key);
    }
    terminal.find("找到 1 项");
    terminal.tap("看结果");
    assert!(terminal.labelled("q").is_empty(), "the keys are put away");
    terminal.tap("公共场所卫生许可（示例）");
    assert_eq!(chosen(&terminal), "公共场所卫生许可（示例）");
}

#[test]
fn hanzi_of_a_real_keyboard_find_it_too_and_what_is_not_there_says_what_to_do() {
    let terminal = at_the_items();
    terminal.tap("搜索事项");
    terminal.type_text("公积金");
    terminal.find("住房公积金提取（示例）");
    terminal.type_text("国籍");
    terminal.find("找到 0 项");
    terminal
        .find("没有找到“公积金国籍”。可以少输几个字，或只输拼音的首字母；也可以点“呼叫工作人员”。");
    terminal.tap("清除");
    terminal.find("共 11 项，点一下看怎么办、要带什么");
    terminal.tap("收起");
    terminal.tap("食品经营许可（示例）");
    assert_eq!(chosen(&terminal), "食品经营许可（示例）");
}

#[test]
fn items_are_chosen_by_theme_and_by_agency_and_there_is_a_way_back() {
    let terminal = at_the_items();
    terminal.tap("按类型");
    assert!(terminal.labelled("食品经营许可（示例）").is_empty());
    terminal.tap("行政许可（办证、审批），共 2 项");
    terminal.find("公共场所卫生许可（示例）");
    assert!(terminal.labelled("户口迁移（示例）").is_empty());
    terminal.tap("返回全部类型");
    terminal.tap("按部门");
    terminal.tap("昌吉市示例人力资源和社会保障局，共 3 项");
    terminal.tap("返回全部部门");
    terminal.tap("全部");
    terminal.tap("食品经营许可（示例）");
    assert_eq!(chosen(&terminal), "食品经营许可（示例）");
}

#[test]
fn a_few_items_need_no_looking_for_and_of_many_nothing_is_remembered() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(Screen::Items { items: sample::items().into_iter().take(6).collect() });
    assert!(terminal.labelled("搜索事项").is_empty() && terminal.labelled("按类型").is_empty());
    let many = (0..300).map(|n| {
        let mut item = sample::item();
        item.code = format!("many-{n}");
        item.name = format!("城乡居民养老保险第{n}号事项（示例）");
        item
    });
    terminal.show(Screen::Items { items: many.collect() });
    terminal.tap("搜索事项");
    terminal.type_text("299");
    terminal.find("找到 1 项");
    terminal.tap("退出");
    assert!(!kiosk::view::remembers(&terminal.app));
}
