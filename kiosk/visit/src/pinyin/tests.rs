use super::*;

fn first(letters: &str) -> String {
    candidates(letters, Purpose::Text).first().map(|c| c.text.clone()).unwrap_or_default()
}

fn offered(letters: &str, purpose: Purpose) -> Vec<String> {
    candidates(letters, purpose).into_iter().map(|candidate| candidate.text).collect()
}

/// What visitors write about a service, none of it a line of the lists the words come from; typed
/// in one go, it has to come out right at once.
const WRITTEN: [(&str, &str); 32] = [
    ("nihao", "你好"),
    ("fuwutaidubucuo", "服务态度不错"),
    ("banshixiaolvhengao", "办事效率很高"),
    ("gongzuorenyuanhenyouhao", "工作人员很友好"),
    ("xiwangzengjiachuangkou", "希望增加窗口"),
    ("tiyanfeichangmanyi", "体验非常满意"),
    ("paiduishijiantaichang", "排队时间太长"),
    ("paiduishijiantaichangle", "排队时间太长了"),
    ("budongchandengjizhongxin", "不动产登记中心"),
    ("xianshangbanli", "线上办理"),
    ("fujianbuqi", "附件补齐"),
    ("shehuibaoxian", "社会保险"),
    ("gongjijintiqu", "公积金提取"),
    ("cailiaotaiduo", "材料太多"),
    ("meiyouyicixinggaozhi", "没有一次性告知"),
    ("denglehenjiu", "等了很久"),
    ("chuangkoumeiyouren", "窗口没有人"),
    ("xitongdabukai", "系统打不开"),
    ("woyaotousu", "我要投诉"),
    ("qingjinkuaichuli", "请尽快处理"),
    ("henbufangbian", "很不方便"),
    ("paolehaojitang", "跑了好几趟"),
    ("taidufeichangcha", "态度非常差"),
    ("yingyezhizhao", "营业执照"),
    ("juminshenfenzheng", "居民身份证"),
    ("xinjiangweiwuerzizhiqu", "新疆维吾尔自治区"),
    ("changjihuizuzizhizhou", "昌吉回族自治州"),
    ("guangxizhuangzuzizhiqu", "广西壮族自治区"),
    ("hainanshenghaikoushi", "海南省海口市"),
    ("jiedaobanshichu", "街道办事处"),
    ("meiyourenjiedianhua", "没有人接电话"),
    ("feichangganxie", "非常感谢"),
];

#[test]
fn m27_what_visitors_write_comes_out_right_at_once() {
    let wrong: Vec<_> = WRITTEN
        .iter()
        .map(|(letters, expected)| (*letters, *expected, first(letters)))
        .filter(|(_, expected, found)| expected != found)
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn m27_first_letters_and_half_typed_syllables_will_do() {
    for (letters, expected) in [
        ("gzry", "工作人员"),
        ("gongzry", "工作人员"),
        ("fwtd", "服务态度"),
        ("bdcdjzx", "不动产登记中心"),
        ("gaj", "公安局"),
        ("chuangk", "窗口"),
        ("zhengwuf", "政务服务"),
    ] {
        let offered = offered(letters, Purpose::Text);
        let at = offered.iter().position(|text| text == expected);
        assert!(at.is_some_and(|at| at < 5), "{letters}: {offered:?}");
    }
}

#[test]
fn m27_every_letter_on_the_way_to_a_sentence_has_candidates() {
    for (letters, _) in WRITTEN {
        for end in 1..=letters.len() {
            let candidates = candidates(&letters[..end], Purpose::Text);
            assert!(!candidates.is_empty(), "{}", &letters[..end]);
            let best = &candidates[0];
            assert_eq!(best.letters, end, "{}: {best:?}", &letters[..end]);
            assert!(
                candidates.iter().all(|c| (1..=end).contains(&c.letters) && !c.text.is_empty())
            );
        }
    }
}

#[test]
fn m27_what_is_left_of_the_letters_goes_on_after_a_choice() {
    let chosen = candidates("zhangwei", Purpose::Name);
    let zhang = chosen.iter().find(|candidate| candidate.text == "张").unwrap();
    assert_eq!(zhang.letters, "zhang".len());
    assert!(
        chosen.iter().position(|c| c.letters == 8) < chosen.iter().position(|c| c.text == "张")
    );
    // A separator belongs to the syllable behind it.
    let xi = candidates("xi'an", Purpose::Text);
    assert_eq!(xi[0], Candidate { text: "西安".into(), letters: 5 });
    assert!(!xi.iter().any(|candidate| candidate.text == "先"), "one syllable would be xian");
    assert!(offered("xian", Purpose::Text).iter().any(|text| text == "先"));
}

#[test]
fn m27_a_name_begins_with_its_surname() {
    for (letters, surname) in [
        ("zhang", "张"),
        ("qin", "秦"),
        ("ouyang", "欧阳"),
        ("xian", "冼"),
        ("shan", "单"),
        ("zhai", "翟"),
        ("lv", "吕"),
    ] {
        let offered = offered(letters, Purpose::Name);
        let at = offered.iter().position(|text| text == surname);
        assert!(at.is_some_and(|at| at < 5), "{letters}: {:?}", &offered[..offered.len().min(9)]);
    }
    assert_eq!(offered("wang", Purpose::Name)[0], "王");
    assert_ne!(offered("wang", Purpose::Text)[0], "汪");
}

#[test]
fn m27_rare_characters_are_there_at_the_end_of_the_list() {
    for (letters, rare) in
        [("yan", '䶮'), ("zhe", '喆'), ("kun", '堃'), ("yu", '燏'), ("gan", '淦')]
    {
        let offered = offered(letters, Purpose::Name);
        assert!(offered.contains(&rare.to_string()), "{letters} has no {rare}");
    }
    // Of the second plane, which GB 18030 needs as well.
    assert!(
        offered("biang", Purpose::Name).iter().any(|text| text.chars().any(|c| c > '\u{ffff}'))
    );
    let u = [
        offered("nv", Purpose::Text),
        offered("lve", Purpose::Text),
        offered("lue", Purpose::Text),
    ];
    assert_eq!((u[0][0].as_str(), u[1][0].as_str(), u[2][0].as_str()), ("女", "略", "略"));
}

#[test]
fn m27_whatever_is_typed_does_no_harm() {
    for nothing in ["", "ABC1", "你好", "a b", "-", "''", "u"] {
        assert_eq!(candidates(nothing, Purpose::Text).first(), None, "{nothing}");
    }
    assert_eq!(first("NIHAO"), "你好");
    assert!(candidates(&"a".repeat(LETTERS + 1), Purpose::Text).is_empty());
    for wild in ["xian".repeat(16), "z".repeat(LETTERS), "aeaeae".repeat(10), "ngngng".repeat(10)] {
        assert!(!candidates(&wild, Purpose::Text).is_empty(), "{wild}");
    }
    // What no syllable begins with is left over.
    let left = &candidates("nihaoi", Purpose::Text)[0];
    assert_eq!((left.text.as_str(), left.letters), ("你好", 5));
}

#[test]
fn m27_the_words_take_less_than_four_megabytes_where_they_lie() {
    let bytes: usize = lexicon::WORDS.iter().map(|words| words.len()).sum();
    assert!((1_000_000..4_000_000).contains(&bytes), "{bytes}");
}

#[test]
fn items_are_found_by_the_first_letters_of_their_names() {
    for (query, name, at) in [
        ("ggj", "公共交通卡办理", Some(0)),
        ("jtk", "公共交通卡办理", Some(2)),
        ("gonggongj", "公共交通卡办理", Some(0)),
        ("gonggj", "公共交通卡办理", Some(0)),
        ("交通", "公共交通卡办理", Some(2)),
        ("GGJ", "公共交通卡办理", Some(0)),
        ("gg jt", "公共交通卡办理", Some(0)),
        ("ggk", "公共交通卡办理", None),
        ("sfz", "居民身份证（补领）", Some(2)),
        ("zbl", "居民身份证（补领）", Some(4)),
        // A character that is read in several ways is found by each.
        ("cql", "重庆路", Some(0)),
        ("zy", "重要事项", Some(0)),
        ("nxjk", "女性健康", Some(0)),
        ("nuxing", "女性健康", Some(0)),
        ("12345rx", "12345热线", Some(0)),
        ("", "公共交通卡办理", Some(0)),
        ("a", "", None),
    ] {
        assert_eq!(found(query, name), at, "{query} in {name}");
    }
    let long = "登记".repeat(500);
    assert_eq!(found(&"dj".repeat(300), &long), Some(0));
    assert_eq!(found(&format!("{}x", "d".repeat(60)), &"的".repeat(600)), None);
}
