//! Pictures of the user's own in groups: a folder for each, or one folder with a subfolder for each.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::picture::{Picture, PictureError};
use crate::ops::batch::shuffle;
use crate::untrusted::one_line;

/// Least and most groups.
pub const GROUPS: [usize; 2] = [2, 20];
/// Least and most pictures of a group. Of the least, one is learned from and one is held back.
pub const PICTURES: [usize; 2] = [2, 200];
/// Most entries of a folder that are looked at.
const MAX_ENTRIES: usize = 10_000;
/// One of so many pictures is held back.
const HELD_BACK: usize = 4;

/// Why folders are no groups of pictures. Each message is one sentence with the folder last.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GroupError {
    /// The file system refused.
    #[error("the folder cannot be read ({source}), check its path and that you may open it: {folder}")]
    Read {
        /// What the system says.
        source: io::Error,
        /// The folder.
        folder: String,
    },
    /// A file.
    #[error("this is no folder, name the one that the pictures of a group lie in: {folder}")]
    NoFolder {
        /// The path as given.
        folder: String,
    },
    /// A folder of a whole archive.
    #[error(
        "the folder has more than {MAX_ENTRIES} entries, put the pictures into one of their own: {folder}"
    )]
    Entries {
        /// The folder.
        folder: String,
    },
    /// One group or none.
    #[error(
        "this makes {have} of at least {} groups, name a folder for each group, or one with a subfolder of pictures \
         for each: {folder}",
        GROUPS[0]
    )]
    FewGroups {
        /// How many there are.
        have: usize,
        /// The folder.
        folder: String,
    },
    /// Too many.
    #[error("this makes {have} groups and the limit is {}, leave some out: {folder}", GROUPS[1])]
    ManyGroups {
        /// How many there are.
        have: usize,
        /// The folder of the first.
        folder: String,
    },
    /// Names that cannot be told apart.
    #[error("two groups are called {name}, rename the folder of one: {folder}")]
    SameName {
        /// What both are called.
        name: String,
        /// The folder of the second.
        folder: String,
    },
    /// Nothing to learn from, or nothing to hold back.
    #[error(
        "the group {name} has {have} of at least {} pictures (PNG, JPEG, GIF, BMP or WebP), of which one is held \
         back, add some: {folder}",
        PICTURES[0]
    )]
    FewPictures {
        /// The group.
        name: String,
        /// Its pictures.
        have: usize,
        /// Its folder.
        folder: String,
    },
    /// Too many.
    #[error("the group {name} has more than {} pictures, move some elsewhere: {folder}", PICTURES[1])]
    ManyPictures {
        /// The group.
        name: String,
        /// Its folder.
        folder: String,
    },
}

/// Pictures that belong together, not yet opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What its folder is called.
    pub name: String,
    /// That folder.
    pub folder: PathBuf,
    /// Its pictures, by name.
    pub files: Vec<PathBuf>,
}

/// Groups of pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    /// By name.
    pub all: Vec<Group>,
    /// Files that are no pictures, a sentence each. Hidden ones are not looked at.
    pub skipped: Vec<String>,
}

impl Groups {
    /// Finds the groups of these folders: each of several is one, and of a single one each subfolder that holds
    /// pictures.
    ///
    /// # Errors
    /// [`GroupError`].
    pub fn find(folders: &[PathBuf]) -> Result<Self, GroupError> {
        let folders = match folders {
            [whole] => subfolders(whole)?,
            each => each.to_vec(),
        };
        if folders.len() > GROUPS[1] {
            return Err(GroupError::ManyGroups { have: folders.len(), folder: shown(&folders[0]) });
        }
        let mut skipped = Vec::new();
        let groups = folders.iter().map(|folder| Group::find(folder, &mut skipped));
        let mut all = groups.collect::<Result<Vec<_>, _>>()?;
        all.sort_by(|a, b| a.name.cmp(&b.name));
        match all.windows(2).find(|pair| pair[0].name == pair[1].name) {
            Some([_, second]) => {
                Err(GroupError::SameName { name: second.name.clone(), folder: shown(&second.folder) })
            }
            _ => Ok(Self { all, skipped }),
        }
    }

    /// Number of pictures.
    pub fn pictures(&self) -> usize {
        self.all.iter().map(|group| group.files.len()).sum()
    }
}

impl Group {
    fn find(folder: &Path, skipped: &mut Vec<String>) -> Result<Self, GroupError> {
        // "." has no name of its own.
        let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let name = one_line(&whole.file_name().unwrap_or(whole.as_os_str()).to_string_lossy());
        let entries = entries(folder)?;
        let (files, others): (Vec<_>, Vec<_>) =
            entries.into_iter().filter(|path| path.is_file()).partition(|path| Picture::lies_at(path));
        skipped.extend(others.iter().map(|path| PictureError::Unknown { file: shown(path) }.to_string()));
        let group = Self { name, folder: folder.to_owned(), files };
        group.check(group.files.len())?;
        Ok(group)
    }

    /// Refuses the group if only `have` of its pictures can be used, or too many.
    ///
    /// # Errors
    /// [`GroupError::FewPictures`], [`GroupError::ManyPictures`].
    pub fn check(&self, have: usize) -> Result<(), GroupError> {
        let (name, folder) = (self.name.clone(), shown(&self.folder));
        match have {
            few if few < PICTURES[0] => Err(GroupError::FewPictures { name, have, folder }),
            many if many > PICTURES[1] => Err(GroupError::ManyPictures { name, folder }),
            _ => Ok(()),
        }
    }
}

/// Which of the `n` pictures of a group, counted from 0, are held back: one of four, at least one, chosen by the seed.
pub fn held_back(n: usize, group: usize, seed: u64) -> Vec<bool> {
    let [count, n, group] = [(n / HELD_BACK).max(1), n, group].map(|v| u32::try_from(v).unwrap_or(u32::MAX));
    (0..n).map(|at| shuffle(at, n, seed as u32, group) < count).collect()
}

/// Subfolders that hold pictures, if they are enough for groups.
fn subfolders(whole: &Path) -> Result<Vec<PathBuf>, GroupError> {
    let holds = |folder: &PathBuf| {
        folder.is_dir()
            && entries(folder).is_ok_and(|inside| inside.iter().any(|path| Picture::lies_at(path)))
    };
    let found: Vec<_> = entries(whole)?.into_iter().filter(holds).collect();
    match found.len() {
        have if have < GROUPS[0] => Err(GroupError::FewGroups { have, folder: shown(whole) }),
        _ => Ok(found),
    }
}

/// What lies in a folder and is not hidden, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, GroupError> {
    if folder.is_file() {
        return Err(GroupError::NoFolder { folder: shown(folder) });
    }
    let refused = |source| GroupError::Read { source, folder: shown(folder) };
    let mut all = Vec::new();
    for entry in folder.read_dir().map_err(refused)? {
        let entry = entry.map_err(refused)?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if all.len() == MAX_ENTRIES {
            return Err(GroupError::Entries { folder: shown(folder) });
        }
        all.push(entry.path());
    }
    all.sort();
    Ok(all)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes folders with so many pictures each in `whole`.
    fn folders(whole: &Path, groups: &[(&str, usize)]) -> Vec<PathBuf> {
        let of = |(name, pictures): &(&str, usize)| {
            let folder = whole.join(name);
            std::fs::create_dir(&folder).unwrap();
            for i in 0..*pictures {
                image::RgbImage::new(1, 1).save(folder.join(format!("{i:03}.png"))).unwrap();
            }
            folder
        };
        groups.iter().map(of).collect()
    }

    #[test]
    fn groups_come_by_name_from_many_folders_or_from_subfolders() {
        let whole = tempfile::tempdir().unwrap();
        let made = folders(whole.path(), &[("dogs", 3), ("cats", 2), ("empty", 0)]);
        std::fs::write(made[1].join("notes.txt"), "no picture").unwrap();
        std::fs::write(made[1].join(".hidden"), "no picture").unwrap();
        std::fs::write(whole.path().join("readme"), "no group").unwrap();
        let several = Groups::find(&made[..2]).unwrap();
        assert_eq!(several, Groups::find(&[whole.path().to_owned()]).unwrap());
        let names = several.all.iter().map(|group| (group.name.as_str(), group.files.len()));
        assert_eq!(names.collect::<Vec<_>>(), [("cats", 2), ("dogs", 3)]);
        assert_eq!(several.pictures(), 5);
        let [skipped] = &several.skipped[..] else { panic!("{:?}", several.skipped) };
        assert!(skipped.contains("no known picture format") && skipped.ends_with("notes.txt"), "{skipped}");
    }

    #[test]
    fn what_is_no_group_is_said_with_the_limit_and_the_folder() {
        let whole = tempfile::tempdir().unwrap();
        let made = folders(whole.path(), &[("a", 2), ("one", 1), ("none", 0), ("many", 201)]);
        let twin = folders(&made[2], &[("a", 2)]).remove(0);
        let file = made[0].join("000.png");
        let absent = whole.path().join("absent");
        let a = &made[0];
        for (given, says, last) in [
            (vec![a.clone()], "makes 0 of at least 2 groups", a),
            (vec![made[2].clone()], "makes 1 of at least 2 groups", &made[2]),
            (vec![a.clone(), made[1].clone()], "one has 1 of at least 2 pictures", &made[1]),
            (vec![a.clone(), made[2].clone()], "none has 0 of at least 2 pictures", &made[2]),
            (vec![a.clone(), made[3].clone()], "many has more than 200 pictures", &made[3]),
            (vec![a.clone(), twin.clone()], "two groups are called a", &twin),
            (vec![a.clone(), file.clone()], "no folder", &file),
            (vec![a.clone(), absent.clone()], "cannot be read", &absent),
            (vec![a.clone(); 21], "makes 21 groups and the limit is 20", a),
        ] {
            let said = Groups::find(&given).unwrap_err().to_string();
            assert!(said.contains(says) && said.ends_with(&shown(last)), "{said}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_no_text_is_shown_as_far_as_it_is_one() {
        use std::os::unix::ffi::OsStrExt;
        let whole = tempfile::tempdir().unwrap();
        let mut made = folders(whole.path(), &[("a", 2), ("b", 2)]);
        let odd = whole.path().join(std::ffi::OsStr::from_bytes(b"b\xff\n"));
        std::fs::rename(&made[1], &odd).unwrap();
        made[1] = odd;
        assert_eq!(Groups::find(&made).unwrap().all[1].name, "b\u{fffd}");
    }

    #[test]
    fn one_of_four_is_held_back_and_at_least_one() {
        for (n, count) in [(2, 1), (3, 1), (7, 1), (8, 2), (200, 50)] {
            let held = held_back(n, 0, 7);
            assert_eq!((held.len(), held.iter().filter(|held| **held).count()), (n, count));
            assert_eq!(held, held_back(n, 0, 7));
        }
        assert_ne!(held_back(200, 0, 7), held_back(200, 1, 7));
        assert_ne!(held_back(200, 0, 7), held_back(200, 0, 8));
    }
}
