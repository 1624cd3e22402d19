//! `pingyi token`: signs access tokens for an installation whose region has no identity platform that
//! does it, lists what was signed, and revokes. Signing needs the private key alone, so that it can lie
//! on another machine than the services; revoking needs their stores.

mod register;
mod revoke;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use domain::{codes::RegionCode, violation::identifier};
use platform::{
    auth::{Caller, Signer},
    clock::Clock,
};

use crate::cli::ConfigFile;
use register::Entry;

/// What is asked for.
#[derive(Args, Debug)]
pub struct TokenCommand {
    /// Who calls with it, or what is done with those there are
    #[command(subcommand)]
    asked: Asked,
    /// The installation's private key (Ed25519, PKCS#8 PEM); tokens.jsonl beside it has what was signed
    #[arg(long, value_name = "FILE", default_value = "signing.pem", global = true)]
    signing_key: PathBuf,
    /// For how long: keep it short, and sign another one in time
    #[arg(
        long,
        value_name = "DAYS",
        default_value_t = 7,
        value_parser = clap::value_parser!(u16).range(1..=366),
        global = true
    )]
    days: u16,
}

#[derive(Subcommand, Debug)]
enum Asked {
    #[command(flatten)]
    Sign(Who),
    /// Lists what was signed with the key and has not expired; never a token itself
    List,
    /// Revokes a token, or everything of a caller, in every service: it counts within seconds
    Revoke(revoke::Revoke),
    /// Lists what is revoked
    Revoked {
        #[command(flatten)]
        config: ConfigFile,
    },
}

/// Whom a token is for. Citizens get theirs from the region's identity platform, which knows them.
#[derive(Subcommand, Clone, Debug)]
enum Who {
    /// A registered terminal
    Terminal {
        /// Its id in the catalogue
        id: String,
    },
    /// A business system that acts for an agency
    System {
        /// What it is called
        id: String,
        /// The agency
        #[arg(long)]
        agency: String,
    },
    /// An officer of an agency
    Handler {
        /// The id under which they serve
        id: String,
        /// The region they work in (GB/T 2260)
        #[arg(long)]
        region: String,
        /// Their agency
        #[arg(long)]
        agency: String,
    },
    /// An officer of a region's Authority
    Authority {
        /// Who they are
        id: String,
        /// The region (GB/T 2260)
        #[arg(long)]
        region: String,
    },
    /// Who releases what the Authority publishes
    Publisher(Office),
    /// Who reads the audit, and nothing else
    Auditor(Office),
    /// Who runs the installation and its terminals
    SystemAdministrator(Office),
    /// Who stops terminals that must not act any more
    SecurityAdministrator(Office),
    /// The installation of a lower region, which reports to this one
    Deployment {
        /// What it is called
        id: String,
        /// Its region (GB/T 2260): it reports for this and what is below
        #[arg(long)]
        region: String,
    },
    /// A gateway of SMS, or a hotline, that passes citizens' answers on
    Messenger {
        /// What it is called
        id: String,
    },
}

/// A person with an office of their own at a region's Authority.
#[derive(Args, Clone, Debug)]
struct Office {
    /// Who they are
    id: String,
    /// The region (GB/T 2260)
    #[arg(long)]
    region: String,
}

/// Why a token cannot be signed, or what was asked cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The key cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no private key of this kind.
    #[error("{}: is no Ed25519 private key in PKCS#8 PEM", .0.display())]
    Key(PathBuf),
    /// A name that no service would admit.
    #[error("{field}: {reason}")]
    Name {
        /// Which.
        field: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The token cannot be written.
    #[error(transparent)]
    Write(#[from] std::io::Error),
    /// The stores cannot be reached, or refuse.
    #[error("{0}")]
    Stores(String),
}

/// Does what is asked: writes a token in one line, or a list.
///
/// # Errors
/// [`TokenError`].
pub async fn run(
    command: TokenCommand,
    clock: Clock,
    out: &mut impl Write,
) -> Result<(), TokenError> {
    let TokenCommand { asked, signing_key, days } = command;
    match asked {
        Asked::Sign(who) => {
            let token = sign(who, &signing_key, days, clock)?;
            Ok(writeln!(out, "{token}")?)
        }
        Asked::List => register::list(&register::beside(&signing_key), clock.now(), out),
        Asked::Revoke(what) => revoke::run(what, &clock, out).await,
        Asked::Revoked { config } => revoke::list(&config, out).await,
    }
}

fn sign(who: Who, path: &Path, days: u16, clock: Clock) -> Result<String, TokenError> {
    let (id, caller) = caller(who)?;
    let pem = fs::read_to_string(path)
        .map_err(|source| TokenError::File { path: path.to_owned(), source })?;
    let seconds = i64::from(days) * 24 * 3_600;
    let signer = Signer::of_pem(&pem, clock);
    let signed = signer.and_then(|signer| signer.issue(&id, caller, seconds));
    let (token, claims) = signed.map_err(|_| TokenError::Key(path.to_owned()))?;
    // First on record: what is not could not be revoked by its id.
    register::add(&register::beside(path), &Entry::of(&claims))?;
    Ok(token)
}

/// Who calls, as the services' gate admits them.
fn caller(who: Who) -> Result<(String, Caller), TokenError> {
    let (id, caller) = match who {
        Who::Terminal { id } => (id, Caller::Terminal),
        Who::System { id, agency } => (id, Caller::System { agency: name("agency", agency)? }),
        Who::Handler { id, region: of, agency } => {
            let (region, agency) = (region(of)?, name("agency", agency)?);
            (id, Caller::Handler { region, agency })
        }
        Who::Authority { id, region: of } => (id, Caller::Authority { region: region(of)? }),
        Who::Publisher(Office { id, region: of }) => {
            (id, Caller::Publisher { region: region(of)? })
        }
        Who::Auditor(Office { id, region: of }) => (id, Caller::Auditor { region: region(of)? }),
        Who::SystemAdministrator(Office { id, region: of }) => {
            (id, Caller::SystemAdministrator { region: region(of)? })
        }
        Who::SecurityAdministrator(Office { id, region: of }) => {
            (id, Caller::SecurityAdministrator { region: region(of)? })
        }
        Who::Deployment { id, region: of } => (id, Caller::Deployment { region: region(of)? }),
        Who::Messenger { id } => (id, Caller::Messenger),
    };
    Ok((name("id", id)?, caller))
}

fn name(field: &'static str, name: String) -> Result<String, TokenError> {
    match identifier(&name) {
        Ok(()) if name.is_empty() => {
            Err(TokenError::Name { field, reason: "is missing".to_owned() })
        }
        Ok(()) => Ok(name),
        Err(reason) => Err(TokenError::Name { field, reason }),
    }
}

fn region(code: String) -> Result<String, TokenError> {
    match RegionCode::parse(&code) {
        Ok(_) => Ok(code),
        Err(reason) => Err(TokenError::Name { field: "region", reason: reason.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use platform::{
        auth::{Authority, Deployment, Gate, Officer, Terminal},
        keys::Keys,
    };
    use tempfile::TempDir;
    use tonic::metadata::MetadataMap;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        token: TokenCommand,
    }

    struct Signed {
        folder: TempDir,
        keys: Keys,
        clock: Clock,
    }

    impl Signed {
        fn new() -> Self {
            let (folder, keys) = (TempDir::new().unwrap(), Keys::make());
            let signing = keys.signing_pem.as_ref().unwrap();
            fs::write(folder.path().join("signing.pem"), signing).unwrap();
            Self { folder, keys, clock: Clock::manual("2026-03-02T01:00:00Z".parse().unwrap()) }
        }

        fn token(&self, asked: &str) -> Result<String, TokenError> {
            let key = self.folder.path().join("signing.pem");
            let asked = ["token"].into_iter().chain(asked.split(' '));
            let cli = Cli::try_parse_from(asked.chain(["--signing-key", key.to_str().unwrap()]));
            let mut out = Vec::new();
            let token = cli.map_err(|why| why.to_string()).unwrap().token;
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(run(token, self.clock.clone(), &mut out))?;
            Ok(String::from_utf8(out).unwrap())
        }

        fn gate(&self) -> (Gate, impl Fn(&str) -> MetadataMap) {
            let metadata = |token: &str| {
                let mut metadata = MetadataMap::new();
                metadata
                    .insert("authorization", format!("Bearer {}", token.trim()).parse().unwrap());
                metadata
            };
            (Gate::new(&self.keys, self.clock.clone()).unwrap(), metadata)
        }
    }

    #[test]
    fn s04_a_signed_token_is_admitted_for_what_it_was_signed_for_and_until_it_expires() {
        let signed = Signed::new();
        let (gate, metadata) = signed.gate();
        let token = metadata(&signed.token("terminal 652301-t01 --days 2").unwrap());
        assert_eq!(gate.admit::<Terminal>(&token).unwrap().id(), "652301-t01");
        assert!(gate.admit::<Officer>(&token).is_err());
        let of_agency = "handler 652301-s05 --region 652301 --agency 652301-a04";
        let officer = metadata(&signed.token(of_agency).unwrap());
        let officer = gate.admit::<Officer>(&officer).unwrap();
        let told = (officer.id(), officer.region(), officer.agency());
        assert_eq!(told, ("652301-s05", "652301", Some("652301-a04")));
        let authority = metadata(&signed.token("authority zhang --region 652301").unwrap());
        assert!(gate.admit::<Authority>(&authority).is_ok());
        let county = metadata(&signed.token("deployment county --region 652301").unwrap());
        assert_eq!(gate.admit::<Deployment>(&county).unwrap().id(), "county");
        signed.clock.set("2026-03-04T01:00:00Z".parse().unwrap());
        assert!(gate.admit::<Terminal>(&token).is_err());
        assert!(gate.admit::<Authority>(&authority).is_ok());
    }

    #[test]
    fn s04_what_no_gate_would_admit_is_not_signed_and_a_lost_key_is_named() {
        let signed = Signed::new();
        for (asked, said) in [
            ("authority zhang --region 6523", "region: "),
            ("handler a/b|c --region 652301 --agency x", "id: holds U+007C"),
            ("system portal --agency |", "agency: holds U+007C"),
        ] {
            let refused = signed.token(asked).unwrap_err().to_string();
            assert!(refused.starts_with(said), "{refused}");
        }
        let key = signed.folder.path().join("signing.pem");
        fs::write(&key, &signed.keys.verifying_pem).unwrap();
        let refused = signed.token("messenger sms").unwrap_err().to_string();
        assert!(refused.ends_with("is no Ed25519 private key in PKCS#8 PEM"), "{refused}");
        fs::remove_file(&key).unwrap();
        let refused = signed.token("messenger sms").unwrap_err().to_string();
        assert!(refused.contains("signing.pem: No such file"), "{refused}");
    }

    #[test]
    fn s04_what_was_signed_is_listed_until_it_expires_and_no_token_is_kept() {
        let signed = Signed::new();
        let kiosk = signed.token("terminal 652301-t01 --days 2").unwrap();
        signed.token("handler 652301-s05 --region 652301 --agency 652301-a04").unwrap();
        let listed = signed.token("list").unwrap();
        let lines: Vec<&str> = listed.lines().collect();
        assert_eq!(lines.len(), 3, "{listed}");
        assert!(lines[1].contains("terminal") && lines[1].contains("652301-t01"), "{listed}");
        assert!(lines[2].contains("handler") && lines[2].contains("652301-a04"), "{listed}");
        let kept = fs::read_to_string(signed.folder.path().join("tokens.jsonl")).unwrap();
        let signature = kiosk.trim().rsplit('.').next().unwrap();
        assert!(!kept.contains(signature), "who reads the list can call nobody's name");
        signed.clock.set("2026-03-05T01:00:00Z".parse().unwrap());
        let listed = signed.token("list").unwrap();
        assert!(!listed.contains("652301-t01") && listed.contains("652301-s05"), "{listed}");
    }
}
