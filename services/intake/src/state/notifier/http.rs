//! Messages to an SMS gateway: `POST {id, phone, text}` with the secret as bearer token and the
//! message's id as `Idempotency-Key`, so that a gateway sends a repeated request once.

use std::time::Duration;

use reqwest::{Certificate, Client, Response, StatusCode, Url, header, redirect};
use serde_json::{Value, json};

use crate::state::notifier::message::{Message, NotifierError, Outcome};

/// How long the gateway may take to answer.
const ANSWER: Duration = Duration::from_secs(10);
/// How much of an answer is read, in bytes.
const MAX_ANSWER: usize = 4 << 10;
/// The longest message name that is kept, in characters.
const MAX_REFERENCE: usize = 64;

pub(super) struct HttpGateway {
    client: Client,
    url: Url,
    authorization: header::HeaderValue,
}

impl HttpGateway {
    pub(super) fn new(url: &str, secret: &str, ca: Option<&[u8]>) -> Result<Self, NotifierError> {
        let wrong = |what: &str, why: String| NotifierError::Gateway(format!("{what}: {why}"));
        let url: Url = url.parse().map_err(|_| wrong("url", "is no address".to_owned()))?;
        let mut authorization = header::HeaderValue::try_from(format!("Bearer {secret}"))
            .map_err(|_| wrong("secret", "cannot stand in a header".to_owned()))?;
        authorization.set_sensitive(true);
        let mut client = Client::builder()
            .timeout(ANSWER)
            // A phone's message goes only to the configured address.
            .redirect(redirect::Policy::none())
            .no_proxy();
        if let Some(pem) = ca {
            let certificates = Certificate::from_pem_bundle(pem);
            let certificates = certificates.map_err(|error| wrong("ca", with_causes(&error)))?;
            if certificates.is_empty() {
                return Err(wrong("ca", "holds no certificate".to_owned()));
            }
            client = client.tls_certs_only(certificates);
        } else if url.scheme() == "http" {
            // No system certificates are needed: a machine may have none.
            client = client.tls_certs_only([]);
        }
        let client = client.build().map_err(|error| wrong("url", with_causes(&error)))?;
        Ok(Self { client, url, authorization })
    }

    pub(super) async fn send(&self, message: &Message) -> Outcome {
        let body = json!({ "id": message.id, "phone": message.phone.0, "text": message.text });
        let answer = self
            .client
            .post(self.url.clone())
            .header(header::AUTHORIZATION, self.authorization.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header("Idempotency-Key", message.id.to_string())
            .body(body.to_string())
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if error.is_timeout() => {
                return Outcome::Later { reason: "GATEWAY_TIMED_OUT" };
            }
            // The error holds the address at most, but it is still not passed on.
            Err(_) => return Outcome::Later { reason: "GATEWAY_UNREACHABLE" },
        };
        match answer.status() {
            status if status.is_success() => {
                Outcome::Sent { reference: reference(answer, message).await }
            }
            StatusCode::TOO_MANY_REQUESTS => Outcome::Later { reason: "GATEWAY_BUSY" },
            StatusCode::REQUEST_TIMEOUT => Outcome::Later { reason: "GATEWAY_TIMED_OUT" },
            status if status.is_client_error() => {
                Outcome::Never { reason: format!("GATEWAY_REFUSED_{}", status.as_u16()) }
            }
            _ => Outcome::Later { reason: "GATEWAY_FAILED" },
        }
    }
}

/// An error with its causes: reqwest's own message seldom states the reason.
fn with_causes(error: &reqwest::Error) -> String {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    words
}

/// The gateway's name for the message, if the answer is exactly `{"reference": …}` and does not
/// hold the phone. The gateway has accepted the message, so nothing here is a failure.
async fn reference(mut answer: Response, message: &Message) -> Option<String> {
    let mut body = Vec::new();
    while let Ok(Some(part)) = answer.chunk().await {
        if body.len() + part.len() > MAX_ANSWER {
            return None;
        }
        body.extend_from_slice(&part);
    }
    let body: Value = serde_json::from_slice(&body).ok()?;
    let reference = body.get("reference")?.as_str()?;
    let plain = reference.bytes().all(|byte| byte.is_ascii_graphic());
    let fits = (1..=MAX_REFERENCE).contains(&reference.len());
    let national: String = message.phone.0.chars().filter(char::is_ascii_digit).collect();
    let national = &national[national.len().saturating_sub(11)..];
    (plain && fits && !reference.contains(national)).then(|| reference.to_owned())
}

#[cfg(test)]
mod tests {
    use platform::auth::PersonDatum;
    use uuid::Uuid;

    use super::*;
    use crate::jobs::testing::{Answers, TestGateway};

    fn message() -> Message {
        Message {
            id: Uuid::from_u128(7),
            phone: PersonDatum("13800000000".to_owned()),
            text: "请评价".to_owned(),
        }
    }

    fn gateway(server: &TestGateway) -> HttpGateway {
        HttpGateway::new(&server.url, "geheim", None).unwrap()
    }

    #[tokio::test]
    async fn i08_the_gateway_is_told_once_what_and_by_whom_and_its_name_for_it_is_kept() {
        let server = TestGateway::start().await;
        server.answers(Answers::Body(200, "{\"reference\":\"g-1\"}"));
        let sent = gateway(&server).send(&message()).await;
        assert_eq!(sent, Outcome::Sent { reference: Some("g-1".to_owned()) });
        let told = server.told();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].head("authorization"), "Bearer geheim");
        assert_eq!(told[0].head("idempotency-key"), Uuid::from_u128(7).to_string());
        assert_eq!(
            told[0].body,
            json!({"id": Uuid::from_u128(7), "phone": "13800000000", "text": "请评价"})
        );
    }

    #[tokio::test]
    async fn i08_every_answer_of_a_gateway_is_taken_sent_later_or_never() {
        let server = TestGateway::start().await;
        let later = |reason| Outcome::Later { reason };
        let never = |reason: &str| Outcome::Never { reason: reason.to_owned() };
        let sent = Outcome::Sent { reference: None };
        for (answers, outcome) in [
            (Answers::Body(202, ""), sent.clone()),
            (Answers::Body(200, "{\"reference\":\"sms-13800000000\"}"), sent.clone()),
            (Answers::Body(200, "{\"reference\":\"zwölf\"}"), sent),
            (Answers::Body(429, ""), later("GATEWAY_BUSY")),
            (Answers::Body(500, ""), later("GATEWAY_FAILED")),
            (Answers::Body(503, ""), later("GATEWAY_FAILED")),
            (Answers::Body(302, ""), later("GATEWAY_FAILED")),
            (Answers::Body(408, ""), later("GATEWAY_TIMED_OUT")),
            (Answers::Body(400, ""), never("GATEWAY_REFUSED_400")),
            (Answers::Body(401, ""), never("GATEWAY_REFUSED_401")),
            (Answers::HangUp, later("GATEWAY_UNREACHABLE")),
        ] {
            server.answers(answers);
            assert_eq!(gateway(&server).send(&message()).await, outcome, "{answers:?}");
        }
        let gone = HttpGateway::new("http://127.0.0.1:1/", "x", None).unwrap();
        assert_eq!(gone.send(&message()).await, later("GATEWAY_UNREACHABLE"));
    }

    #[tokio::test]
    async fn i08_a_gateway_that_hangs_is_given_up_for_now() {
        let server = TestGateway::start().await;
        server.answers(Answers::Hang);
        let mut gateway = gateway(&server);
        gateway.client = Client::builder()
            .timeout(Duration::from_millis(50))
            .tls_certs_only([])
            .build()
            .unwrap();
        let outcome = gateway.send(&message()).await;
        assert_eq!(outcome, Outcome::Later { reason: "GATEWAY_TIMED_OUT" });
    }

    #[test]
    fn a_gateway_that_cannot_be_asked_is_refused_by_key() {
        crate::jobs::testing::ring();
        let wrong = |url: &str, secret: &str, ca: Option<&[u8]>| {
            HttpGateway::new(url, secret, ca).map(|_| ()).unwrap_err().to_string()
        };
        assert!(wrong("not an address", "x", None).contains("url: "));
        assert!(wrong("http://gateway/", "a\nb", None).contains("secret: "));
        let empty = wrong("https://gateway/", "x", Some(b"no certificate"));
        assert!(empty.contains("ca: holds no certificate"), "{empty}");
        let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(HttpGateway::new("https://gateway/", "x", Some(broken)).is_err());
    }
}
