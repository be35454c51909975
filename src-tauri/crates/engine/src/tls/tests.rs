//! Tests of the certificate, and of handshakes in memory with it.

#![allow(clippy::unwrap_used)]

use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, ServerConnection};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn made(folder: &tempfile::TempDir) -> Certificate {
    Certificate::load_or_make_at(folder.path(), LOOPBACK, SystemTime::now()).unwrap()
}

fn leaf_of(certificate: &Certificate) -> x509_parser::certificate::X509Certificate<'_> {
    x509_parser::certificate::X509Certificate::from_der(&certificate.key.cert[0]).unwrap().1
}

/// A handshake in memory with a client that trusts the authority alone; gives the protocol that was agreed on.
fn handshake(certificate: &Certificate, ca_pem: &str, name: &str) -> Result<Vec<u8>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let name = ServerName::try_from(name).unwrap().to_owned();
    let mut client = ClientConnection::new(Arc::new(config), name)?;
    let mut server = ServerConnection::new(certificate.server_config().unwrap())?;
    while client.is_handshaking() || server.is_handshaking() {
        let mut wire = Vec::new();
        client.write_tls(&mut wire).unwrap();
        server.read_tls(&mut wire.as_slice()).unwrap();
        server.process_new_packets()?;
        wire.clear();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        let mut wire = wire.as_slice();
        while !wire.is_empty() {
            client.read_tls(&mut wire).unwrap();
        }
        client.process_new_packets()?;
    }
    Ok(client.alpn_protocol().unwrap_or_default().to_vec())
}

#[test]
fn the_leaf_names_this_machine_and_lives_at_most_397_days() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = made(&folder);
    let leaf = leaf_of(&certificate);
    let names = leaf.subject_alternative_name().unwrap().unwrap().value.general_names.clone();
    assert!(matches!(names[0], GeneralName::DNSName("localhost")));
    assert!(matches!(names[1], GeneralName::IPAddress([127, 0, 0, 1])));
    assert!(matches!(names[2], GeneralName::IPAddress(v6) if v6 == Ipv6Addr::LOCALHOST.octets()));
    assert_eq!(names.len(), 3);
    let validity = leaf.validity();
    assert!(validity.not_after.timestamp() - validity.not_before.timestamp() <= 397 * 24 * 3600);
    assert!(!leaf.is_ca());
}

#[test]
fn an_address_that_is_bound_beside_loopback_is_named_too() {
    let folder = tempfile::tempdir().unwrap();
    made(&folder);
    let bind = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
    let certificate = Certificate::load_or_make_at(folder.path(), bind, SystemTime::now()).unwrap();
    handshake(&certificate, certificate.ca_pem(), "192.0.2.7").unwrap();
    handshake(&certificate, certificate.ca_pem(), "localhost").unwrap();
    let unspecified = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let same = Certificate::load_or_make_at(folder.path(), unspecified, SystemTime::now()).unwrap();
    assert_eq!(same.fingerprint(), certificate.fingerprint());
}

#[test]
fn a_client_that_trusts_the_authority_connects_to_this_machine_only() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = made(&folder);
    for name in ["localhost", "127.0.0.1", "::1"] {
        assert_eq!(handshake(&certificate, certificate.ca_pem(), name).unwrap(), b"http/1.1");
    }
    for name in ["example.com", "127.0.0.2"] {
        assert!(handshake(&certificate, certificate.ca_pem(), name).is_err(), "{name}");
    }
}

#[test]
fn the_authority_cannot_vouch_for_another_name() {
    // The key of a real authority is destroyed; here it is kept to sign what it must not.
    let now = SystemTime::now();
    let ca_key = KeyPair::generate().unwrap();
    let ca = authority(LOOPBACK, now);
    let ca_certificate = ca.self_signed(&ca_key).unwrap();
    let issuer = Issuer::from_params(&ca, &ca_key);
    let signed_for = |name: SanType, shown: &str| {
        let key = KeyPair::generate().unwrap();
        let mut params = leaf(LOOPBACK, now).unwrap();
        params.subject_alt_names = vec![name];
        let leaf = params.signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let key = CertifiedKey::from_der(vec![leaf.der().clone()], key, &default_provider()).unwrap();
        let certificate =
            Certificate { key: Arc::new(key), ca_pem: String::new(), fingerprint: String::new() };
        handshake(&certificate, &ca_certificate.pem(), shown)
    };
    signed_for(SanType::DnsName("localhost".try_into().unwrap()), "localhost").unwrap();
    for (name, shown) in [
        (SanType::DnsName("example.com".try_into().unwrap()), "example.com"),
        (SanType::IpAddress(Ipv4Addr::new(192, 0, 2, 1).into()), "192.0.2.1"),
    ] {
        let refused = signed_for(name, shown).unwrap_err().to_string();
        assert!(refused.contains("NameConstraintViolation"), "{shown}: {refused}");
    }
}

#[test]
fn the_authority_signs_leaves_only() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = made(&folder);
    let der = CertificateDer::from_pem_slice(certificate.ca_pem().as_bytes()).unwrap();
    let (_, ca) = x509_parser::certificate::X509Certificate::from_der(&der).unwrap();
    let constraints = ca.basic_constraints().unwrap().unwrap();
    assert!(constraints.value.ca && constraints.critical);
    assert_eq!(constraints.value.path_len_constraint, Some(0));
    assert!(ca.name_constraints().unwrap().unwrap().critical);
}

#[test]
fn a_kept_certificate_is_used_again_until_30_days_before_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let now = SystemTime::now();
    let at = |days: u32| {
        Certificate::load_or_make_at(folder.path(), LOOPBACK, now + DAY * days)
            .unwrap()
            .fingerprint()
            .to_owned()
    };
    let first = at(0);
    assert_eq!(at(0), first);
    assert_eq!(at(364), first);
    let renewed = at(366);
    assert_ne!(renewed, first);
    assert_eq!(at(366), renewed);
}

#[test]
fn the_file_is_private_and_holds_no_key_but_the_leaf_s() {
    let folder = tempfile::tempdir().unwrap();
    made(&folder);
    let path = folder.path().join(FILE);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(fs::read_to_string(&path).unwrap().matches("PRIVATE KEY-----").count(), 2);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_broken_half_or_exposed_file_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let first = made(&folder).fingerprint().to_owned();
    let whole = fs::read_to_string(&path).unwrap();
    let other_folder = tempfile::tempdir().unwrap();
    made(&other_folder);
    let other = fs::read_to_string(other_folder.path().join(FILE)).unwrap();
    let key_end = |text: &str| text.find(CERTIFICATE_LINE).unwrap();
    let mixed = format!("{}{}", &other[..key_end(&other)], &whole[key_end(&whole)..]);
    for broken in ["", "nonsense", &whole[..whole.len() / 2], &whole[..whole.len() - 40], &mixed] {
        fs::write(&path, broken).unwrap();
        let certificate = made(&folder);
        assert_ne!(certificate.fingerprint(), first);
        assert_eq!(made(&folder).fingerprint(), certificate.fingerprint());
    }
    let before = made(&folder).fingerprint().to_owned();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert_ne!(made(&folder).fingerprint(), before);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
}

#[test]
fn the_fingerprint_is_the_digest_of_the_leaf() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = made(&folder);
    let digits = certificate.fingerprint().strip_prefix("sha256:").unwrap();
    assert!(digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(certificate.fingerprint(), fingerprint(&certificate.key.cert[0]));
    assert!(!format!("{certificate:?}").contains("PRIVATE"));
}
