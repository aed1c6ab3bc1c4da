//! The data folder: what lies where in it, and that one server at a time uses it.

use std::{
    fs::{self, File, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

/// The folder named by `data.folder`. It holds keys: nobody else on the machine may look inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFolder {
    path: PathBuf,
}

/// Why the data folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It can't be made, closed to others, or locked.
    #[error("cannot use the data folder {path}")]
    Use {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another server has claimed it.
    #[error("another yunling runs with the data folder {path}; stop it, or set another data.folder")]
    Taken {
        /// Which.
        path: PathBuf,
    },
}

/// Holds the folder for one server; lets go when dropped, or when the process ends, however it ends.
#[derive(Debug)]
pub struct Claim {
    _lock: File,
}

impl DataFolder {
    /// Makes the folder if it is missing and closes it to others.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let failed = |source| FolderError::Use { path: path.to_owned(), source };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
        let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(failed)?;
        }
        Ok(Self { path: path.to_owned() })
    }

    /// Claims the folder for a server. Fails with [`FolderError::Taken`] while another one has it.
    pub fn claim(&self) -> Result<Claim, FolderError> {
        let failed = |source| FolderError::Use { path: self.path.clone(), source };
        let lock = File::create(self.path.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Claim { _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(FolderError::Taken { path: self.path.clone() }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database file.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.path.join("yunling.sqlite")
    }

    /// Folder of the certificates and their keys.
    #[must_use]
    pub fn certificates(&self) -> PathBuf {
        self.path.join("certs")
    }

    /// The secret that signs meeting tokens.
    #[must_use]
    pub fn token_secret(&self) -> PathBuf {
        self.path.join("token.secret")
    }

    /// Folder of the book's mirror.
    #[must_use]
    pub fn book_mirror(&self) -> PathBuf {
        self.path.join("audit")
    }

    /// The key that signs checkpoints and exports of the book.
    #[must_use]
    pub fn book_key(&self) -> PathBuf {
        self.path.join("audit.key")
    }

    /// How far the log host has got with the book.
    #[must_use]
    pub fn log_host_cursor(&self) -> PathBuf {
        self.path.join("audit.sent")
    }

    /// Folder of the recordings.
    #[must_use]
    pub fn recordings(&self) -> PathBuf {
        self.path.join("recordings")
    }

    /// Folder of the materials of meetings.
    #[must_use]
    pub fn materials(&self) -> PathBuf {
        self.path.join("materials")
    }

    /// Folder of recordings that are only tried out, and are gone right after.
    #[must_use]
    pub fn trials(&self) -> PathBuf {
        self.path.join("trials")
    }

    /// Folder of the sockets on which child processes reach the workers.
    #[must_use]
    pub fn sockets(&self) -> PathBuf {
        self.path.join("run")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_at_a_time_uses_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::open(&folder.path().join("a/data")).unwrap();
        let claim = data.claim().unwrap();
        assert!(matches!(data.claim(), Err(FolderError::Taken { .. })));
        drop(claim);
        assert!(data.claim().is_ok());
    }

    #[test]
    fn nobody_else_may_look_inside() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let data = DataFolder::open(folder.path()).unwrap();
        assert_eq!(fs::metadata(data.path()).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
