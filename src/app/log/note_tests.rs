use super::*;
use crate::domain::secret::Secret;

/// The example of Go's package golang.org/x/mod/sumdb/note.
const PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PRIVATE: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const LINE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

const AT: Timestamp = Timestamp::from_micros(1_679_315_147_000_000);

fn signer(text: &str) -> Signer {
    Signer::parse(&Secret::new(text)).unwrap()
}

#[test]
fn the_published_key_signs_the_published_note() {
    let key = signer(PRIVATE);
    assert_eq!(key.verifier().to_string(), PUBLIC);
    assert_eq!(key.text().expose(), PRIVATE);
    let note = Note::sign(TEXT.to_owned(), [&key], AT);
    assert_eq!(note.written(), format!("{TEXT}\n{LINE}"));
    let read = Note::parse(&note.written()).unwrap();
    assert_eq!(read, note);
    let trusted = [PUBLIC.parse().unwrap()];
    assert_eq!(read.check(&trusted).unwrap()[0].by.name(), "PeterNeumann");
}

#[test]
fn what_was_changed_does_not_count() {
    let note = format!("{TEXT}\n{LINE}");
    let trusted: Vec<Verifier> = vec![PUBLIC.parse().unwrap()];
    let check = |note: &str| Note::parse(note).and_then(|note| note.check(&trusted).map(|_| ()));
    assert_eq!(check(&note), Ok(()));
    let wrong = Err(NoteError::WrongSignature("PeterNeumann".to_owned()));
    assert_eq!(check(&note.replace("answer", "Answer")), wrong);
    assert_eq!(check(&note.replace("x08go/ZJ", "x08go/ZK")), wrong);
    // Another identifier is another key, whatever it signs.
    assert_eq!(check(&note.replace("x08go/ZJ", "y08go/ZJ")), Err(NoteError::Unsigned));
    let stranger = Signer::generate("PeterNeumann", KeyKind::Ed25519).unwrap();
    let both = Note::sign(TEXT.to_owned(), [&stranger, &signer(PRIVATE)], AT);
    assert_eq!(check(&both.written()), Ok(()));
    assert_eq!(
        check(&Note::sign(TEXT.to_owned(), [&stranger], AT).written()),
        Err(NoteError::Unsigned)
    );
    for malformed in [
        &note[..note.len() - 1],
        TEXT,
        &note.replace("\n\n", "\n"),
        &note.replace(' ', "\t"),
        &note.replace('\u{2014}', "-"),
        &format!("{note}\n"),
    ] {
        assert!(
            matches!(check(malformed), Err(NoteError::Malformed(_))),
            "{malformed:?}"
        );
    }
}

#[test]
fn keys_that_were_changed_are_refused() {
    for (text, expected) in [
        (PUBLIC.replace("c74f20a3", "c74f20a4"), KeyError::Id),
        (PUBLIC.replace("Peter", "Petra"), KeyError::Id),
        (PUBLIC.replace("ARpc", "CRpc"), KeyError::Kind),
        (PUBLIC.replace("+ARpc", "+AR"), KeyError::Malformed),
        ("PeterNeumann".to_owned(), KeyError::Malformed),
        (PRIVATE.to_owned(), KeyError::Side),
        (
            "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".to_owned(),
            KeyError::Name,
        ),
    ] {
        assert_eq!(text.parse::<Verifier>(), Err(expected), "{text}");
    }
    assert_eq!(Signer::parse(&Secret::new(PUBLIC)).unwrap_err(), KeyError::Side);
    assert!(!format!("{:?}", signer(PRIVATE)).contains("AYEKFALV"));
}

#[test]
fn a_witness_says_when() {
    let key = Signer::generate("witness.example/w1", KeyKind::Cosignature).unwrap();
    let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let signature = Signature::of(&key, text, AT);
    assert_eq!(signature.bytes.len(), 8 + 64);
    assert_eq!(signature.bytes[..8], 1_679_315_147_u64.to_be_bytes());
    let signed = signature.check(key.verifier(), text).unwrap();
    assert_eq!(signed.at_seconds, Some(1_679_315_147));
    // The message of C2SP tlog-cosignature, word for word.
    let message = format!("cosignature/v1\ntime 1679315147\n{text}");
    assert!(key.verifier().has_signed(message.as_bytes(), &signature.bytes[8..]));
    let mut later = signature.clone();
    later.bytes[7] ^= 1;
    assert!(later.check(key.verifier(), text).is_err());
}

#[test]
fn sm2_signs_notes_too() {
    let key = Signer::generate("hangzhou.example/log", KeyKind::Sm2).unwrap();
    let again = Signer::parse(key.text()).unwrap();
    assert_eq!(again.verifier(), key.verifier());
    let public: Verifier = key.verifier().to_string().parse().unwrap();
    assert_eq!(public.suite(), Some(crate::domain::log::Suite::Sm3Sm2));
    let note = Note::sign(TEXT.to_owned(), [&key], AT);
    let trusted = [public];
    assert!(Note::parse(&note.written()).unwrap().check(&trusted).is_ok());
    let changed = note.written().replace("answer", "Answer");
    assert!(Note::parse(&changed).unwrap().check(&trusted).is_err());
}
