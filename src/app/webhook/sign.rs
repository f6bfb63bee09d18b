//! Secrets and signatures as the specification Standard Webhooks has them (<https://www.standardwebhooks.com>, version 1).

use aws_lc_rs::hmac;

use crate::app::random::{self, NoRandomness};
use crate::domain::id::MessageId;
use crate::domain::secret::Secret;
use crate::domain::text::{base64, base64_bytes};

/// How a secret begins.
const PREFIX: &str = "whsec_";
/// Random bytes of a secret; the specification wants 24 to 64.
const SECRET_BYTES: usize = 32;

/// A new secret.
///
/// # Errors
/// No randomness.
pub fn new_secret() -> Result<Secret, NoRandomness> {
    let bytes = random::bytes::<SECRET_BYTES>()?;
    Ok(Secret::new(format!("{PREFIX}{}", base64(&bytes))))
}

/// The header `webhook-signature`: one signature for each secret, of the message's identifier, the second at which it is sent, and
/// the body to the byte.
pub fn signatures<'a>(
    secrets: impl Iterator<Item = &'a Secret>,
    (id, seconds): (MessageId, i64),
    body: &str,
) -> String {
    let content = format!("{id}.{seconds}.{body}");
    let signed: Vec<String> = secrets.filter_map(|secret| signature(secret, &content)).collect();
    signed.join(" ")
}

/// One signature; none of what is no secret of ours.
fn signature(secret: &Secret, content: &str) -> Option<String> {
    let bytes = base64_bytes(secret.expose().strip_prefix(PREFIX)?)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
    let tag = hmac::sign(&key, content.as_bytes());
    Some(format!("v1,{}", base64(tag.as_ref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vector_of_the_specification_is_met() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let content = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}";
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signature(&secret, content).as_deref(), Some(expected));
    }

    #[test]
    fn every_secret_signs_and_no_two_are_alike() {
        let (one, other) = (new_secret().unwrap(), new_secret().unwrap());
        assert_ne!(one, other);
        let both = signatures([&one, &other].into_iter(), (MessageId(1), 7), "{}");
        let (first, second) = both.split_once(' ').unwrap();
        assert!(first.starts_with("v1,") && second.starts_with("v1,") && first != second);
        assert_eq!(signatures([&one].into_iter(), (MessageId(1), 7), "{}"), first);
        assert_ne!(signatures([&one].into_iter(), (MessageId(1), 8), "{}"), first);
    }
}
