//! The key that signs what leaves the book: checkpoints and exports.
//!
//! Ed25519, made at the first start and kept in the data folder with mode 0600. A signature shows that the book of this server
//! said so, to whoever has noted down its public key; it is none of a person, and no certified cipher.

use crate::{domain::hex, key_file};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use std::{
    fmt, io,
    path::{Path, PathBuf},
};

/// The key of this server.
pub struct BookKey(Ed25519KeyPair);

/// Its public half: 32 bytes, shown as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

/// Why the key can't be had.
#[derive(Debug, thiserror::Error)]
pub enum BookKeyError {
    /// Its file can't be read or made.
    #[error("cannot read or make the book's key {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds no key.
    #[error(
        "{path} holds no Ed25519 key; remove it to have a new one made (signatures of the old one are then checked with its public key)"
    )]
    NoKey {
        /// Which.
        path: PathBuf,
    },
}

impl BookKey {
    /// The key in this file; a new random one is put there if there is none.
    pub fn load_or_make(path: &Path) -> Result<Self, BookKeyError> {
        let failed = |source| BookKeyError::File { path: path.to_owned(), source };
        let pkcs8 = match key_file::read(path).map_err(failed)? {
            Some(pkcs8) => pkcs8,
            None => {
                let made = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new());
                let made = made.map_err(|_| failed(io::Error::other("no randomness")))?;
                key_file::keep(path, made.as_ref()).map_err(failed)?
            }
        };
        let pair = Ed25519KeyPair::from_pkcs8(&pkcs8).map_err(|_| BookKeyError::NoKey { path: path.to_owned() })?;
        Ok(Self(pair))
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.public_key().as_ref().try_into().expect("an Ed25519 public key has 32 bytes"))
    }

    /// A signature of these bytes, 64 bytes.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.0.sign(bytes).as_ref().to_vec()
    }
}

impl PublicKey {
    /// Whether the holder of the key signed these bytes.
    #[must_use]
    pub fn has_signed(&self, bytes: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(bytes, signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl std::str::FromStr for PublicKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = hex::decode(text).and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or("a public key is 64 hexadecimal digits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::PermissionsExt as _};

    #[test]
    fn the_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("audit.key");
        let key = BookKey::load_or_make(&path).expect("made");
        let again = BookKey::load_or_make(&path).expect("read").public();
        assert_eq!(key.public(), again);
        assert_eq!(again.to_string().parse(), Ok(again));
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        let signature = key.sign(b"book");
        assert!(again.has_signed(b"book", &signature) && !again.has_signed(b"boot", &signature));
        fs::write(&path, "no key").expect("written");
        assert!(matches!(BookKey::load_or_make(&path), Err(BookKeyError::NoKey { .. })));
    }
}
