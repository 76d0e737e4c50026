//! Writing files so that whatever happens the last good one or the new one is there, whole, and nothing else is touched.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// Most links from one to the next until a file.
const MAX_LINKS: usize = 40;

/// Says in a folder that files are missing which were to be written there.
pub const INCOMPLETE: &str = "glassbox-incomplete.txt";

/// A file on its way: its bytes lie beside its place, under a name that nobody else has, until [`finish`](Self::finish)
/// puts them there. Dropped, they are gone and the place is as it was.
#[derive(Debug)]
pub struct Pending {
    beside: NamedTempFile,
    target: PathBuf,
}

impl Pending {
    /// Begins the file at `path`; a link is followed to its end.
    ///
    /// # Errors
    /// Those of the file system, and a clause where there is a folder, a device or the like, or no folder to write into.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let target = target(path)?;
        let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.is_dir() {
            return Err(io::Error::other("name a file in a folder that is there"));
        }
        let mut builder = Builder::new();
        builder.prefix(".glassbox-").suffix(".partial");
        #[cfg(unix)]
        {
            // What the user's mask leaves, as for any new file.
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        Ok(Self { beside: builder.tempfile_in(folder)?, target })
    }

    /// Puts the file in its place, once the disk holds all of it.
    ///
    /// # Errors
    /// Those of the file system; what was there before is there then.
    pub fn finish(mut self) -> io::Result<()> {
        self.beside.flush()?;
        if let Ok(before) = fs::metadata(&self.target) {
            self.beside.as_file().set_permissions(before.permissions())?;
        }
        self.beside.as_file().sync_all()?;
        self.beside.persist(&self.target).map_err(|failed| failed.error)?;
        Ok(())
    }
}

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.beside.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.beside.flush()
    }
}

/// The file that a path leads to, over links; it need not be there.
fn target(path: &Path) -> io::Result<PathBuf> {
    let mut at = path.to_owned();
    for _ in 0..MAX_LINKS {
        let kind = match fs::symlink_metadata(&at) {
            Ok(found) => found.file_type(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(at),
            Err(error) => return Err(error),
        };
        if kind.is_symlink() {
            at = at.parent().unwrap_or(Path::new("")).join(fs::read_link(&at)?);
        } else if kind.is_file() {
            return Ok(at);
        } else {
            let what = if kind.is_dir() { "a folder" } else { "a device, a pipe or the like" };
            return Err(io::Error::other(format!("{what} is there, name a file")));
        }
    }
    Err(io::Error::other("its links lead to no file"))
}

/// Writes the file at `path` anew, all of it or nothing.
///
/// # Errors
/// Those of [`Pending`]; the file is as it was then.
pub fn write_whole(path: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    let mut file = Pending::begin(path)?;
    file.write_all(bytes.as_ref())?;
    file.finish()
}

/// Refuses a file that cannot be written. Nothing that is there is lost.
///
/// # Errors
/// Those of [`Pending::begin`].
pub fn can_write(path: &Path) -> io::Result<()> {
    Pending::begin(path).map(drop)
}

/// A folder that several files are being written into. Until [`finish`](Self::finish) a file in it says that some are
/// missing.
#[derive(Debug)]
pub struct Unfinished {
    mark: PathBuf,
}

impl Unfinished {
    /// Makes the folder, if it is not there, and marks it.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn begin(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mark = folder.join(INCOMPLETE);
        write_whole(
            &mark,
            "Glassbox did not come to the end of writing into this folder: files are missing.\n",
        )?;
        Ok(Self { mark })
    }

    /// All files are there.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn finish(self) -> io::Result<()> {
        fs::remove_file(self.mark)
    }
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
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
        let taken = folder.path().join("folder");
        fs::create_dir_all(taken.join("full")).unwrap();
        assert!(write_whole(&taken, b"three").is_err() && can_write(&taken).is_err());
        let none = folder.path().join("none/b");
        assert!(write_whole(&none, b"four").is_err() && can_write(&none).is_err());
        assert!(write_whole(Path::new(".."), b"five").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn files_of_like_names_are_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let [path, own] = ["net.safetensors", "net.partial"].map(|name| folder.path().join(name));
        let beside = folder.path().join("net.safetensors.partial");
        for bystander in [&own, &beside] {
            fs::write(bystander, "mine").unwrap();
        }
        can_write(&path).unwrap();
        write_whole(&path, b"weights").unwrap();
        for bystander in [&own, &beside] {
            assert_eq!(fs::read(bystander).unwrap(), b"mine");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn what_is_not_finished_leaves_the_last_good_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, "old").unwrap();
        let mut file = Pending::begin(&path).unwrap();
        file.write_all(b"half of a").unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let whole = Unfinished::begin(folder.path()).unwrap();
        assert!(folder.path().join(INCOMPLETE).is_file());
        whole.finish().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_rights_are_kept_and_what_is_no_file_is_refused() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let [real, link, dangling, circle] =
            ["real", "link", "dangling", "circle"].map(|name| folder.path().join(name));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("real", &link).unwrap();
        symlink("new", &dangling).unwrap();
        symlink("circle", &circle).unwrap();
        write_whole(&link, b"new").unwrap();
        assert_eq!(fs::read(&real).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
        write_whole(&dangling, b"there").unwrap();
        assert_eq!(fs::read(folder.path().join("new")).unwrap(), b"there");
        for path in [circle.as_path(), Path::new("/dev/null"), folder.path()] {
            assert!(can_write(path).is_err() && write_whole(path, b"lost").is_err(), "{}", path.display());
        }
        // As any program's new files are.
        let plain = folder.path().join("plain");
        fs::write(&plain, "").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&folder.path().join("new")), mode(&plain));
    }
}
