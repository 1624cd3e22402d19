//! Against what the openssl command line made: the key pair, an SM2 ciphertext (its DER taken apart into
//! C1, C3 and C2), and an SM4 one.

use domain::exchange::{Dialect, Envelope};
use jiff::Timestamp;

use super::*;
use crate::app::exchange::national::open::Opener;

const PUBLIC: &str = "042fcf9652d8232a31bf179b58199d5c3605855635ce3c0a9c4d543a13d7e2a841854a8bb09476ccf\
                      1450bbc13717d3c84bfcbc45e8c377f5ee762b78018d62cb3";
const PRIVATE: &str = "10a424ceb876be5b7e8d9c08eaae771e340d071dd644edad5692102e68a810bf";
/// `openssl pkeyutl -encrypt` of the time, "appMark示例" and "appWord".
const C1: &str = "0448c8fa123c17924f9a10d08eec1f60059e24d62c870381db29b111109fa1a554\
                  9b4be2fade24030109b91c1d315784bac5c54c844dcb16d8a028327b62972859";
const C3: &str = "09a22bdaf52893704f45ec7bb6f106ffd8a676b5f713900b0572123d3e677d9d";
const C2: &str = "ebb9fc589a42fb0e7d1aad34bcb980c7a54792b5e841b00ff58708d4cd487bd0496c";
const SIGNED: &str = "20260304103107appMark示例appWord";
/// `openssl enc -sm4-ecb` of `<r>一二三</r>` under the MD5 of "appCode示例".
const BLOCKS: &str = "ade4a3d0fd8fce5d816cb45115cfd6ef5fb44819f39dc8fcb0e6cb71969fb4fd";

fn now() -> Timestamp {
    "2026-03-04T02:31:07Z".parse().unwrap()
}

fn form_of(order: CipherOrder) -> Envelope {
    Envelope::Form { order }
}

fn opener(envelope: &Envelope) -> Opener {
    let (mark, word) = ("appMark示例".to_owned(), "appWord".to_owned());
    Opener::new(envelope, mark, word, Some(PRIVATE)).unwrap()
}

fn secrets(envelope: &Envelope) -> Secrets {
    let (mark, word) = ("appMark示例".to_owned(), "appWord".to_owned());
    Secrets::new(envelope, mark, word, Some(PUBLIC)).unwrap()
}

#[test]
fn p10_what_openssl_sealed_is_opened_in_both_orders() {
    for (order, cipher) in [
        (CipherOrder::C1c3c2, format!("{C1}{C3}{C2}")),
        (CipherOrder::C1c2c3, format!("{C1}{C2}{C3}")),
    ] {
        let params = json!({ "data": cipher }).to_string();
        let (mark, time) = ("appMark示例".to_owned(), "20260304103107".to_owned());
        let sealed = |order, cipher: &String| {
            let pairs =
                [("appMark", &mark), ("time", &time), ("sign", cipher), ("params", &params)];
            let envelope = form_of(order);
            opener(&envelope).open(&envelope, &form(&pairs))
        };
        assert_eq!(sealed(order, &cipher).as_deref(), Some(SIGNED), "{order:?}");
        let other = match order {
            CipherOrder::C1c3c2 => CipherOrder::C1c2c3,
            CipherOrder::C1c2c3 => CipherOrder::C1c3c2,
        };
        assert_eq!(sealed(other, &cipher), None, "the order is part of what is agreed");
    }
}

#[test]
fn p10_sm4_seals_as_openssl_does() {
    let envelope = Envelope::Block { text: CipherText::Hex };
    let secrets = Secrets::new(&envelope, String::new(), "appCode示例".to_owned(), None).unwrap();
    let text = "<r>一二三</r>";
    let sealed = secrets.seal(&envelope, text, now()).unwrap();
    assert_eq!((sealed.body.as_str(), sealed.tenant), (BLOCKS, None));
    let opener = Opener::new(&envelope, String::new(), "appCode示例".to_owned(), None).unwrap();
    assert_eq!(opener.open(&envelope, BLOCKS).as_deref(), Some(text));
    let base64 = Envelope::Block { text: CipherText::Base64 };
    // A whole number of blocks gets another one of padding.
    let whole = "0123456789abcdef";
    let sealed = secrets.seal(&base64, whole, now()).unwrap().body;
    assert_eq!(sealed.len(), 44);
    assert_eq!(opener.open(&base64, &sealed).as_deref(), Some(whole));
    assert_eq!(opener.open(&base64, &sealed[4..]), None);
}

#[test]
fn p10_every_envelope_that_ships_is_sealed_and_opened_and_no_two_are_alike() {
    for name in Dialect::shipped() {
        let envelope = Dialect::named(name).unwrap().envelope;
        let text = "{\"projectNo\":\"1\",\"taskName\":\"公司设立登记\"}";
        let sealed = secrets(&envelope).seal(&envelope, text, now()).unwrap();
        assert_eq!(
            opener(&envelope).open(&envelope, &sealed.body).as_deref(),
            Some(text),
            "{name}"
        );
        assert!(!sealed.body.contains("公司") && !sealed.body.contains("appWord"), "{name}");
        let again = secrets(&envelope).seal(&envelope, text, now()).unwrap();
        let hides = !matches!(envelope, Envelope::Block { .. });
        assert_eq!(again.body != sealed.body, hides, "{name}: SM2 takes a new number each time");
        let tenant = matches!(envelope, Envelope::Tenant { .. });
        assert_eq!(sealed.tenant.is_some(), tenant, "{name}");
    }
}

#[test]
fn p10_an_envelope_of_another_word_or_cut_off_is_not_opened() {
    let envelope = form_of(CipherOrder::C1c3c2);
    let other = Secrets::new(&envelope, "appMark示例".to_owned(), "other".to_owned(), Some(PUBLIC));
    let sealed = other.unwrap().seal(&envelope, "{}", now()).unwrap();
    assert_eq!(opener(&envelope).open(&envelope, &sealed.body), None);
    let sealed = secrets(&envelope).seal(&envelope, "{}", now()).unwrap().body;
    for cut in [0, 10, sealed.len() / 2, sealed.len() - 30] {
        assert_eq!(opener(&envelope).open(&envelope, &sealed[..cut]), None, "{cut}");
    }
}

#[test]
fn p10_a_key_that_is_none_is_refused_without_being_repeated() {
    let envelope = form_of(CipherOrder::C1c3c2);
    let refused = |word: &str, key: Option<&str>| {
        Secrets::new(&envelope, "m".to_owned(), word.to_owned(), key).map(|_| ()).unwrap_err()
    };
    assert_eq!(refused("", Some(PUBLIC)), "the word is empty");
    assert_eq!(refused("w", None), "the envelope needs the platform's SM2 key");
    assert_eq!(refused("w", Some("geheim")), "the key is not hexadecimal");
    assert_eq!(refused("w", Some(&PUBLIC[..128])), "the key is no point of the curve of SM2");
    assert_eq!(refused("w", Some("04")), "the key is no point of the curve of SM2");
}
