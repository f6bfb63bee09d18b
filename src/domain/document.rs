//! Documents that organisations hand in as evidence: of which kinds they may be.

/// A media type that is taken. All of them can be looked at without running anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// `application/pdf`.
    Pdf,
    /// `image/png`.
    Png,
    /// `image/jpeg`.
    Jpeg,
    /// `application/ofd`: electronic invoices (GB/T 33190-2016), a ZIP archive inside.
    Ofd,
    /// `application/xml`, also of invoices.
    Xml,
    /// `text/plain`.
    Text,
    /// `text/csv`, such as readings of meters.
    Csv,
    /// A workbook, a ZIP archive inside.
    Xlsx,
    /// `application/zip`.
    Zip,
}

/// How a ZIP archive begins, an empty one too (PKWARE APPNOTE 4.3).
const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// Where the name of a ZIP archive's first entry begins.
const ZIP_NAME: usize = 30;
/// How many bytes from the beginning of a document are looked at.
pub const SIGNATURE_BYTES: usize = 512;

impl MediaType {
    /// Every one of them.
    pub const ALL: [MediaType; 9] = [
        Self::Pdf,
        Self::Png,
        Self::Jpeg,
        Self::Ofd,
        Self::Xml,
        Self::Text,
        Self::Csv,
        Self::Xlsx,
        Self::Zip,
    ];

    /// Its name in headers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Ofd => "application/ofd",
            Self::Xml => "application/xml",
            Self::Text => "text/plain",
            Self::Csv => "text/csv",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Zip => "application/zip",
        }
    }

    /// How a file of it is called.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Ofd => "ofd",
            Self::Xml => "xml",
            Self::Text => "txt",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Zip => "zip",
        }
    }

    /// The one that the header `Content-Type` names; parameters after a semicolon do not count.
    pub fn named(header: &str) -> Option<MediaType> {
        let essence = header.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("text/xml") {
            return Some(Self::Xml);
        }
        Self::ALL
            .into_iter()
            .find(|known| essence.eq_ignore_ascii_case(known.name()))
    }

    /// Whether a document that begins so can be of this type.
    pub fn fits(self, beginning: &[u8]) -> bool {
        let found = Self::of(beginning);
        match self {
            Self::Pdf | Self::Png | Self::Jpeg => found == Some(self),
            Self::Ofd | Self::Xlsx | Self::Zip => matches!(found, Some(Self::Ofd | Self::Xlsx | Self::Zip)),
            Self::Xml | Self::Text | Self::Csv => matches!(found, Some(Self::Xml | Self::Text)),
        }
    }

    /// What a document that begins so is, as far as that tells; none: nothing that is taken.
    pub fn of(beginning: &[u8]) -> Option<MediaType> {
        let starts = |signature: &[u8]| beginning.starts_with(signature);
        if starts(b"%PDF-") {
            return Some(Self::Pdf);
        }
        if starts(b"\x89PNG\r\n\x1a\n") {
            return Some(Self::Png);
        }
        if starts(b"\xff\xd8\xff") {
            return Some(Self::Jpeg);
        }
        if ZIP.iter().any(|signature| starts(signature)) {
            return Some(archive(beginning.get(ZIP_NAME..).unwrap_or_default()));
        }
        let text = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
        if text.starts_with(b"<?xml") {
            return Some(Self::Xml);
        }
        (!text.contains(&0)).then_some(Self::Text)
    }
}

/// What a ZIP archive is whose first entry has a name that begins so.
fn archive(name: &[u8]) -> MediaType {
    if name.starts_with(b"OFD.xml") || name.starts_with(b"Doc_") {
        MediaType::Ofd
    } else if [&b"[Content_Types].xml"[..], b"xl/", b"_rels/"]
        .iter()
        .any(|part| name.starts_with(part))
    {
        MediaType::Xlsx
    } else {
        MediaType::Zip
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_what_it_is_called() {
        let xlsx = [&b"PK\x03\x04"[..], &[0; 26], b"[Content_Types].xml"].concat();
        for (header, content, fits) in [
            ("application/pdf", &b"%PDF-1.7"[..], true),
            ("Application/PDF; x=1", b"%PDF-1.7", true),
            ("application/pdf", b"<html>", false),
            ("image/png", b"\x89PNG\r\n\x1a\n", true),
            ("image/png", b"\xff\xd8\xff", false),
            ("application/zip", &xlsx, true),
            ("text/csv", b"a,b\n1,2\n", true),
            ("text/csv", b"MZ\0\0", false),
            ("text/xml", b"<?xml version='1.0'?>", true),
        ] {
            assert_eq!(MediaType::named(header).unwrap().fits(content), fits, "{header}");
        }
        assert_eq!(MediaType::named("text/html"), None);
        assert_eq!(MediaType::named(""), None);
        assert_eq!(MediaType::of(&xlsx), Some(MediaType::Xlsx));
        for known in MediaType::ALL {
            assert_eq!(MediaType::named(known.name()), Some(known));
        }
    }
}
