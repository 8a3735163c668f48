//! The settings of TLS.

use std::path::PathBuf;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::parking::park_at_exit;
use crate::client;

/// Settings of TLS: whom to trust, and as whom to appear.
///
/// By default the server's certificate must come from an authority that the system trusts (or those of the environment
/// variables SSL_CERT_FILE and SSL_CERT_DIR), and must name the host that is connected to. The versions are 1.2 and 1.3: a
/// server that has only older ones cannot be reached.
///
/// ca_file             a file with the authorities that are trusted, and no others are. A server's own
///                     certificate may stand there as well, as is usual where it has signed itself: it is
///                     then trusted for the names that it has, or for every name if it has none
/// server_name         the name that the server's certificate must have, if it is not the host's
/// client_certificate  for a server that asks for one: a file with the certificate and those between it and
///                     its authority, and a file with its private key, which must have no pass phrase
/// danger_accept_any_certificate
///                     accept every certificate: whoever can get between this machine and the server can
///                     then read and change everything. A login without challenge then needs
///                     allow_plain_login
///
/// The files are in PEM form. They are read when a client is made, which raises InvalidValue if they cannot be used, and again
/// for each connection, so that a renewed one counts.
#[pyclass(frozen, name = "TLS", module = "libami")]
pub(super) struct Tls(client::Tls);

#[pymethods]
impl Tls {
    #[new]
    #[pyo3(signature = (
        *, ca_file=None, server_name=None, client_certificate=None, danger_accept_any_certificate=false
    ))]
    fn new(
        ca_file: Option<PathBuf>,
        server_name: Option<String>,
        client_certificate: Option<(PathBuf, PathBuf)>,
        danger_accept_any_certificate: bool,
    ) -> Tls {
        park_at_exit();
        let mut tls = client::Tls::new().danger_accept_any_certificate(danger_accept_any_certificate);
        if let Some(path) = ca_file {
            tls = tls.ca_file(path);
        }
        if let Some(name) = server_name {
            tls = tls.server_name(name);
        }
        if let Some((chain, key)) = client_certificate {
            tls = tls.client_certificate(chain, key);
        }
        Tls(tls)
    }
}

/// The value for TLS in a client's settings: a bool, or settings of TLS.
pub(super) fn settings(tls: &Bound<'_, PyAny>) -> PyResult<Option<client::Tls>> {
    if let Ok(settings) = tls.cast::<Tls>() {
        return Ok(Some(settings.get().0.clone()));
    }
    let on: bool = tls.extract().map_err(|_| PyTypeError::new_err("tls must be True, False or a libami.TLS"))?;
    Ok(on.then(client::Tls::new))
}
