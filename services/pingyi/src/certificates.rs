//! `pingyi certificates`: an authority and certificates for development and for installations
//! without one, in one command. In production an authority of the region's signs them.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use domain::violation::identifier;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use platform::{auth::certificate_uri, clock::Clock, private};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};

/// How long the authority is good for, in days: ten years.
const AUTHORITY_DAYS: i64 = 3_652;
const CA: &str = "ca.crt";
const CA_KEY: &str = "ca.key";

/// What is signed.
#[derive(clap::Args, Clone, Debug)]
pub struct CertificatesCommand {
    /// Where they are kept: ca.crt and ca.key, made if there are none, and NAME.crt, NAME.key
    #[arg(long, value_name = "DIR", default_value = "certificates")]
    folder: PathBuf,
    /// The names and addresses of a server; the first one names its files
    #[arg(value_name = "NAME", required_unless_present_any = ["terminal", "peer", "authority"])]
    names: Vec<String>,
    /// A terminal, by its id in the catalogue
    #[arg(long, value_name = "ID", conflicts_with_all = ["names", "peer"])]
    terminal: Option<String>,
    /// A service of the installation, which asks others for facts
    #[arg(long, value_name = "SERVICE", conflicts_with = "names")]
    peer: Option<String>,
    /// The authority alone: terminals have one of their own (`[terminals]`)
    #[arg(long, conflicts_with_all = ["names", "terminal", "peer"])]
    authority: bool,
    /// For how long
    #[arg(
        long,
        value_name = "DAYS",
        default_value_t = 90,
        value_parser = clap::value_parser!(u16).range(1..=366)
    )]
    days: u16,
}

/// Why none is signed.
#[derive(Debug, thiserror::Error)]
pub enum CertificatesError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A name that no certificate can have.
    #[error("\"{name}\": {reason}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// The authority's key is none.
    #[error("{path}: is no private key in PEM")]
    Key {
        /// The file.
        path: String,
    },
    /// It cannot be signed.
    #[error("a certificate cannot be signed: {0}")]
    Sign(#[from] rcgen::Error),
    /// What was made cannot be told.
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// Signs a certificate, and names its files.
///
/// # Errors
/// [`CertificatesError`].
pub fn run(
    command: CertificatesCommand,
    clock: &Clock,
    out: &mut impl Write,
) -> Result<(), CertificatesError> {
    let CertificatesCommand { folder, names, terminal, peer, authority: alone, days } = command;
    let now = clock.now();
    fs::create_dir_all(&folder).map_err(|source| file_error(&folder, source))?;
    if alone {
        authority(&folder, now)?;
        return Ok(writeln!(
            out,
            "{}\n{}",
            folder.join(CA).display(),
            folder.join(CA_KEY).display()
        )?);
    }
    let (name, mut params) = match (terminal, peer) {
        (Some(id), _) => client("terminal", &id)?,
        (None, Some(service)) => client("peer", &service)?,
        (None, None) => server(&names)?,
    };
    set_dates(&mut params, now, i64::from(days));
    let (ca, key) = (authority(&folder, now)?, KeyPair::generate()?);
    let signed = params.signed_by(&key, &ca)?;
    let (certificate, key_file) =
        (folder.join(format!("{name}.crt")), folder.join(format!("{name}.key")));
    // The key first: whoever reads them again finds a pair that does not fit rather than none.
    write(&key_file, &key.serialize_pem(), true)?;
    write(&certificate, &signed.pem(), false)?;
    for path in [folder.join(CA), certificate, key_file] {
        writeln!(out, "{}", path.display())?;
    }
    Ok(())
}

fn server(names: &[String]) -> Result<(String, CertificateParams), CertificatesError> {
    let first = names.first().cloned().unwrap_or_default();
    for name in names {
        let wrong = name.is_empty() || name.contains(['/', '\\', ' ', ':']) && !is_address(name);
        if wrong {
            let reason = "is no name of a server".to_owned();
            return Err(CertificatesError::Name { name: name.clone(), reason });
        }
    }
    let mut params = CertificateParams::new(names.to_vec())?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.distinguished_name.push(DnType::CommonName, first.as_str());
    Ok((first.replace(['*', ':'], "_"), params))
}

fn is_address(name: &str) -> bool {
    name.parse::<std::net::IpAddr>().is_ok()
}

fn client(kind: &str, id: &str) -> Result<(String, CertificateParams), CertificatesError> {
    let wrong = |reason: String| CertificatesError::Name { name: id.to_owned(), reason };
    identifier(id).map_err(wrong)?;
    if id.is_empty() || id.contains(['/', '\\']) {
        return Err(wrong("is no id".to_owned()));
    }
    let mut params = CertificateParams::default();
    let uri = certificate_uri(kind, id);
    params.subject_alt_names = vec![SanType::URI(uri.try_into()?)];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.distinguished_name.push(DnType::CommonName, id);
    Ok((id.to_owned(), params))
}

/// The authority of a folder; made there if there is none.
fn authority(folder: &Path, now: Timestamp) -> Result<Issuer<'static, KeyPair>, CertificatesError> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, "Pingyi");
    set_dates(&mut params, now, AUTHORITY_DAYS);
    let (certificate, key_file) = (folder.join(CA), folder.join(CA_KEY));
    let key = if key_file.exists() {
        let pem = fs::read_to_string(&key_file).map_err(|source| file_error(&key_file, source))?;
        KeyPair::from_pem(&pem)
            .map_err(|_| CertificatesError::Key { path: key_file.display().to_string() })?
    } else {
        let key = KeyPair::generate()?;
        write(&key_file, &key.serialize_pem(), true)?;
        key
    };
    if !certificate.exists() {
        write(&certificate, &params.self_signed(&key)?.pem(), false)?;
    }
    // Its name and key are all that a signature says of it; they are the same each time.
    Ok(Issuer::new(params, key))
}

/// Good from yesterday, since clocks differ, and for so many days.
fn set_dates(params: &mut CertificateParams, now: Timestamp, days: i64) {
    let today = TimeZone::UTC.to_datetime(now).date();
    let day = |days: i64| {
        let date = today.saturating_add(days.days());
        let number = |number: i8| u8::try_from(number).unwrap_or(1);
        date_time_ymd(i32::from(date.year()), number(date.month()), number(date.day()))
    };
    (params.not_before, params.not_after) = (day(-1), day(days));
}

fn write(path: &Path, text: &str, is_secret: bool) -> Result<(), CertificatesError> {
    let written = match is_secret {
        true => private::create(path).and_then(|mut file| file.write_all(text.as_bytes())),
        false => fs::write(path, text),
    };
    written.map_err(|source| file_error(path, source))
}

fn file_error(path: &Path, source: io::Error) -> CertificatesError {
    CertificatesError::File { path: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use platform::tls::{Clients, Identity, ServerTls};

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        asked: CertificatesCommand,
    }

    fn made(folder: &Path, asked: &str) -> Result<Vec<PathBuf>, String> {
        let folder = ["--folder", folder.to_str().unwrap()];
        let cli = Cli::try_parse_from(["x"].into_iter().chain(folder).chain(asked.split(' ')));
        let mut out = Vec::new();
        let asked = cli.map_err(|why| why.to_string())?.asked;
        run(asked, &Clock::System, &mut out).map_err(|why| why.to_string())?;
        Ok(String::from_utf8(out).unwrap().lines().map(PathBuf::from).collect())
    }

    #[test]
    fn s04_one_command_makes_what_a_server_and_its_terminals_need() {
        let folder = tempfile::tempdir().unwrap();
        let server = made(folder.path(), "localhost 127.0.0.1 ::1 --days 30").unwrap();
        let [ca, certificate, key] = &server[..] else { panic!("{server:?}") };
        let authority = fs::read(ca).unwrap();
        let identity = Identity { certificate: certificate.clone(), key: key.clone() };
        ServerTls::read(&identity, Some(ca.clone()), Clock::System).unwrap();
        let terminal = made(folder.path(), "--terminal 652301-t01").unwrap();
        assert_eq!(fs::read(ca).unwrap(), authority, "the authority stays");
        let terminal = Identity { certificate: terminal[1].clone(), key: terminal[2].clone() };
        Clients::new(Some(ca), Some(&terminal)).unwrap();
        // Its certificate lost, its key makes the same again.
        fs::remove_file(ca).unwrap();
        made(folder.path(), "localhost").unwrap();
        use std::os::unix::fs::PermissionsExt as _;
        for secret in [key, &terminal.key, &folder.path().join(CA_KEY)] {
            assert_eq!(fs::metadata(secret).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn s04_an_authority_for_terminals_is_made_alone_and_signs_what_is_believed() {
        let folder = tempfile::tempdir().unwrap();
        let made = made(folder.path(), "--authority").unwrap();
        let [ca, key] = &made[..] else { panic!("{made:?}") };
        platform::tls::TerminalAuthority::read(ca, key, Clock::System.now()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn s04_what_cannot_be_signed_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for asked in ["https://localhost", "a/b", "--terminal a|b", "--peer ../x"] {
            assert!(
                made(folder.path(), asked).unwrap_err().contains("is no")
                    || made(folder.path(), asked).unwrap_err().contains("holds U+"),
                "{asked}"
            );
        }
        assert!(made(folder.path(), "localhost --terminal x").is_err());
        fs::write(folder.path().join(CA_KEY), "x").unwrap();
        let told = made(folder.path(), "localhost").unwrap_err();
        assert!(told.contains("ca.key: is no private key in PEM"), "{told}");
    }
}
