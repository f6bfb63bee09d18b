//! Documents: evidence that organisations hand in, kept under the hash of its content.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, LOCATION, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::{self, Bytes, BytesMut, Data, Payload};
use actix_web::{HttpRequest, HttpResponse, get, post};
use futures_util::{StreamExt, stream};
use serde::Serialize;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::{Content, RefOr};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

use crate::api::caller::still;
use crate::api::look::Look;
use crate::api::parameters::{Id, Ids};
use crate::api::problem::Refusal;
use crate::api::service::{Service, blocking};
use crate::api::write::Answer;
use crate::app::documents::Upload;
use crate::app::permission::{HandInDocuments, Permit, ReadDocuments, ReadEvidence};
use crate::app::read::evidence;
use crate::app::report::document::Document;
use crate::domain::document::{MediaType, SIGNATURE_BYTES};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::{ApplicationId, ClaimId, OrgId};
use crate::domain::text::base64_bytes;
use crate::engine::rejection::FieldRule;

/// How much is collected before it is written, and read at once.
const PART_BYTES: usize = 256 * 1024;

/// A document that is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentView {
    /// SHA-256 of its content: what applications and claims name it by.
    hash: Fingerprint,
    /// Its size in bytes.
    size: u64,
    /// The media type that it was handed in as.
    #[schema(examples("application/pdf"))]
    media_type: &'static str,
}

/// The answer with a document, for the description of the API: its content, as the media type that it is seen to be.
struct SavedDocument;

impl IntoResponses for SavedDocument {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        // What is plain text may be a table: it is sent as the former.
        let seen = MediaType::ALL.into_iter().filter(|known| *known != MediaType::Csv);
        let names = seen.map(MediaType::name).chain(["application/octet-stream"]);
        let content = || Content::new(Some(Document::schema()));
        let saved = ResponseBuilder::new().description("The document, to be saved");
        let saved = names.fold(saved, |saved, name| saved.content(name, content()));
        BTreeMap::from([("200".to_owned(), saved.build().into())])
    }
}

/// Keeps a document; when this answers it is safe. The same content again gets the same answer, so that no key is needed.
///
/// The body is the document itself. `Content-Digest` (RFC 9530, `sha-256=:…:`) or `Digest` (RFC 3230) is compared with it if it comes.
#[utoipa::path(
    tag = "documents",
    request_body(content(
        (Document = "application/pdf"),
        (Document = "image/png"),
        (Document = "image/jpeg"),
        (Document = "application/ofd"),
        (Document = "application/xml"),
        (Document = "text/plain"),
        (Document = "text/csv"),
        (Document = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (Document = "application/zip"),
    )),
    responses((status = 201, description = "It is kept", body = DocumentView)),
    extensions(("x-operation" = json!("hand_in_documents"))),
)]
#[post("/v1/documents")]
pub async fn hand_in(
    permit: Permit<HandInDocuments>,
    service: Data<Service>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    let (media_type, expected) = announced(request.headers(), service.documents.max_bytes())?;
    let (documents, org) = (service.documents.clone(), permit.caller().org);
    let upload = blocking(move || documents.begin(org)).await?;
    let upload = take(upload, payload).await?;
    still(&service, permit.caller())?;
    let kept = blocking(move || upload.finish(media_type, expected)).await?;
    let view = DocumentView {
        hash: kept.hash,
        size: kept.size,
        media_type: media_type.name(),
    };
    let place = format!("/v1/documents/{}", kept.hash);
    Ok(HttpResponse::Created().insert_header((LOCATION, place)).json(view))
}

/// A document that the caller's organisation has handed in.
#[utoipa::path(
    tag = "documents",
    params(("hash" = Fingerprint, Path, description = "SHA-256 of the document")),
    responses(SavedDocument),
    extensions(("x-operation" = json!("read_documents"))),
)]
#[get("/v1/documents/{hash}")]
pub async fn get_own(permit: Permit<ReadDocuments>, service: Data<Service>, Id(hash): Id<Fingerprint>) -> Answer {
    send(&service, permit.caller().org, hash).await
}

/// A document that an application names, for who applied, the authority whose programme it is, and auditors.
#[utoipa::path(
    tag = "documents",
    params(
        ("id" = ApplicationId, Path, description = "The application"),
        ("hash" = Fingerprint, Path, description = "SHA-256 of the document"),
    ),
    responses(SavedDocument),
    extensions(("x-operation" = json!("read_evidence"))),
)]
#[get("/v1/applications/{id}/documents/{hash}")]
pub async fn of_application(look: Look<ReadEvidence>, Ids(id, hash): Ids<ApplicationId, Fingerprint>) -> Answer {
    let caller = look.caller().clone();
    let question = move |reader: &mut _, _| evidence::of_application(reader, &caller, (id, hash));
    let org = look.ask(question).await?.ok_or(Refusal::NotFound)?;
    send(look.service(), org, hash).await
}

/// A document that a claim names, for who claims, the authority whose programme it is, and auditors.
#[utoipa::path(
    tag = "documents",
    params(
        ("id" = ClaimId, Path, description = "The claim"),
        ("hash" = Fingerprint, Path, description = "SHA-256 of the document"),
    ),
    responses(SavedDocument),
    extensions(("x-operation" = json!("read_evidence"))),
)]
#[get("/v1/claims/{id}/documents/{hash}")]
pub async fn of_claim(look: Look<ReadEvidence>, Ids(id, hash): Ids<ClaimId, Fingerprint>) -> Answer {
    let caller = look.caller().clone();
    let question = move |reader: &mut _, _| evidence::of_claim(reader, &caller, (id, hash));
    let org = look.ask(question).await?.ok_or(Refusal::NotFound)?;
    send(look.service(), org, hash).await
}

/// A document of an organisation, as an answer. Whoever calls this has looked whether the asker may have it.
///
/// # Errors
/// There is none; the folder cannot be read.
pub async fn send(service: &Service, org: OrgId, hash: Fingerprint) -> Answer {
    let documents = service.documents.clone();
    let opened = blocking(move || {
        let Some((mut file, size)) = documents.open_document(org, hash)? else {
            return Ok(None);
        };
        let mut beginning = Vec::new();
        let wanted = u64::try_from(SIGNATURE_BYTES).unwrap_or(u64::MAX);
        Read::by_ref(&mut file).take(wanted).read_to_end(&mut beginning)?;
        Ok::<_, io::Error>(Some((file, size, Bytes::from(beginning))))
    });
    let (file, size, beginning) = opened.await?.ok_or(Refusal::NotFound)?;
    let found = MediaType::of(&beginning);
    let extension = found.map_or("bin", MediaType::extension);
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, found.map_or("application/octet-stream", MediaType::name)))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{hash}.{extension}\""),
        ))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((ETAG, format!("\"{hash}\"")))
        .no_chunking(size);
    let rest = stream::try_unfold(file, next_part);
    let first = stream::once(std::future::ready(Ok(beginning)));
    Ok(response.streaming(first.chain(rest)))
}

/// The next part of a file, read where waiting keeps nobody else; none at its end.
async fn next_part(mut file: File) -> io::Result<Option<(Bytes, File)>> {
    let read = web::block(move || {
        let mut part = vec![0; PART_BYTES];
        let count = file.read(&mut part)?;
        part.truncate(count);
        Ok::<_, io::Error>((part, file))
    });
    let (part, file) = read.await.map_err(io::Error::other)??;
    Ok((!part.is_empty()).then(|| (Bytes::from(part), file)))
}

/// Writes a body down as it comes.
async fn take(mut upload: Upload, mut payload: Payload) -> Result<Upload, Refusal> {
    let mut part = BytesMut::new();
    loop {
        let chunk = payload.next().await.transpose();
        let chunk = chunk.map_err(|error| Refusal::Unreadable(error.to_string()))?;
        let is_last = chunk.is_none();
        part.extend_from_slice(&chunk.unwrap_or_default());
        if part.len() >= PART_BYTES || is_last {
            let bytes = part.split();
            upload = blocking(move || upload.write(&bytes).map(|()| upload)).await?;
        }
        if is_last {
            return Ok(upload);
        }
    }
}

/// What the headers say of a document that is to come: its media type, and its SHA-256 if it is told.
fn announced(headers: &HeaderMap, max: u64) -> Result<(MediaType, Option<Fingerprint>), Refusal> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let media_type = text(CONTENT_TYPE).and_then(MediaType::named);
    let media_type = media_type.ok_or(Refusal::UnsupportedMediaType {
        expected: "PDF, PNG, JPEG, OFD, XML, plain text, CSV, XLSX or ZIP",
    })?;
    let length = text(CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if length.is_some_and(|length| length > max) {
        return Err(Refusal::TooLarge {
            max: usize::try_from(max).unwrap_or(usize::MAX),
        });
    }
    for name in ["content-digest", "digest"] {
        let digests = headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let ours = digests.and_then(|digests| {
            let pairs = digests.split(',').filter_map(|pair| pair.trim().split_once('='));
            pairs
                .into_iter()
                .find(|(known, _)| known.eq_ignore_ascii_case("sha-256"))
        });
        // A digest by another algorithm is nothing that we compare (RFC 9530, section 3).
        let Some((_, digest)) = ours else { continue };
        let bytes = base64_bytes(digest.trim_matches(':')).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let malformed = || Refusal::parameter(name, FieldRule::Malformed, "is no SHA-256 in base 64");
        return Ok((media_type, Some(Fingerprint(bytes.ok_or_else(malformed)?))));
    }
    Ok((media_type, None))
}
