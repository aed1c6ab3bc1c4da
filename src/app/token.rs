//! Meeting tokens: who may do what in one meeting, signed. That one was made, and whether it was revoked, is kept by
//! [`App`](super::App); the token itself by nobody but its holder.
//!
//! ```text
//! yl1.<base64url of the claims as JSON>.<base64url of HMAC-SHA-256 over everything before the dot>
//! ```
//!
//! One issuer, one reader, one algorithm: a JWT library would bring a choice of algorithms, and with it the attacks on
//! that choice, and nothing we need. The secret lies in the data folder with mode 0600; a new one makes every old token
//! void. A token is a secret too: it travels in the `Authorization` header, the first message of a control channel or a
//! page's fragment, never in a path, a query or a log, so it has no `Debug` that shows it.

use crate::{
    domain::{
        access::{Holder, TokenRole},
        hex,
    },
    id::ParticipantId,
    key_file,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;
use serde::{Deserialize, Serialize};
use std::{
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use zeroize::Zeroizing;

/// How long a token is good unless said otherwise.
pub const TTL_DEFAULT: Duration = Duration::from_secs(3600);

/// Longest token that is looked at: the claims are short.
const TOKEN_BYTES_MAX: usize = 1024;

/// Most characters of a shown name: a plate reads 单位, 职务 and a name.
pub const NAME_CHARS_MAX: usize = 64;

const PREFIX: &str = "yl1.";
const SECRET_BYTES: usize = 32;

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Meeting, role and participant.
    pub holder: Holder,
    /// Shown beside the picture; empty if the token gives none.
    pub name: String,
    /// When it ends.
    pub expires: SystemTime,
}

/// The secret that signs tokens.
pub struct TokenKey(hmac::Key);

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not one of ours, or was changed.
    #[error("the token is not valid")]
    Invalid,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
}

/// Why the secret is not there.
#[derive(Debug, thiserror::Error)]
pub enum TokenKeyError {
    /// The file can't be read or written.
    #[error("cannot read or make the token secret {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It holds something else.
    #[error("{path} does not hold {SECRET_BYTES} bytes; remove it to have a new secret made (old tokens become void)")]
    Length {
        /// Which.
        path: PathBuf,
    },
}

#[derive(Serialize, Deserialize)]
struct Body {
    m: String,
    r: String,
    p: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    n: String,
    e: u64,
}

impl TokenKey {
    /// The secret in this file; a new random one is put there if there is none.
    pub fn load_or_make(path: &Path) -> Result<Self, TokenKeyError> {
        let failed = |source| TokenKeyError::File { path: path.to_owned(), source };
        let secret = match key_file::read(path).map_err(failed)? {
            Some(secret) => secret,
            None => make_secret(path).map_err(failed)?,
        };
        if secret.len() != SECRET_BYTES {
            return Err(TokenKeyError::Length { path: path.to_owned() });
        }
        Ok(Self::new(&secret))
    }

    fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// A digest of a secret that is no token, to tell whether it became another: it says nothing to who has not this key.
    pub(super) fn digest(&self, secret: &str) -> String {
        hex::encode(hmac::sign(&self.0, format!("setting {secret}").as_bytes()).as_ref())
    }

    /// Signs what a token says.
    #[must_use]
    pub fn issue(&self, claims: &Claims) -> String {
        let body = Body {
            m: claims.holder.meeting.to_string(),
            r: claims.holder.role.name().to_owned(),
            p: claims.holder.participant.to_string(),
            n: claims.name.clone(),
            e: claims.expires.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
        };
        let json = serde_json::to_vec(&body).expect("strings and a number always serialise");
        let signed = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(json));
        let tag = hmac::sign(&self.0, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
    }

    /// What a token says, if it is ours and still good at `now`. Compares in constant time.
    pub fn check(&self, token: &str, now: SystemTime) -> Result<Claims, TokenError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::Invalid);
        }
        let (signed, tag) = token.rsplit_once('.').ok_or(TokenError::Invalid)?;
        let tag = URL_SAFE_NO_PAD.decode(tag).map_err(|_| TokenError::Invalid)?;
        hmac::verify(&self.0, signed.as_bytes(), &tag).map_err(|_| TokenError::Invalid)?;
        let json = signed.strip_prefix(PREFIX).ok_or(TokenError::Invalid)?;
        let json = URL_SAFE_NO_PAD.decode(json).map_err(|_| TokenError::Invalid)?;
        let body: Body = serde_json::from_slice(&json).map_err(|_| TokenError::Invalid)?;
        let claims = body.into_claims().ok_or(TokenError::Invalid)?;
        if claims.expires <= now { Err(TokenError::Expired) } else { Ok(claims) }
    }
}

impl Body {
    fn into_claims(self) -> Option<Claims> {
        Some(Claims {
            holder: Holder {
                meeting: self.m.parse().ok()?,
                role: TokenRole::named(&self.r)?,
                participant: self.p.parse().ok()?,
            },
            name: self.n,
            expires: UNIX_EPOCH.checked_add(Duration::from_secs(self.e))?,
        })
    }
}

/// A name as it may be shown: trimmed, without control characters, at most [`NAME_CHARS_MAX`] characters.
#[must_use]
pub fn plate(name: &str) -> String {
    let clean: String = name.trim().chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
    clean.trim_end().to_owned()
}

/// A participant that a leg or a test can name before it exists.
///
/// # Panics
/// Never for text that is a valid id; `text` is written in this program.
#[must_use]
pub fn fixed_participant(text: &'static str) -> ParticipantId {
    text.parse().expect("ids written in the program are valid")
}

fn make_secret(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut secret = Zeroizing::new([0; SECRET_BYTES]);
    getrandom::fill(&mut *secret).map_err(|_| io::Error::other("no randomness"))?;
    key_file::keep(path, &*secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::PermissionsExt as _};

    fn claims(expires: SystemTime) -> Claims {
        Claims {
            holder: Holder {
                meeting: "demo".parse().expect("an id"),
                role: TokenRole::Publisher,
                participant: "ann".parse().expect("an id"),
            },
            name: "县水务局".into(),
            expires,
        }
    }

    fn hour_from(now: SystemTime) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs((now + TTL_DEFAULT).duration_since(UNIX_EPOCH).expect("after 1970").as_secs())
    }

    #[test]
    fn a_token_says_what_was_signed_until_its_time_is_over() {
        let key = TokenKey::new(&[7; 32]);
        let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let token = key.issue(&claims(hour_from(now)));
        assert_eq!(key.check(&token, now), Ok(claims(hour_from(now))));
        assert_eq!(key.check(&token, now + TTL_DEFAULT), Err(TokenError::Expired));
        assert!(
            token.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)),
            "fits a header and a fragment"
        );
    }

    #[test]
    fn a_changed_or_foreign_token_is_refused() {
        let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let key = TokenKey::new(&[7; 32]);
        let token = key.issue(&claims(hour_from(now)));
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ASCII");
            assert_eq!(key.check(&changed, now), Err(TokenError::Invalid), "byte {at}");
        }
        for text in ["", ".", "..", "yl1..", &"a".repeat(5000), &token[..token.len() - 1]] {
            assert_eq!(key.check(text, now), Err(TokenError::Invalid));
        }
        assert_eq!(TokenKey::new(&[8; 32]).check(&token, now), Err(TokenError::Invalid));
    }

    #[test]
    fn the_secret_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("data/token.key");
        let now = SystemTime::now();
        let token = TokenKey::load_or_make(&path).expect("made").issue(&claims(hour_from(now)));
        let read = TokenKey::load_or_make(&path).expect("read").check(&token, now).expect("ours");
        assert_eq!(read.holder.role, TokenRole::Publisher);
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        fs::write(&path, b"short").expect("written");
        assert!(matches!(TokenKey::load_or_make(&path), Err(TokenKeyError::Length { .. })));
    }

    #[test]
    fn a_plate_shows_no_control_characters_and_has_an_end() {
        assert_eq!(plate("  李\u{7}局长\n "), "李局长");
        assert_eq!(plate(&"长".repeat(500)).chars().count(), NAME_CHARS_MAX);
    }
}
