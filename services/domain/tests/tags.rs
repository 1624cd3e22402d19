//! C08: the reason tags that ship, their layers, and which may be given.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use domain::{level::Level, source::Source, tags::TagList};

const NATIONAL: Source<'static> =
    Source { file: "national-2020-05.toml", text: include_str!("../tags/national-2020-05.toml") };
const HAIYANG: Source<'static> =
    Source { file: "haiyang-2021.toml", text: include_str!("../tags/haiyang-2021.toml") };

/// Haiyang's Article 6 as the seed prints it, line breaks and all.
const ARTICLE_6: &str = include_str!("fixtures/haiyang-2021-article-6.txt");

const HEAD: &str = "version = \"v\"\nsource = \"公告\"\n";
const LOWER: &str = "version = \"local\"\ninherits = \"v\"\nsource = \"办法\"\n";

fn national() -> TagList {
    TagList::parse(&[NATIONAL]).unwrap()
}

fn haiyang() -> TagList {
    TagList::parse(&[NATIONAL, HAIYANG]).unwrap()
}

fn codes<const N: usize>(codes: [&str; N]) -> Vec<String> {
    codes.map(str::to_owned).to_vec()
}

/// What a list says about tags given for a level; empty if nothing.
fn wrong<const N: usize>(list: &TagList, level: Level, given: [&str; N]) -> String {
    list.check(level, &codes(given)).err().map_or(String::new(), |wrong| wrong.to_string())
}

fn tag(code: &str, level: &str, core: bool) -> String {
    format!("[[tag]]\ncode = \"{code}\"\nlevel = \"{level}\"\ntext = \"慢\"\ncore = {core}\n")
}

fn refusal(text: &str) -> String {
    TagList::parse(&[Source { file: "tags.toml", text }]).unwrap_err().to_string()
}

/// A first layer with a core tag, an extension tag and a retired one, and a lower one over it.
fn lower(text: &str) -> Result<TagList, String> {
    let retired = "[[retired]]\nlevel = \"satisfied\"\ncodes = [\"401\"]\n";
    let above = [HEAD, &tag("406", "satisfied", true), &tag("413", "satisfied", false), retired];
    let above = above.concat();
    let text = [LOWER, text].concat();
    let layers = [Source { file: "v.toml", text: &above }, Source { file: "l.toml", text: &text }];
    TagList::parse(&layers).map_err(|error| error.to_string())
}

// ── The nation's list ─────────────────────────────────────────────────────────────────────────────

#[test]
fn c08_the_shipped_list_has_eight_tags_for_each_level_three_of_them_core() {
    let list = national();
    assert_eq!((list.version.as_str(), list.tags.len()), ("national-2020-05", 40));
    for level in Level::ALL {
        let of_level: Vec<_> = list.of(level).collect();
        let core = of_level.iter().filter(|tag| tag.core).count();
        assert_eq!((of_level.len(), core), (8, 3), "{level:?}");
        let stars = level.stars().to_string();
        assert!(of_level.iter().all(|tag| tag.code.starts_with(&stars)), "{level:?}");
    }
    let first = list.of(Level::Dissatisfied).next().unwrap();
    assert_eq!((first.code.as_str(), first.text.as_str()), ("207", "没有提供材料样本"));
}

#[test]
fn c08_the_shipped_list_names_the_32_codes_that_are_no_longer_used() {
    let list = national();
    assert_eq!(list.retired.len(), 32);
    let of = |level: Level| -> String {
        let codes = list.retired.iter().filter(|tag| tag.level == level);
        codes.map(|tag| tag.code.as_str()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(of(Level::VerySatisfied), "501 502 503 504 505 506 507 508 509");
    assert_eq!(of(Level::Satisfied), "401 402 404 405");
    assert_eq!(of(Level::BasicallySatisfied), "301 302 303 304 305 306");
    assert_eq!(of(Level::Dissatisfied), "201 202 203 204 205 206");
    assert_eq!(of(Level::VeryDissatisfied), "101 102 103 104 105 106 107");
}

#[test]
fn c08_an_unknown_a_retired_and_another_levels_tag_are_refused_each_in_its_own_words() {
    let list = national();
    let of = |given| wrong(&list, Level::Dissatisfied, given);
    assert_eq!(of(["207", "214"]), "");
    assert_eq!(of(["207", "999"]), "tag_codes[1]: is no tag of the list");
    assert_eq!(of(["207", "201"]), "tag_codes[1]: is a retired tag");
    assert_eq!(of(["108", "207"]), "tag_codes[0]: is a tag of another level");
    assert_eq!(of(["207", "207"]), "tag_codes[1]: is given twice");
    let all = wrong(&list, Level::Dissatisfied, ["999", "201", "108"]);
    assert_eq!(all.matches("; ").count(), 2, "{all}");
}

#[test]
fn c08_every_tag_is_for_its_own_level_and_no_retired_one_for_any() {
    let list = national();
    for level in Level::ALL {
        for tag in &list.tags {
            let said = wrong(&list, level, [&tag.code]);
            assert_eq!(said.is_empty(), tag.level == level, "{} {level:?}: {said}", tag.code);
        }
        for tag in &list.retired {
            let said = wrong(&list, level, [&tag.code]);
            assert_eq!(said, "tag_codes[0]: is a retired tag", "{}", tag.code);
        }
    }
}

// ── Haiyang's five lists ──────────────────────────────────────────────────────────────────────────

#[test]
fn c08_haiyangs_five_lists_are_the_articles_word_for_word() {
    let list = haiyang();
    assert_eq!(list.version, "haiyang-2021");
    let article: String = ARTICLE_6.chars().filter(|c| !c.is_whitespace()).collect();
    let headings = ["（一）", "（二）", "（三）", "（四）", "（五）"];
    for (level, heading) in Level::ALL.into_iter().zip(headings) {
        let opening = format!("{heading}{}：", level.label(domain::level::LabelSet::Satisfaction));
        let (_, printed) = article.split_once(&opening).unwrap();
        let (printed, _) = printed.split_once('。').unwrap();
        let printed: Vec<&str> = printed.split('；').collect();
        let shipped: Vec<&str> = list.of(level).map(|tag| tag.text.as_str()).collect();
        assert_eq!(shipped, printed, "{heading}");
        let clause = list.clause(level).unwrap();
        assert_eq!(clause, format!("海政管办〔2021〕2号 第六条{heading}"));
    }
    assert_eq!(list.tags.len(), 39);
}

#[test]
fn c08_haiyangs_tags_keep_the_nations_codes_and_core() {
    let (nation, list) = (national(), haiyang());
    for tag in &list.tags {
        let above = nation.tags.iter().find(|above| above.code == tag.code).unwrap();
        assert_eq!((above.level, above.core), (tag.level, tag.core), "{}", tag.code);
        let same = above.text == tag.text;
        assert_eq!(same, !["517", "115"].contains(&tag.code.as_str()), "{}", tag.code);
    }
    assert_eq!(list.tags.iter().filter(|tag| tag.core).count(), 15);
    let of = |given| wrong(&list, Level::VeryDissatisfied, given);
    assert_eq!(of(["108", "115"]), "");
    assert_eq!(of(["112", "115"]), "tag_codes[0]: is a retired tag");
    assert_eq!(wrong(&nation, Level::VeryDissatisfied, ["112"]), "");
}

// ── Layers ────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn c08_a_lower_layer_adds_words_and_retires_extension_tags() {
    let layer = [
        "[[wording]]\ncode = \"413\"\ntext = \"态度好\"\n",
        "[[list]]\nlevel = \"satisfied\"\nclause = \"第六条\"\n",
        &tag("L01", "satisfied", false),
    ];
    let list = lower(&layer.concat()).unwrap();
    let of_level: Vec<(&str, &str)> =
        list.of(Level::Satisfied).map(|tag| (tag.code.as_str(), tag.text.as_str())).collect();
    assert_eq!(of_level, [("406", "慢"), ("413", "态度好"), ("L01", "慢")]);
    assert_eq!(list.version, "local");
    assert_eq!(list.clause(Level::Satisfied), Some("第六条"));
    assert_eq!(list.clause(Level::Dissatisfied), None);
    let list = lower("[[retired]]\nlevel = \"satisfied\"\ncodes = [\"413\"]\n").unwrap();
    assert_eq!(wrong(&list, Level::Satisfied, ["413"]), "tag_codes[0]: is a retired tag");
    assert_eq!(wrong(&list, Level::Satisfied, ["401"]), "tag_codes[0]: is a retired tag");
    assert_eq!(wrong(&list, Level::Satisfied, ["406"]), "");
}

#[test]
fn c08_a_lower_layer_leaves_core_tags_and_used_codes_alone() {
    let wording = |code: &str, text: &str| {
        lower(&format!("[[wording]]\ncode = \"{code}\"\ntext = \"{text}\"\n")).unwrap_err()
    };
    let retired = |level: &str, code: &str| {
        lower(&format!("[[retired]]\nlevel = \"{level}\"\ncodes = [\"{code}\"]\n")).unwrap_err()
    };
    let core = "the tag 406 is a core tag, it stays as it is";
    let unknown = "the layers above have no tag 499 in use";
    assert_eq!(wording("406", "快"), format!("l.toml:4: {core}"));
    assert_eq!(retired("satisfied", "406"), format!("l.toml:6: {core}"));
    assert_eq!(wording("499", "快"), format!("l.toml:4: {unknown}"));
    assert_eq!(retired("satisfied", "499"), format!("l.toml:6: {unknown}"));
    assert_eq!(wording("413", " "), "l.toml:4: the tag's text is empty");
    assert_eq!(retired("dissatisfied", "413"), "l.toml:6: the tag 413 is of another level");
    for (code, why) in [
        ("406", "the tag 406 is given twice"),
        ("413", "the tag 413 is given twice"),
        ("401", "the tag 401 is retired, its code cannot be used again"),
    ] {
        let said = lower(&tag(code, "satisfied", false)).unwrap_err();
        assert_eq!(said, format!("l.toml:4: {why}"));
    }
}

#[test]
fn c08_a_layer_inherits_the_one_above_it() {
    let text = "version = \"local\"\nsource = \"办法\"\ninherits = \"w\"\n";
    let over = |above: &str, text: &str| {
        let layers = [Source { file: "v.toml", text: above }, Source { file: "l.toml", text }];
        TagList::parse(&layers).unwrap_err().to_string()
    };
    assert_eq!(over(HEAD, text), "l.toml:3: the layer does not inherit \"v\", the one above");
    assert_eq!(over(HEAD, HEAD), "l.toml:1: the layer does not inherit \"v\", the one above");
    assert_eq!(refusal(text), "tags.toml:3: the first layer inherits nothing");
}

#[test]
fn c08_a_list_names_a_tag_once_and_only_known_levels() {
    let twice = [HEAD, &tag("101", "satisfied", true), &tag("101", "dissatisfied", true)].concat();
    assert_eq!(refusal(&twice), "tags.toml:8: the tag 101 is given twice");
    let retired = "[[retired]]\nlevel = \"satisfied\"\ncodes = [\"401\", \"401\"]\n";
    let said = refusal(&[HEAD, retired].concat());
    assert_eq!(said, "tags.toml:5: the tag 401 is retired, its code cannot be used again");
    let said = refusal(&[HEAD, &tag("101", "furious", true)].concat());
    assert!(said.starts_with("tags.toml:5: unknown variant `furious`"), "{said}");
    let said = refusal(&[HEAD, &tag("101", "satisfied", true), "weight = 2\n"].concat());
    assert!(said.starts_with("tags.toml:8: unknown field `weight`"), "{said}");
}
