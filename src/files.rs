//! Writing files so that a crash leaves the last good one.

use std::io;
use std::path::Path;

/// Writes the file at `path` anew, all of it or nothing: beside it first, then in its place.
///
/// # Errors
/// Those of the file system; the file is as it was then.
pub fn write_whole(path: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| io::Error::other("it has no file name"))?;
    let mut beside = name.to_owned();
    beside.push(".partial");
    let beside = path.with_file_name(beside);
    let written = std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        // It may never have been there.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// Refuses a file that cannot be written. Nothing that is there is lost.
///
/// # Errors
/// Those of the file system, and a clause where it is a folder or its folder is not there.
pub fn can_write(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.is_dir() || !folder.is_dir() {
        return Err(io::Error::other("name a file in a folder that is there"));
    }
    let probe = path.with_extension("partial");
    std::fs::File::create(&probe)?;
    std::fs::remove_file(&probe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        for bytes in [&b"one"[..], b"two"] {
            can_write(&path).unwrap();
            write_whole(&path, bytes).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), bytes);
        }
        let taken = folder.path().join("folder");
        std::fs::create_dir_all(taken.join("full")).unwrap();
        assert!(write_whole(&taken, b"three").is_err() && can_write(&taken).is_err());
        let none = folder.path().join("none/b");
        assert!(write_whole(&none, b"four").is_err() && can_write(&none).is_err());
        assert!(write_whole(Path::new(".."), b"five").is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
