//! The system's dialogs for files, each on a thread of its own: the window stays live.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::export::Made;
use super::opening::{LABELS, MODELS, PICTURES};
use crate::files::{Unfinished, write_whole};

/// A dialog that is gone sooner than this was never seen: there is none on this system.
const UNSEEN: Duration = Duration::from_millis(300);
/// Files of one name that are tried before giving up.
const MOST_NAMES: usize = 1000;

/// What came of a dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A file to open.
    Open(PathBuf),
    /// Saved; where, in words for the line at the foot.
    Saved(String),
    /// Something that the user should read.
    Notice(String),
}

/// Asks for a file to open.
pub fn open(answer: impl FnOnce(Answer) + Send + 'static) {
    let all = [PICTURES, MODELS, LABELS].concat();
    let dialog = rfd::AsyncFileDialog::new()
        .set_title("Open a picture or a model")
        .add_filter("Pictures and models", &all)
        .add_filter("Pictures", PICTURES)
        .add_filter("Models", MODELS)
        .add_filter("Names of classes", LABELS)
        .pick_file();
    aside(move || {
        let (chosen, seen) = ask(dialog);
        match chosen {
            Some(path) => answer(Answer::Open(path)),
            None if !seen => {
                let text = "this system has no file dialog: drop the file on the window, or name it on the \
                            command line, as in glassbox photo.png";
                answer(Answer::Notice(text.to_owned()));
            }
            None => {}
        }
    });
}

/// Asks where to save files, and writes them. Without a dialog they go where downloads go.
pub fn save(made: Made, answer: impl FnOnce(Answer) + Send + 'static) {
    let dialog = rfd::AsyncFileDialog::new().set_file_name(&made.name);
    let several = made.files.len() != 1;
    let dialog: std::pin::Pin<Box<dyn Future<Output = _> + Send>> = match several {
        true => Box::pin(dialog.set_title(format!("A folder for {}", made.name)).pick_folder()),
        false => Box::pin(dialog.set_title(format!("Save {}", made.name)).save_file()),
    };
    aside(move || {
        let (chosen, seen) = ask(dialog);
        match chosen {
            // A folder is chosen to hold that of the pictures.
            Some(folder) if several => answer(saved(&made, &free(&folder, &made.name))),
            Some(path) => answer(saved_as(&made, &path)),
            None if !seen => answer(without_dialog(&made, downloads())),
            None => {}
        }
    });
}

fn aside(work: impl FnOnce() + Send + 'static) {
    if let Err(e) = std::thread::Builder::new().name("file dialog".into()).spawn(work) {
        tracing::error!("no thread for the dialog: {e}");
    }
}

/// What was chosen, and whether anybody can have seen the dialog.
fn ask(dialog: impl Future<Output = Option<rfd::FileHandle>>) -> (Option<PathBuf>, bool) {
    let began = Instant::now();
    let chosen = pollster::block_on(dialog);
    (chosen.map(|file| file.path().to_owned()), began.elapsed() >= UNSEEN)
}

/// Where files go that nobody was asked about.
fn downloads() -> Option<PathBuf> {
    let user = directories::UserDirs::new()?;
    let downloads = user.download_dir().filter(|folder| folder.is_dir());
    Some(downloads.unwrap_or(user.home_dir()).to_owned())
}

fn without_dialog(made: &Made, folder: Option<PathBuf>) -> Answer {
    let Some(folder) = folder else {
        let text = format!("{} was not saved: this system has neither a file dialog nor a home", made.name);
        return Answer::Notice(text);
    };
    match saved(made, &free(&folder, &made.name)) {
        Answer::Saved(text) => Answer::Notice(format!("this system has no file dialog. {text}")),
        other => other,
    }
}

/// A path in `folder` that nothing has yet, called like `name`.
fn free(folder: &Path, name: &str) -> PathBuf {
    let name = Path::new(name);
    let stem = name.file_stem().unwrap_or_default().to_string_lossy();
    let numbered = |i: usize| match (i, name.extension()) {
        (1, _) => folder.join(name),
        (i, Some(ending)) => folder.join(format!("{stem}-{i}.{}", ending.to_string_lossy())),
        (i, None) => folder.join(format!("{stem}-{i}")),
    };
    (1..MOST_NAMES).map(numbered).find(|path| !path.exists()).unwrap_or_else(|| numbered(MOST_NAMES))
}

/// Writes the one file that was made to the chosen `path`, whose ending has to be its own: a picture is no JPEG because it is
/// called so. Without an ending it gets its own.
fn saved_as(made: &Made, path: &Path) -> Answer {
    let own = Path::new(&made.name).extension().unwrap_or_default().to_string_lossy();
    match path.extension() {
        Some(ending) if !ending.eq_ignore_ascii_case(&*own) => Answer::Notice(format!(
            "this is saved as .{own} and not as .{}, choose a name that ends in .{own}: {}",
            ending.to_string_lossy(),
            path.display()
        )),
        Some(_) => saved(made, path),
        None => {
            let name = format!("{}.{own}", path.file_name().unwrap_or_default().to_string_lossy());
            saved(made, &free(path.parent().unwrap_or(Path::new("")), &name))
        }
    }
}

/// Writes what was made to `path`: a file, or a folder of files.
fn saved(made: &Made, path: &Path) -> Answer {
    match write(made, path) {
        Ok(()) => Answer::Saved(format!("Saved as {}", path.display())),
        Err(error) => {
            let text = format!("this could not be saved ({error}), choose another place: {}", path.display());
            Answer::Notice(text)
        }
    }
}

fn write(made: &Made, path: &Path) -> io::Result<()> {
    if let [(_, bytes)] = made.files.as_slice() {
        return write_whole(path, bytes);
    }
    let unfinished = Unfinished::begin(path)?;
    made.files.iter().try_for_each(|(name, bytes)| write_whole(&path.join(name), bytes))?;
    unfinished.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_dialog_nothing_is_overwritten_and_the_place_is_told() {
        let home = tempfile::tempdir().unwrap();
        let made = Made::file("stride-output.png".into(), vec![1, 2, 3]);
        for name in ["stride-output.png", "stride-output-2.png"] {
            let Answer::Notice(text) = without_dialog(&made, Some(home.path().to_owned())) else { panic!() };
            let path = home.path().join(name);
            assert!(text.contains("no file dialog") && text.contains(&path.display().to_string()), "{text}");
            assert_eq!(std::fs::read(path).unwrap(), [1, 2, 3]);
        }
        let two = vec![("a-0001.png".to_owned(), vec![1]), ("a-0002.png".to_owned(), vec![2])];
        let film = Made { name: "a".into(), files: two };
        assert!(matches!(without_dialog(&film, Some(home.path().to_owned())), Answer::Notice(_)));
        assert_eq!(std::fs::read(home.path().join("a/a-0002.png")).unwrap(), [2]);
        let Answer::Notice(text) = saved(&made, Path::new("/no/such/folder/a.png")) else { panic!() };
        assert!(text.contains("could not be saved") && text.ends_with("/no/such/folder/a.png"), "{text}");
    }

    #[test]
    fn a_file_is_saved_under_its_own_ending_or_refused() {
        let home = tempfile::tempdir().unwrap();
        let made = Made::file("stride-output.png".into(), vec![1, 2, 3]);
        let jpeg = home.path().join("mine.jpg");
        let Answer::Notice(text) = saved_as(&made, &jpeg) else { panic!("saved as {}", jpeg.display()) };
        assert!(text.contains("as .png and not as .jpg") && text.ends_with("mine.jpg"), "{text}");
        assert!(!jpeg.exists());
        for (chosen, written) in [("mine.PNG", "mine.PNG"), ("yours", "yours.png"), ("yours", "yours-2.png")]
        {
            assert!(matches!(saved_as(&made, &home.path().join(chosen)), Answer::Saved(_)), "{chosen}");
            assert_eq!(std::fs::read(home.path().join(written)).unwrap(), [1, 2, 3], "{written}");
        }
    }
}
