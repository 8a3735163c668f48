//! What TLS trusts, what it shows of itself, and what its failures mean.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    AlertDescription, CertificateError, ClientConnection, DigitallySignedStruct, Error as TlsError, InconsistentKeys,
    RootCertStore, SignatureScheme,
};
use zeroize::Zeroizing;

use super::certificate::Certificate;
use crate::error::{Error, ErrorKind, Result, printable};

/// How to connect through TLS: whom to trust, and as whom to appear. TLS 1.2 and 1.3; a server that has only older versions
/// cannot be reached.
///
/// By default the server's certificate must come from an authority that the system trusts, and must name the host that is
/// connected to.
///
/// The files are in PEM form. They are read by [`Client::new`](crate::Client::new), which refuses what cannot be used, and
/// again for each connection, so that a renewed one counts.
///
/// ```
/// use ami::Config;
/// use ami::client::Tls;
///
/// let tls = Tls::new().ca_file("/etc/pbx/ca.pem").server_name("pbx.example.com");
/// let config = Config::new("192.0.2.1", "admin", "secret").tls(tls);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tls {
    ca_file: Option<PathBuf>,
    server_name: Option<String>,
    client_certificate: Option<(PathBuf, PathBuf)>,
    accept_any: bool,
}

impl Tls {
    /// TLS that trusts the system's authorities, or those of the environment variables `SSL_CERT_FILE` and `SSL_CERT_DIR`.
    pub fn new() -> Tls {
        Tls::default()
    }

    /// Trusts the authorities in this file, and no others.
    ///
    /// A server's own certificate may stand there as well, as is usual where it has signed itself. It is then trusted for the
    /// names that it has, or for every name if it has none.
    ///
    /// Certificates as Asterisk's `ast_tls_cert` makes them, of X.509 version 1 or without a `subjectAltName`, are taken if an
    /// authority in this file has signed them itself and their common name is exactly the one that is wanted; and if they
    /// stand in the file. Keys of RSA need 2048 bits.
    #[must_use]
    pub fn ca_file(self, path: impl Into<PathBuf>) -> Tls {
        Tls { ca_file: Some(path.into()), ..self }
    }

    /// The name that the server's certificate must have; the host that is connected to unless set.
    #[must_use]
    pub fn server_name(self, name: impl Into<String>) -> Tls {
        Tls { server_name: Some(name.into()), ..self }
    }

    /// Shows the server this certificate, for one that asks: a file with the certificate and those between it and its
    /// authority, in this order, and a file with its private key, which must have no pass phrase.
    #[must_use]
    pub fn client_certificate(self, chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Tls {
        Tls { client_certificate: Some((chain.into(), key.into())), ..self }
    }

    /// Accepts every certificate: whoever can get between this machine and the server can read and change everything. For
    /// tests, and for servers whose certificate nothing else can be done about. A login without challenge then needs
    /// [`Config::allow_plain_login`](crate::Config::allow_plain_login).
    #[must_use]
    pub fn danger_accept_any_certificate(self, accept: bool) -> Tls {
        Tls { accept_any: accept, ..self }
    }

    /// Whether the server proves who it is.
    pub(super) fn is_verified(&self) -> bool {
        !self.accept_any
    }

    /// A connection to this host, before its first byte.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] for files and names that cannot be used, [`ErrorKind::Tls`] if the system trusts nobody.
    pub(super) fn connection(&self, host: &str) -> Result<ClientConnection> {
        let name = self.server_name.as_deref().unwrap_or(host);
        let name = ServerName::try_from(name.to_owned()).map_err(|_| {
            Error::invalid(format!(
                "no certificate can have the name {name:?}; give the one that the server's has with \
                 ami_config_set_tls_server_name, server_name in Rust and Python"
            ))
        })?;
        let unusable = |error| Error::new(ErrorKind::Tls, format!("TLS cannot be used: {error}"));
        ClientConnection::new(Arc::new(self.settings()?), name).map_err(unusable)
    }

    fn settings(&self) -> Result<ClientConfig> {
        // Named here, as the program may have another as its default.
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::new(ErrorKind::Tls, format!("TLS cannot be used: {error}")))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(self.verifier(Arc::clone(&provider))?));
        let Some((chain, key)) = &self.client_certificate else { return Ok(builder.with_no_client_auth()) };
        let (certificates, private_key) = (certificates(chain)?, private_key(key)?);
        let is_old = certificates.first().and_then(Certificate::read).is_some_and(|first| first.is_old());
        let settings = if is_old {
            own_old_certificate(certificates, private_key, &provider)
                .map(|own| builder.with_client_cert_resolver(Arc::new(own)))
        } else {
            builder.with_client_auth_cert(certificates, private_key)
        };
        settings.map_err(|error| {
            Error::invalid(format!(
                "the certificate in {chain:?} with the private key in {key:?} cannot be used: {error}"
            ))
        })
    }

    fn verifier(&self, provider: Arc<CryptoProvider>) -> Result<Verifier> {
        if self.accept_any {
            return Ok(Verifier { authorities: None, listed: Vec::new(), provider });
        }
        let (roots, listed) = match &self.ca_file {
            None => (system_roots()?, Vec::new()),
            Some(path) => {
                let listed = certificates(path)?;
                let mut roots = RootCertStore::empty();
                for certificate in &listed {
                    roots.add(certificate.clone()).map_err(|error| {
                        Error::invalid(format!("a certificate in {path:?} cannot be used: {error}"))
                    })?;
                }
                (Arc::new(roots), listed)
            }
        };
        let authorities = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider))
            .build()
            .map_err(|error| Error::new(ErrorKind::Tls, format!("TLS cannot be used: {error}")))?;
        Ok(Verifier { authorities: Some(authorities), listed, provider })
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    std::fs::read(path)
        .map(Zeroizing::new)
        .map_err(|error| Error::invalid(format!("the file {path:?} for TLS cannot be read: {error}")))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(path)?).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(Error::invalid(format!("the file {path:?} for TLS holds no certificates in PEM form"))),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>> {
    // What is wrong with a key is not told in detail: it may show some of it.
    PrivateKeyDer::from_pem_slice(&read(path)?).map_err(|_| {
        Error::invalid(format!("the file {path:?} for TLS holds no private key in PEM form without a pass phrase"))
    })
}

/// A certificate of an older version to show, which rustls would not compare with its key.
fn own_old_certificate(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    provider: &CryptoProvider,
) -> Result<SingleCertAndKey, TlsError> {
    let key = provider.key_provider.load_private_key(key)?;
    let is_its_key = key.public_key().is_some_and(|public| {
        chain.first().and_then(Certificate::read).is_some_and(|first| first.public_key() == public)
    });
    if is_its_key { Ok(CertifiedKey::new(chain, key).into()) } else { Err(InconsistentKeys::KeyMismatch.into()) }
}

/// Those whom the system trusts, read when they are first needed.
fn system_roots() -> Result<Arc<RootCertStore>> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    if let Some(roots) = ROOTS.get() {
        return Ok(Arc::clone(roots));
    }
    let mut roots = RootCertStore::empty();
    // A system may have some that are of no use here.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(Error::new(
            ErrorKind::Tls,
            "the system has no certificates of authorities to trust; install them (ca-certificates), or give the server's \
             with ami_config_set_tls_ca_file, ca_file in Rust and Python",
        ));
    }
    Ok(Arc::clone(ROOTS.get_or_init(|| Arc::new(roots))))
}

/// Decides on a server's certificate.
#[derive(Debug)]
struct Verifier {
    /// Without them every certificate will do. Nor are signatures looked at then: whoever is in between can make one, and
    /// there are certificates too odd for it.
    authorities: Option<Arc<WebPkiServerVerifier>>,
    /// What stands in the CA file.
    listed: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    /// Whether an authority of the user's own file has signed this certificate itself. One that may only speak for some names
    /// does not count: common names are not what its bounds are about.
    fn check_own_authority(&self, certificate: &Certificate<'_>) -> Result<(), TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let is_signed = self.listed.iter().filter(|listed| !has_name_constraints(listed)).any(|listed| {
            Certificate::read(listed).is_some_and(|authority| certificate.is_signed_by(&authority, algorithms))
        });
        if is_signed { Ok(()) } else { Err(CertificateError::UnknownIssuer.into()) }
    }
}

fn has_name_constraints(authority: &CertificateDer<'_>) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(authority.clone().into_owned()).is_err() || roots.roots.iter().any(|root| root.name_constraints.is_some())
}

/// Whether a certificate was refused as it has no names but a common name.
fn has_no_names(refused: &TlsError) -> bool {
    matches!(
        refused,
        TlsError::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. }) if presented.is_empty()
    )
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let Some(authorities) = &self.authorities else { return Ok(ServerCertVerified::assertion()) };
        let verified = authorities.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let Err(refused) = verified else { return verified };
        let is_listed = self.listed.iter().any(|listed| listed == end_entity);
        match Certificate::read(end_entity) {
            Some(old) if old.is_old() => {
                old.check_time(now)?;
                // One that is trusted by itself has no names but those that version 3 has brought.
                if !is_listed {
                    old.check_strength(&self.provider.signature_verification_algorithms)?;
                    self.check_own_authority(&old)?;
                    old.check_common_name(server_name)?;
                }
                return Ok(ServerCertVerified::assertion());
            }
            // All is well with it, but that its name stands where it stood before there were others.
            Some(nameless) if !is_listed && has_no_names(&refused) => {
                let signed = self.check_own_authority(&nameless);
                return match signed.and_then(|()| nameless.check_common_name(server_name)) {
                    Ok(()) => Ok(ServerCertVerified::assertion()),
                    Err(_) => Err(refused),
                };
            }
            _ => {}
        }
        match refused {
            // One that has signed itself is an authority, which webpki does not take for a server. Time was looked at first.
            TlsError::InvalidCertificate(
                CertificateError::UnknownIssuer | CertificateError::BadSignature | CertificateError::Other(_),
            ) if is_listed => {}
            refused => return Err(refused),
        }
        match verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name) {
            Err(refused) if has_no_names(&refused) => {}
            named => named?,
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let Some(authorities) = &self.authorities else { return Ok(HandshakeSignatureValid::assertion()) };
        if let Some(old) = Certificate::read(cert).filter(Certificate::is_old) {
            old.check_tls12(message, dss, &self.provider.signature_verification_algorithms)?;
            return Ok(HandshakeSignatureValid::assertion());
        }
        authorities.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let Some(authorities) = &self.authorities else { return Ok(HandshakeSignatureValid::assertion()) };
        if let Some(old) = Certificate::read(cert).filter(Certificate::is_old) {
            old.check_tls13(message, dss, &self.provider.signature_verification_algorithms)?;
            return Ok(HandshakeSignatureValid::assertion());
        }
        authorities.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// A failure of TLS among those of the socket.
fn inner(error: &io::Error) -> Option<&TlsError> {
    error.get_ref()?.downcast_ref()
}

/// A link that was up and is gone. What a server thinks of a client's certificate it may say only now.
pub(super) fn lost(error: &io::Error) -> Error {
    match inner(error) {
        Some(TlsError::AlertReceived(alert)) if refuses_client(*alert) => failed(error),
        _ => Error::new(ErrorKind::Disconnected, format!("the connection broke: {error}"))
            .with_os_code(error.raw_os_error()),
    }
}

/// A handshake that came to nothing.
pub(super) fn failed(error: &io::Error) -> Error {
    let text = match inner(error) {
        Some(error) => explain(error),
        None => format!(
            "the connection broke during the TLS handshake: {error}; is this a manager port with TLS (5039 as a rule), and \
             has the server a certificate?"
        ),
    };
    Error::new(ErrorKind::Tls, text).with_os_code(error.raw_os_error())
}

fn explain(error: &TlsError) -> String {
    match error {
        TlsError::InvalidCertificate(why) => unacceptable(why),
        TlsError::InvalidMessage(_) => {
            "the server does not speak TLS there; is this the port without it (5038 as a rule, 5039 is the one with TLS)?"
                .to_owned()
        }
        TlsError::AlertReceived(alert) if refuses_client(*alert) => format!(
            "the server wants a certificate of this client that it trusts ({alert:?}); give it with \
             ami_config_set_tls_client_certificate, client_certificate in Rust and Python"
        ),
        TlsError::AlertReceived(AlertDescription::ProtocolVersion) | TlsError::PeerIncompatible(_) => {
            format!("the server has no version or cipher of TLS in common with libami, which needs 1.2 or 1.3 ({error})")
        }
        TlsError::AlertReceived(AlertDescription::HandshakeFailure) => {
            "the server broke off the TLS handshake; either it wants a certificate of this client \
             (ami_config_set_tls_client_certificate, client_certificate in Rust and Python), or it has no cipher in common \
             with libami"
                .to_owned()
        }
        _ => format!("the TLS handshake failed: {error}"),
    }
}

fn unacceptable(why: &CertificateError) -> String {
    match why {
        // An authority of the same name may be trusted.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "the server's certificate comes from nobody whom this client trusts; give the \
             certificate of its authority with ami_config_set_tls_ca_file, ca_file in Rust and Python"
                .to_owned()
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            // Each is told with its kind, as in DnsName("pbx.example.com").
            let plain = |name: &String| {
                let name = name.split_once('(').map_or(name.as_str(), |(_, name)| name);
                name.trim_end_matches(')').trim_matches('"').to_owned()
            };
            let names = match presented.as_slice() {
                [] => "names no host (it has no subjectAltName)".to_owned(),
                names => {
                    format!("is for {}", printable(names.iter().map(plain).collect::<Vec<_>>().join(", ").as_bytes()))
                }
            };
            format!(
                "the server's certificate {names}, not for {}; connect by a name that it has, or give that name with \
                 ami_config_set_tls_server_name, server_name in Rust and Python",
                expected.to_str()
            )
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the server's certificate has expired; renew it there, or set the clock of this machine".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet; is the clock of this machine right?".to_owned()
        }
        why => format!("the server's certificate cannot be accepted: {why}; the server needs another"),
    }
}

/// Whether the server says with this that it wants another certificate of the client, or one at all.
fn refuses_client(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
    )
}
