use super::*;

#[test]
fn what_is_printed_can_be_read_again_and_hides_passwords() {
    let mut settings = Settings::default();
    settings.database.url = "postgres://pingyi:p@ss:word@db:5432/pingyi".to_owned();
    assert!(!hide_parameter("postgres://db/x?password=geheim").contains("geheim"));
    settings.database.url += "?sslmode=require&password=geheim";
    let endpoint = |user: &str| Some(format!("http://{user}@collector:4317"));
    settings.telemetry.endpoint = endpoint("geheim");
    settings.peers.catalog = endpoint("pingyi:geheim");
    settings.peers.intake = endpoint("geheim:");
    settings.peers.ticketing = endpoint("a@geheim");
    settings.notifier.link = Some("https://geheim@host/r/{token}".to_owned());
    settings.notifier.look_up = Some("https://geheim@host/my".to_owned());
    settings.redis.url = Some("redis://:geheim@redis:6379".to_owned());
    settings.notifier.url = Some("https://geheim@gateway/sms?key=geheim".to_owned());
    settings.notifier.secret = Some("geheim".to_owned());
    settings.documents.secret_key = Some("geheim".to_owned());
    settings.documents.endpoint = endpoint("geheim");
    settings.exchange.upstream = endpoint("geheim");
    settings.national.url = Some("https://geheim@platform/x?key=geheim".to_owned());
    let printed = settings.print().unwrap();
    assert!(!printed.contains("ss:word") && !printed.contains("geheim"), "{printed}");
    assert!(printed.contains("postgres://pingyi:***@db:5432/pingyi"), "{printed}");
    assert!(printed.contains("sslmode=require") && printed.contains("***@collector"));
    let read: Settings = toml::from_str(&printed).unwrap();
    assert_eq!(read.listen, settings.listen);
}

fn configured(text: &str) -> Result<Option<Messages>, String> {
    toml::from_str::<Notifier>(text).unwrap().messages()
}

#[test]
fn i08_what_a_notifier_lacks_is_named_by_its_key() {
    assert!(configured("").unwrap().is_none(), "nobody is written to");
    let link = "link = \"https://x/{token}\"\nlook_up = \"12345\"\n";
    let (url, secret) = ("url = \"https://x/\"\n", "secret = \"s\"\n");
    for (text, key) in [
        (link.to_owned(), "notifier.url is not"),
        (format!("{url}{link}"), "notifier.secret is not"),
        (format!("{url}{secret}"), "notifier.link is not"),
        (format!("{url}{secret}link = \"https://x/{{token}}\""), "notifier.look_up is not"),
        (format!("{url}{secret}{link}file = \"x\""), "exclude each other"),
        (format!("{url}{secret}{link}ca = \"/nowhere.pem\""), "notifier.ca: /nowhere.pem"),
    ] {
        let told = configured(&text).map(|_| ()).unwrap_err();
        assert!(told.contains(key), "{told}");
    }
    let messages = configured(&format!("{url}{secret}{link}")).unwrap().unwrap();
    assert_eq!(messages.signature, "【政务服务】");
    assert!(messages.quiet.cover("2026-03-02T13:00:00Z".parse().unwrap()), "from 21:00");
}

#[test]
fn i08_development_writes_into_a_file_unless_something_is_configured() {
    let file = Path::new("sms.jsonl");
    let messages = Notifier::default().or_file(file).messages().unwrap().unwrap();
    assert!(messages.gateway == Gateway::File(file.to_owned()));
    let other = Notifier { file: Some("other".into()), ..Notifier::default() };
    assert_eq!(other.clone().or_file(file).file, other.file);
}
