//! Certificates for tests: an authority, and what it signs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    SanType, date_time_ymd,
};

use crate::tls::Identity;

/// An authority.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    /// A new one, whom nobody knows yet.
    ///
    /// # Panics
    /// If it cannot be made.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test without certificates has failed")]
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("an authority"))
    }

    /// Its certificate in a file of a folder.
    ///
    /// # Panics
    /// If it cannot be written.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test without certificates has failed")]
    pub fn write(&self, folder: &Path, name: &str) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, self.0.pem()).expect("the authority is written");
        path
    }

    /// A server's certificate for these names, in `NAME.crt` and `NAME.key` of a folder, in the
    /// place of what is there.
    ///
    /// # Panics
    /// If it cannot be made.
    #[must_use]
    pub fn server(&self, folder: &Path, name: &str, names: &[&str]) -> Identity {
        let mut params = of_names(names);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(params, folder, name)
    }

    /// The same, expired in the year 2020.
    ///
    /// # Panics
    /// If it cannot be made.
    #[must_use]
    pub fn expired_server(&self, folder: &Path, name: &str, names: &[&str]) -> Identity {
        let mut params = of_names(names);
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(2020, 1, 1);
        self.sign(params, folder, name)
    }

    /// A client's certificate, which names it by a URI.
    ///
    /// # Panics
    /// If it cannot be made.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test without certificates has failed")]
    pub fn client(&self, folder: &Path, name: &str, uri: &str) -> Identity {
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::URI(uri.try_into().expect("a URI"))];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(params, folder, name)
    }

    #[expect(clippy::expect_used, reason = "a test without certificates has failed")]
    fn sign(&self, params: CertificateParams, folder: &Path, name: &str) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let signed = params.signed_by(&key, &self.0).expect("a certificate");
        let identity = Identity {
            certificate: folder.join(format!("{name}.crt")),
            key: folder.join(format!("{name}.key")),
        };
        fs::write(&identity.certificate, signed.pem()).expect("the certificate is written");
        fs::write(&identity.key, key.serialize_pem()).expect("its key is written");
        identity
    }
}

#[expect(clippy::expect_used, reason = "a test without certificates has failed")]
fn of_names(names: &[&str]) -> CertificateParams {
    let names = names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    CertificateParams::new(names).expect("names")
}
