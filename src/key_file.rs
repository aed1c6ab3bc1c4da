//! Files that hold a key of this server: read by nobody else on the machine, whole or not there, and there for good once used.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};
use zeroize::Zeroizing;

/// What is in the file; `None` if there is none.
pub(crate) fn read(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    match fs::read(path) {
        Ok(key) => Ok(Some(Zeroizing::new(key))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts a new key into the file (mode 0600), folders included, and returns what is in it then: of two programs that do so at once,
/// both get the same. When it returns, the key outlives a power cut.
pub(crate) fn keep(path: &Path, key: &[u8]) -> io::Result<Zeroizing<Vec<u8>>> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder)?;
    // Written beside under a name nobody else has, and linked into place.
    let mut unique = [0; 8];
    getrandom::fill(&mut unique).map_err(|_| io::Error::other("no randomness"))?;
    let beside = path.with_added_extension(format!("{:016x}", u64::from_le_bytes(unique)));
    let written = write(&beside, key).and_then(|()| fs::hard_link(&beside, path));
    // What failed above is what is told; there may be nothing to remove.
    let _ = fs::remove_file(&beside);
    let kept = match written {
        Ok(()) => Zeroizing::new(key.to_vec()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Zeroizing::new(fs::read(path)?),
        Err(error) => return Err(error),
    };
    fs::File::open(folder)?.sync_all()?;
    Ok(kept)
}

fn write(path: &Path, key: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(key)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn who_comes_second_gets_the_key_of_who_came_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("data").join("a.key");
        assert_eq!(read(&path).expect("no fault").as_deref(), None);
        assert_eq!(keep(&path, b"one").expect("kept").as_slice(), b"one");
        assert_eq!(keep(&path, b"two").expect("kept").as_slice(), b"one");
        assert_eq!(read(&path).expect("no fault").expect("there").as_slice(), b"one");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        let names: Vec<_> = fs::read_dir(path.parent().expect("a folder")).expect("read").collect();
        assert_eq!(names.len(), 1, "nothing is left beside it: {names:?}");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let taken = folder.path().join("taken");
        fs::write(&taken, "a file").expect("written");
        assert!(keep(&taken.join("a.key"), b"one").is_err());
        assert!(read(&taken.join("a.key")).is_err(), "no folder is not the same as no file");
    }
}
