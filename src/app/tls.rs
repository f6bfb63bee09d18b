//! How we know whom we talk to, where we are the client.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

/// Where most systems keep the certificate authorities that they trust.
pub const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Trusts the certificate authorities in a file (PEM); without the file nobody is reached over https.
pub fn client(authorities: &Path) -> TlsConfig {
    let trusted = trusted(authorities);
    if trusted.is_empty() {
        let file = authorities.display();
        tracing::warn!(%file, "holds no certificate authorities: nobody can be reached over https");
    }
    let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::new_with_certs(&trusted))
        .unversioned_rustls_crypto_provider(crypto)
        .build()
}

fn trusted(file: &Path) -> Vec<Certificate<'static>> {
    let text = fs::read(file).unwrap_or_default();
    let items = parse_pem(&text).filter_map(Result::ok);
    items
        .filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        })
        .collect()
}
