//! What is saved: whole or as it was, whatever happens, and nothing beside it is touched.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{PROGRAM, glassbox, passes_by, stderr};

/// Content that was there before.
const OLD: &str = "mine, from before";

fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Trains until it is stopped, with a table and a checkpoint in the folder.
fn training(folder: &Path, steps: &str) -> Child {
    let file = |name: &str| folder.join(name).display().to_string();
    let (csv, saved) = (file("curve.csv"), file("net.safetensors"));
    let mut command = Command::new(PROGRAM);
    command.args(["train", "spiral", "--steps", steps, "--csv", &csv, "--save", &saved]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn bystanders_and_what_a_refusal_concerns_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["net.partial", "net.safetensors.partial", "curve.csv"] {
        fs::write(folder.path().join(name), OLD).unwrap();
    }
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (csv, saved) = (file("curve.csv"), file("net.safetensors"));
    let output =
        glassbox(&["train", "spiral", "--steps", "2", "--csv", &csv, "--save", "/no/such/folder/net"]);
    if passes_by(&output) {
        return;
    }
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(fs::read_to_string(&csv).unwrap(), OLD, "emptied by a training that was refused");
    let output = glassbox(&["train", "spiral", "--steps", "2", "--save", &saved]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    // Onto the very file that it goes on from.
    let output = glassbox(&["train", "spiral", "--steps", "4", "--load", &saved, "--save", &saved]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(
        entries(folder.path()),
        ["curve.csv", "net.partial", "net.safetensors", "net.safetensors.partial"]
    );
    assert_eq!(fs::read_to_string(folder.path().join("net.partial")).unwrap(), OLD);
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_refused_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.png");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (place, what) in [(pipe.as_path(), "a pipe"), (Path::new("/dev/null"), "a device")] {
        let output =
            glassbox(&["render", "stride", "--backend", "reference", "-o", &place.display().to_string()]);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{what}: {output:?}");
        assert!(stderr(&output).contains(&*place.to_string_lossy()), "{}", stderr(&output));
    }
    assert_eq!(entries(folder.path()), ["pipe.png"]);
}

#[cfg(unix)]
#[test]
fn asked_to_end_a_training_saves_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    for signal in ["-TERM", "-HUP", "-INT"] {
        let mut child = training(folder.path(), "100000000");
        // The table begins when the training does.
        let begun = Instant::now();
        let hidden = |name: &String| name.ends_with(".partial");
        while !entries(folder.path()).iter().any(hidden) {
            if let Some(status) = child.try_wait().unwrap() {
                assert_eq!(status.code(), Some(4), "it ended by itself");
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(120), "no training began");
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(500));
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{signal}");
        assert_eq!(entries(folder.path()), ["curve.csv", "net.safetensors"], "{signal}");
        let curve = fs::read_to_string(folder.path().join("curve.csv")).unwrap();
        assert!(curve.lines().count() > 1 && curve.ends_with('\n'), "{signal}: {curve}");
        fs::remove_file(folder.path().join("curve.csv")).unwrap();
        fs::remove_file(folder.path().join("net.safetensors")).unwrap();
    }
}

#[test]
fn killed_at_any_moment_it_leaves_the_old_file_or_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let (csv, saved) = (folder.path().join("curve.csv"), folder.path().join("net.safetensors"));
    let began = Instant::now();
    if training(folder.path(), "20").wait().unwrap().code() == Some(4) {
        return;
    }
    let whole = began.elapsed();
    let (lines, bytes) = (fs::read_to_string(&csv).unwrap().lines().count(), fs::read(&saved).unwrap().len());
    for moment in 1..=12 {
        fs::write(&csv, OLD).unwrap();
        fs::write(&saved, OLD).unwrap();
        let mut child = training(folder.path(), "20");
        std::thread::sleep(whole * moment / 12);
        let _ = child.kill();
        child.wait().unwrap();
        let curve = fs::read_to_string(&csv).unwrap();
        assert!(curve == OLD || curve.lines().count() == lines, "{moment}: {curve}");
        let saved = fs::read(&saved).unwrap();
        assert!(saved == OLD.as_bytes() || saved.len() == bytes, "{moment}: {} bytes", saved.len());
    }
}

#[cfg(unix)]
#[test]
fn on_a_full_disk_the_old_file_stays() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("a.png");
    fs::write(&picture, OLD).unwrap();
    // No file may grow beyond eight blocks: a picture of a page has hundreds.
    let script = "trap '' XFSZ; ulimit -f 8; exec \"$0\" render stride --backend reference -o \"$1\"";
    let output = Command::new("sh").args(["-c", script, PROGRAM]).arg(&picture).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains(&*picture.to_string_lossy()), "{said}");
    assert_eq!(fs::read_to_string(&picture).unwrap(), OLD);
    assert_eq!(entries(folder.path()), ["a.png"]);
}
