//! TLS: the certificate by which a client knows this engine again, and how it is made, kept and renewed.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use ring::digest::{SHA256, digest};
use rustls::RootCertStore;
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use time::OffsetDateTime;
use zeroize::{Zeroize, Zeroizing};

use crate::data_dir::{PrivateFileError, read_private, write_private};

/// The private key, the leaf and its authority, in that order and in one file, so that they can never disagree.
const FILE: &str = "certificate.pem";
const FILE_LIMIT: u64 = 64 << 10;
const CERTIFICATE_LINE: &str = "-----BEGIN CERTIFICATE-----";
const DAY: Duration = Duration::from_secs(24 * 3600);
/// A clock that is set back a little must not make a new certificate invalid.
const BEFORE: Duration = DAY;
/// Together with [`BEFORE`] under the 397 days that browsers take.
const AHEAD: Duration = Duration::from_secs(395 * 24 * 3600);
/// A certificate that ends sooner than this is renewed.
const RENEWAL: Duration = Duration::from_secs(30 * 24 * 3600);

/// Why there is no certificate to serve with.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file could not be read or written.
    #[error("The certificate {path} cannot be kept: {source}.")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The certificate could not be made.
    #[error("The certificate could not be made: {0}.")]
    Making(#[from] rcgen::Error),
    /// TLS does not take the certificate that was just made.
    #[error("The certificate that was made does not work: {0}.")]
    Unusable(String),
}

/// Why a kept certificate is not used again.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("{0}")]
    Private(PrivateFileError),
    #[error("the file is not whole")]
    NotWhole,
    #[error("{0}")]
    Refused(#[from] rustls::Error),
}

/// The engine's certificate with its private key.
pub(crate) struct Certificate {
    key: Arc<CertifiedKey>,
    ca_pem: String,
    fingerprint: String,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Certificate").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
    }
}

impl Certificate {
    /// The certificate that is kept in `data_dir` if clients will take it for 30 days more at every name of this engine
    /// (`localhost`, `127.0.0.1`, `::1` and `bind`), else a new one, which is then kept. What is broken, about to end
    /// or open to others is replaced, with a sentence in the log.
    ///
    /// A new one is a leaf of 396 days, signed by an authority that is made for it alone: constrained to those names,
    /// and its key is destroyed at once.
    ///
    /// # Errors
    /// The file cannot be read or written, or there is no randomness.
    pub(crate) fn load_or_make(data_dir: &Path, bind: IpAddr) -> Result<Self, TlsError> {
        Self::load_or_make_at(data_dir, bind, SystemTime::now())
    }

    fn load_or_make_at(data_dir: &Path, bind: IpAddr, now: SystemTime) -> Result<Self, TlsError> {
        let path = data_dir.join(FILE);
        match read_private(&path, FILE_LIMIT) {
            Ok(None) => {}
            Err(PrivateFileError::Io(source)) => return Err(TlsError::File { path, source }),
            Err(error) => log_replacement(&Unusable::Private(error)),
            Ok(Some(pem)) => match Self::read(&pem, bind, now + RENEWAL) {
                Ok(certificate) => return Ok(certificate),
                Err(error) => log_replacement(&error),
            },
        }
        let pem = make(bind, now)?;
        let certificate =
            Self::read(pem.as_bytes(), bind, now).map_err(|error| TlsError::Unusable(error.to_string()))?;
        write_private(&path, pem.as_bytes()).map_err(|source| TlsError::File { path, source })?;
        Ok(certificate)
    }

    fn read(pem: &[u8], bind: IpAddr, valid_at: SystemTime) -> Result<Self, Unusable> {
        let chain: Vec<_> =
            CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| Unusable::NotWhole)?;
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| Unusable::NotWhole)?;
        let text = std::str::from_utf8(pem).map_err(|_| Unusable::NotWhole)?;
        let [leaf, ca] = chain.as_slice() else {
            return Err(Unusable::NotWhole);
        };
        let ca_pem = text[text.rfind(CERTIFICATE_LINE).ok_or(Unusable::NotWhole)?..].to_owned();
        check_as_a_client(leaf, ca, bind, valid_at)?;
        let fingerprint = fingerprint(leaf);
        let key = CertifiedKey::from_der(chain, key, &default_provider())?;
        Ok(Self { key: Arc::new(key), ca_pem, fingerprint })
    }

    /// TLS 1.2 and 1.3 with this certificate, for `http/1.1`.
    ///
    /// # Errors
    /// None with the provider that is compiled in.
    pub(crate) fn server_config(&self) -> Result<Arc<rustls::ServerConfig>, TlsError> {
        let mut config = rustls::ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(|error| TlsError::Unusable(error.to_string()))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(&self.key))));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// The leaf's fingerprint: `sha256:` and 64 hexadecimal digits.
    pub(crate) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The authority's certificate as PEM, for those who want to trust it.
    pub(crate) fn ca_pem(&self) -> &str {
        &self.ca_pem
    }
}

fn log_replacement(reason: &Unusable) {
    tracing::warn!(
        "The kept certificate is replaced by a new one: {reason}. Browsers that trusted it will ask again."
    );
}

/// `sha256:` and the digest of a certificate's DER as 64 hexadecimal digits.
pub fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let digits: String =
        digest(&SHA256, certificate).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

/// Every name that the certificate must be good for.
fn names(bind: IpAddr) -> (&'static str, Vec<IpAddr>) {
    let mut addresses = vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    // 0.0.0.0 and :: are no addresses that a client could dial.
    if !addresses.contains(&bind) && !bind.is_unspecified() {
        addresses.push(bind);
    }
    ("localhost", addresses)
}

fn check_as_a_client(
    leaf: &CertificateDer<'_>,
    ca: &CertificateDer<'_>,
    bind: IpAddr,
    at: SystemTime,
) -> Result<(), rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(ca.clone().into_owned())?;
    let parsed = ParsedCertificate::try_from(leaf)?;
    let at = UnixTime::since_unix_epoch(at.duration_since(UNIX_EPOCH).unwrap_or_default());
    let algorithms = default_provider().signature_verification_algorithms.all;
    verify_server_cert_signed_by_trust_anchor(&parsed, &roots, &[], at, algorithms)?;
    let (host, addresses) = names(bind);
    verify_server_name(&parsed, &ServerName::try_from(host).expect("\"localhost\" is a DNS name"))?;
    addresses.into_iter().try_for_each(|address| verify_server_name(&parsed, &ServerName::from(address)))
}

fn make(bind: IpAddr, now: SystemTime) -> Result<Zeroizing<String>, rcgen::Error> {
    let mut ca_key = KeyPair::generate()?;
    let ca = authority(bind, now);
    let ca_certificate = ca.self_signed(&ca_key)?;
    let mut key = KeyPair::generate()?;
    let leaf = leaf(bind, now)?.signed_by(&key, &Issuer::from_params(&ca, &ca_key))?;
    ca_key.zeroize();
    let key_pem = Zeroizing::new(key.serialize_pem());
    key.zeroize();
    Ok(Zeroizing::new(format!("{}{}{}", *key_pem, leaf.pem(), ca_certificate.pem())))
}

fn lifetime(params: &mut CertificateParams, now: SystemTime) {
    params.not_before = OffsetDateTime::from(now - BEFORE);
    params.not_after = OffsetDateTime::from(now + AHEAD);
}

fn authority(bind: IpAddr, now: SystemTime) -> CertificateParams {
    let (host, addresses) = names(bind);
    let mut permitted = vec![GeneralSubtree::DnsName(host.into())];
    permitted.extend(addresses.into_iter().map(|address| {
        let bits = if address.is_ipv4() { 32 } else { 128 };
        GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, bits))
    }));
    let mut params = CertificateParams::default();
    lifetime(&mut params, now);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Porthole on this machine");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.name_constraints =
        Some(NameConstraints { permitted_subtrees: permitted, excluded_subtrees: Vec::new() });
    params
}

fn leaf(bind: IpAddr, now: SystemTime) -> Result<CertificateParams, rcgen::Error> {
    let (host, addresses) = names(bind);
    let mut params = CertificateParams::default();
    lifetime(&mut params, now);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Porthole");
    params.subject_alt_names = vec![SanType::DnsName(host.try_into()?)];
    params.subject_alt_names.extend(addresses.into_iter().map(SanType::IpAddress));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

#[cfg(test)]
mod tests;
