//! Signatures: made for probes, checked on everything recorded.

use std::time::{SystemTime, UNIX_EPOCH};

use itemsmith_steps::signature::{SigningKey, verify};

use super::exchange::Message;

/// The key of the engines and of the apps.
pub const KEY: &str = "signkey-test-0123456789abcdef0123456789abcdef";
/// The apps' second key.
pub const FALLBACK: &str = "signkey-test-fedcba9876543210fedcba9876543210";

/// Seconds since the Unix epoch.
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// The header's value.
pub fn sign(key: &str, body: &[u8], at: u64) -> String {
    SigningKey::new(key).sign(body, at)
}

/// Which key signed the message: `main`, `fallback`, or why none fits.
pub fn signer(message: &Message) -> Option<String> {
    let header = message.headers.get("x-inngest-signature")?;
    let keys = [SigningKey::new(KEY), SigningKey::new(FALLBACK)];
    Some(match verify(&keys, Some(header), &message.body, now()) {
        Ok(key) if *key == keys[0] => "signed".to_owned(),
        Ok(_) => "signed with the fallback key".to_owned(),
        Err(error) => format!("not signed: {error}"),
    })
}
