use super::*;

const TODAY: Date = jiff::civil::date(2026, 3, 2);

fn found(words: &str) -> Vec<Found> {
    find(words, TODAY).into_iter().collect()
}

#[test]
fn p05_a_mobile_phone_is_found_however_it_is_written() {
    for words in [
        "13800008000",
        "电话138-0000-8000。",
        "电话 138 0000 8000 谢谢",
        "１３８００００８０００",
        "+86 13800008000",
        "0086-138-0000-8000",
        "一三八零零零零八零零零",
        "幺三八〇〇〇〇八〇〇〇",
        "①③⑧00008000",
        "𝟏𝟑𝟖00008000",
        "138\u{200B}0000\u{200B}8000",
        "138\u{A0}0000\u{2009}8000",
        "1\u{FE0F}\u{20E3}3\u{FE0F}\u{20E3}8\u{FE0F}\u{20E3}00008000",
        "138OOOO8OOO",
        "(138)0000，8000",
        "13800008000 13900009000",
        "1380000800013900009000",
        "2026，13800008000",
    ] {
        assert_eq!(found(words), [Found::Mobile], "{words}");
    }
}

#[test]
fn p05_other_numbers_of_persons_are_found() {
    for (words, kind) in [
        ("11010519491231002X", Found::IdNumber),
        ("身份证11010519491231002x号", Found::IdNumber),
        ("110105 19491231 002X", Found::IdNumber),
        ("一一〇一〇五一九四九一二三一〇〇二X", Found::IdNumber),
        ("130503670401001", Found::IdNumber),
        ("护照E12345678", Found::IdNumber),
        ("护照EA1234567", Found::IdNumber),
        ("回乡证H1234567801", Found::IdNumber),
        ("卡号 6222 0212 3456 7894", Found::BankCard),
        ("0994-2345678", Found::Landline),
        ("（0994）2345678", Found::Landline),
        ("座机是2345678，没人接", Found::Landline),
        ("收件编号20260302000017", Found::LongNumber),
        ("发到ZHANG.san@example.com.cn吧", Found::Email),
        ("新A12345", Found::Plate),
        ("车是新B·D1234堵住了门", Found::Plate),
        ("京AD12345", Found::Plate),
        ("加微信号：abc_12345", Found::Account),
        ("qq 1234567", Found::Account),
    ] {
        assert_eq!(found(words), [kind], "{words}");
    }
}

#[test]
fn p05_names_are_found_with_a_title_or_announced_or_with_a_point() {
    for words in [
        "王科长态度不好",
        "找李女士办的",
        "张小明主任说不行",
        "赵副局长",
        "我叫刘伟",
        "姓名：陈静",
        "买买提·艾合买提等了一天",
    ] {
        assert_eq!(found(words), [Found::Name], "{words}");
    }
}

#[test]
fn p05_what_leads_to_nobody_is_left_alone() {
    for words in [
        "",
        "等了三个小时",
        "3号窗口，9点到11点没有人",
        "12345热线打不通",
        "2026年3月2日上午",
        "跑了五六趟，一二三楼都去了",
        "材料要交10份，收费120.50元",
        "办事指南写2026-03-02起施行",
        "@所有人",
        "新的窗口很好",
        "主任不在",
        "老师傅都说慢",
        "排队取号A0123，前面98765人次",
        "用微信支付不了",
        "前后12，15，20来过三次",
    ] {
        assert_eq!(found(words), [], "{words}");
    }
}

#[test]
fn p05_one_wrong_check_digit_is_no_identity_number_and_no_card() {
    assert_eq!(found("110105194912310021"), [Found::LongNumber]);
    assert_eq!(found("6222 0212 3456 7895"), []);
}

#[test]
fn p05_many_kinds_are_named_each_once() {
    let words = "我叫刘伟，13800008000或13900009000，liu@example.cn";
    assert_eq!(found(words), [Found::Mobile, Found::Email, Found::Name]);
}
